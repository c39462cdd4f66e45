/* SPDX-License-Identifier: MIT */
/*
 * finding.h - what push-doctor has found, and a check.
 *
 * A check is a function that looks at one thing and tells what it finds, and a
 * row of the table of its room:
 *
 *	files.h		files and folders, as this user sees them
 *	settings.h	settings that do not go together
 *
 *	doctor_error(d, "%s can be read by everybody.", path);
 *	doctor_remedy(d, "chmod o-r %s", path);
 */
#ifndef COMMANDS_DOCTOR_FINDING_H
#define COMMANDS_DOCTOR_FINDING_H

#include <stddef.h>
#include <stdio.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

struct doctor {
	const struct conf *conf;
	FILE *out;
	size_t errors, warnings;
};

/* Ends with a row whose `run` is NULL. */
struct doctor_check {
	const char *name; /* what it looks at */
	void (*run)(struct doctor *d);
};

void doctor_run(struct doctor *d, const struct doctor_check *checks);

/* Something must be mended: a program does not serve as the settings say, or
 * a secret is open to others. `format` is a sentence. */
void doctor_error(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* It works, but probably not as it was meant. */
void doctor_warn(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* Something to know; it is not counted. */
void doctor_note(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* After one of these: a line to paste. */
void doctor_remedy(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* The last line: how many there are of each. */
void doctor_sum_up(const struct doctor *d);

#endif
