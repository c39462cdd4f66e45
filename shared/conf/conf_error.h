/* SPDX-License-Identifier: MIT */
/*
 * conf_error.h - the sentences about invalid settings.
 */
#ifndef SHARED_CONF_CONF_ERROR_H
#define SHARED_CONF_CONF_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf_table.h"

enum {
	CONF_ERROR_SIZE = 640,
	CONF_SHOWN_SIZE = 64,
	CONF_WHERE_SIZE = 200 /* file and line, or variable */
};

/* Who is told what is wrong. */
struct conf_faults {
	/* `sentence`: one line for the administrator. False: stop reading. */
	bool (*tell)(void *arg, const char *sentence);
	void *arg;
};

/* Keeps the first sentence in `error`, which is "" without one. */
struct conf_faults conf_first_fault(char error[CONF_ERROR_SIZE]) MUST_USE;

/* Makes a text fit for an error: short, printable ASCII. */
void conf_error_show(char out[CONF_SHOWN_SIZE], const char *text, size_t len);

/* Fills `error`: the value of `s` at `where` is not what was `expected`. The
 * value of a URL, which may contain a password, is not shown. */
void conf_error_value(char error[CONF_ERROR_SIZE], const struct conf_setting *s,
		      const char *value, const char *where,
		      const char *expected);

#endif
