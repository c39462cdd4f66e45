/* SPDX-License-Identifier: MIT */
/*
 * versions.h - the versions of other software with which pushcgi is tested:
 * those of Debian 12 and 13.
 */
#ifndef COMMANDS_DOCTOR_VERSIONS_H
#define COMMANDS_DOCTOR_VERSIONS_H

#include "commands/doctor/finding.h"

/* "Redis", "Valkey", "lighttpd", "Apache" or "libhiredis" of this version, such
 * as "1.4.69": a warning if it is older than all that are tested, a note if it
 * is newer, else that it is right. What is no version is ignored. */
void version_judge(struct doctor *d, const char *name, const char *version);

/* The same of what `program -v` says behind `prefix`, such as "lighttpd/". */
void version_ask(struct doctor *d, const char *name, const char *program,
		 const char *prefix);

extern const struct doctor_check doctor_libraries[];

#endif
