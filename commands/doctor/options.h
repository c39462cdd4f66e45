/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line of push-doctor.
 *
 *	push-doctor [--conf FILE] [--json] [URL]
 *	push-doctor --check [--json] [FILE]
 *	push-doctor --access CHANNEL [--conf FILE] [--json]
 *	push-doctor --kick user=NAME|channel=NAME|client=NAME [--for SECONDS]
 *		[--conf FILE] [--json]
 *
 * Manual: push-doctor(1)
 */
#ifndef COMMANDS_DOCTOR_OPTIONS_H
#define COMMANDS_DOCTOR_OPTIONS_H

#include <stdbool.h>

#include "commands/command-line.h"
#include "commands/doctor/site.h"
#include "shared/base/attributes.h"
#include "shared/model/kick.h"

/* The exit statuses. */
enum push_doctor_exit {
	PUSH_DOCTOR_FINE = 0,  /* maybe with warnings */
	PUSH_DOCTOR_ERROR = 1, /* something must be mended */
	PUSH_DOCTOR_USAGE = 2
};

enum push_doctor_job {
	PUSH_DOCTOR_ALL,    /* all checks */
	PUSH_DOCTOR_CHECK,  /* the settings, and the files they name */
	PUSH_DOCTOR_ACCESS, /* who may subscribe to a channel, and publish */
	PUSH_DOCTOR_KICK,   /* disconnect subscribers */
	PUSH_DOCTOR_HELP,
	PUSH_DOCTOR_VERSION
};

/* Strings are borrowed from argv; NULL: not given. */
struct push_doctor_options {
	enum push_doctor_job job;
	const char *conf;     /* the settings file */
	const char *channel;  /* ACCESS */
	struct site site;     /* ALL: what to look at from outside */
	struct kick kick;     /* KICK */
	unsigned int seconds; /* KICK: that they are kept out */
	const char *only;     /* ALL, CHECK: an area of checks.h */
	bool json;
};

/* Parses the command line. False: invalid, and `error` is a sentence without
 * control characters. */
bool push_doctor_parse(struct push_doctor_options *out, int argc, char **argv,
		       char error[COMMAND_LINE_ERROR_SIZE]) MUST_USE;

/* The output of --help, and a hint to append to a usage error. */
extern const char push_doctor_help[];
extern const char push_doctor_hint[];

#endif
