/* SPDX-License-Identifier: MIT */
/*
 * run.h - a run of push-doctor: reads the settings and runs the checks.
 */
#ifndef COMMANDS_DOCTOR_RUN_H
#define COMMANDS_DOCTOR_RUN_H

#include <stdbool.h>

#include "commands/doctor/finding.h"
#include "commands/doctor/report.h"
#include "commands/doctor/site.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_print.h"

/* Too large for the stack. */
struct run {
	struct conf conf;
	struct doctor doctor;
	struct report_head head;
	char redis[CONF_REDIS_SHOWN], user[32]; /* of `head` */
};

/* Reads the settings of `path` (NULL: as the programs do). What is wrong with
 * them is found. `site` is borrowed. */
void run_open(struct run *r, const char *path, const struct site *site);

/* Frees what was found, and the settings. */
void run_close(struct run *r);

/* Runs all checks, or those of the area `only`, or those that ask no server;
 * after each one fn(arg), unless it is NULL. */
void run_checks(struct run *r, const char *only, bool settings_only,
		void (*fn)(void *arg), void *arg);

/* There are checks of this area. */
bool run_is_area(const char *name) MUST_USE;

#endif
