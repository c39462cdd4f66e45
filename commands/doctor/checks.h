/* SPDX-License-Identifier: MIT */
/*
 * checks.h - all checks of push-doctor, in the order in which they run.
 */
#ifndef COMMANDS_DOCTOR_CHECKS_H
#define COMMANDS_DOCTOR_CHECKS_H

#include <stdbool.h>

#include "commands/doctor/finding.h"

struct doctor_area {
	const char *name; /* `area` of what is found */
	const struct doctor_check *checks;
	bool settings_only;	  /* of --check, too: asks no server */
	bool with_wrong_settings; /* runs also if a setting is wrong */
};

/* Ends with a row whose `checks` is NULL. */
extern const struct doctor_area doctor_areas[];

#endif
