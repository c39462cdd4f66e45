/* SPDX-License-Identifier: MIT */
/*
 * lighttpd.h - checks of lighttpd from inside: its version, its descriptors,
 * and what a reload does to visitors (doc/operating.md).
 */
#ifndef COMMANDS_DOCTOR_LIGHTTPD_H
#define COMMANDS_DOCTOR_LIGHTTPD_H

#include "commands/doctor/finding.h"

extern const struct doctor_check doctor_lighttpd[];

/* `text`: what `lighttpd -p` prints of `file`. */
void lighttpd_judge(struct doctor *d, const char *file, const char *text);

#endif
