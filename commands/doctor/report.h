/* SPDX-License-Identifier: MIT */
/*
 * report.h - prints what push-doctor has found, as text or JSON.
 */
#ifndef COMMANDS_DOCTOR_REPORT_H
#define COMMANDS_DOCTOR_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "commands/doctor/finding.h"

/* What is said of the installation before anything is found in it. Texts are
 * borrowed. */
struct report_head {
	const char *file;  /* of the settings, or NULL: none */
	const char *redis; /* where it is, without passwords */
	const char *user;  /* for whom files are checked */
};

/* The first lines of the text. */
void report_text_head(FILE *out, const struct report_head *head);

/* The findings from number `*told` on; then `*told` is their number. Each is a
 * paragraph: its level and sentence, and the lines to paste, indented. */
void report_text(FILE *out, const struct doctor *d, size_t *told);

/* The last line: how many there are of each. */
void report_text_end(FILE *out, const struct doctor *d);

/* All of it as one JSON object; push-doctor(1) has its members. */
void report_json(FILE *out, const struct doctor *d,
		 const struct report_head *head);

#endif
