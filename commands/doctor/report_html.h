/* SPDX-License-Identifier: MIT */
/*
 * report_html.h - prints what push-doctor has found as a page.
 */
#ifndef COMMANDS_DOCTOR_REPORT_HTML_H
#define COMMANDS_DOCTOR_REPORT_HTML_H

#include <stdio.h>

#include "commands/doctor/finding.h"
#include "commands/doctor/report.h"

/* A whole page without scripts. What must be mended comes first. */
void report_html(FILE *out, const struct doctor *d,
		 const struct report_head *head);

#endif
