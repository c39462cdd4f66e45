/* SPDX-License-Identifier: MIT */
/*
 * handoff_secret.h - the secret by which the programs know the Apache that
 * hands clients off (doc/handoff.md): is it there, the same on both sides, and
 * closed to all others?
 */
#ifndef COMMANDS_DOCTOR_HANDOFF_SECRET_H
#define COMMANDS_DOCTOR_HANDOFF_SECRET_H

#include <sys/stat.h>
#include <sys/types.h>

#include "commands/doctor/finding.h"

extern const struct doctor_check doctor_handoff_secret[];

/* Who can read the file `path`; `programs` is the user of the programs. */
void handoff_secret_file_judge(struct doctor *d, const char *path, mode_t mode,
			       uid_t uid, uid_t programs);

/* `file`: that which Apache includes. Nothing is found if this user cannot read
 * it. */
void handoff_secret_compare(struct doctor *d, const char *file);

#endif
