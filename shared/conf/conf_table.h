/* SPDX-License-Identifier: MIT */
/*
 * conf_table.h - the table that parsing, defaults and printing come from.
 *
 * For conf.c and the tests alone; everybody else reads a struct conf.
 * conf_table.c also defines conf_init() and conf_print() of conf.h.
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
	CONF_CHOICE, /* stored as its place in `values` */
	CONF_PREFIX,
	CONF_ORIGINS,
	CONF_URL
};

struct conf_setting {
	const char *name; /* section.name */
	enum conf_type type;
	size_t field;	      /* its offset in struct conf */
	const char *fallback; /* the default, as it stands in a file */
	unsigned int min;     /* of a number; of a text's length */
	unsigned int max;
	const char *values; /* a number's unit; what a text may be */
	const char *meaning;
};

enum { CONF_SETTINGS = 25, CONF_EXPECTED_SIZE = 256 };

/* The settings of one section stand together. */
extern const struct conf_setting conf_settings[CONF_SETTINGS];

/* Sets one setting. False: the text is none of it, and `expected` says what
 * would be (of a CONF_URL: what is wrong). */
bool conf_set(struct conf *c, const struct conf_setting *s, const char *text,
	      char expected[CONF_EXPECTED_SIZE]) MUST_USE;

#endif
