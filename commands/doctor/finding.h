/* SPDX-License-Identifier: MIT */
/*
 * finding.h - what push-doctor has found, and a check.
 *
 * A check is a function that looks at one thing and adds what it finds, and a
 * row of the table of its file. Each of these tables is a row of checks.c.
 *
 *	doctor_error(d, "%s can be read by everybody.", path);
 *	doctor_remedy(d, "chmod o-r %s", path);
 *
 * What was read and what it means are two functions of a check, so that a unit
 * test can judge readings that no server here gives.
 */
#ifndef COMMANDS_DOCTOR_FINDING_H
#define COMMANDS_DOCTOR_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

enum finding_level {
	FINDING_OK,
	FINDING_NOTE,
	FINDING_WARNING,
	FINDING_ERROR,
	FINDING_LEVELS
};

/* Texts are owned by the doctor. */
struct finding {
	enum finding_level level;
	const char *area; /* of its check, a static text */
	char *sentence;
	char *lines; /* to paste, each with its newline; or NULL */
	char *file;  /* into which the lines belong; NULL: they are commands */
	char *owner; /* of the file, "user:group"; NULL: it is not there */
};

struct site;

struct doctor {
	const struct conf *conf;
	/* a part of the settings is wrong: the rest are read */
	bool wrong_settings;
	const struct site *site; /* what is looked at from outside */

	/* of the checks that run */
	const char *area;

	struct finding *found;
	size_t count, room;
	size_t levels[FINDING_LEVELS]; /* how many of each */

	/* Called with a sentence by a check that takes seconds; or NULL. */
	void (*progress)(const char *sentence);
};

/* Ends with a row whose `run` is NULL. */
struct doctor_check {
	const char *name; /* what it looks at */
	void (*run)(struct doctor *d);
};

/* Frees what was found. */
void doctor_free(struct doctor *d);

/* Something must be mended: a program does not serve as the settings say, or
 * a secret is open to others. `format` is a sentence. */
void doctor_error(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* It works, but probably not as it was meant. */
void doctor_warn(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* Something to know. */
void doctor_note(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* It was looked at, and it is right. */
void doctor_ok(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* After one of these: a command to paste into a shell. There may be more. */
void doctor_remedy(struct doctor *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* After one of these: a line to paste into `file`. There may be more, of the
 * same file. */
void doctor_paste(struct doctor *d, const char *file, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The settings file that was read, for doctor_paste(). Without one its name. */
const char *doctor_settings_file(const struct doctor *d) RETURNS_NONNULL;

/* Says what a check that takes seconds does. */
void doctor_progress(struct doctor *d, const char *format, ...)
    PRINTF_LIKE(2, 3);

#endif
