/* SPDX-License-Identifier: MIT */
/*
 * conf_table.h - the table of settings: names, types, defaults and ranges.
 *
 * Parsing, defaults and printing are driven by it. Other modules read a
 * struct conf.
 */
#ifndef SHARED_CONF_CONF_TABLE_H
#define SHARED_CONF_CONF_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

enum conf_type {
	CONF_NUMBER,
	CONF_NUMBER_OR_AUTO,
	CONF_CHOICE, /* stored as its index in `values` */
	CONF_PREFIX,
	CONF_ORIGINS,
	CONF_NAME,
	CONF_PATH, /* absolute, or "" */
	CONF_URL,
	CONF_SENTINELS
};

struct conf_setting {
	const char *name; /* section.name */
	enum conf_type type;
	size_t field; /* its offset in the struct, such as struct conf */
	const char *fallback; /* the default, as written in a file */
	unsigned int min;     /* of a number, or of the length of a text */
	unsigned int max;
	const char *values; /* unit of a number; valid texts */
	const char *meaning;
};

enum { CONF_SETTINGS = 35, CONF_EXPECTED_SIZE = 256 };

/* The settings of a section are adjacent. */
extern const struct conf_setting conf_settings[CONF_SETTINGS];

/* Sets everything to its default. */
void conf_init(struct conf *c);

/* Sets one setting. False: the text is invalid, and `expected` describes valid
 * ones; for CONF_URL and CONF_SENTINELS it describes the error. */
bool conf_set(struct conf *c, const struct conf_setting *s, const char *text,
	      char expected[CONF_EXPECTED_SIZE]) MUST_USE;

/* The same in any struct that has the field; not for CONF_URL or
 * CONF_SENTINELS. */
bool conf_set_field(void *fields, const struct conf_setting *s,
		    const char *text,
		    char expected[CONF_EXPECTED_SIZE]) MUST_USE;

#endif
