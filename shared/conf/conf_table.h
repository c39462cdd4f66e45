/* SPDX-License-Identifier: MIT */
/*
 * conf_table.h - the table of settings: names, types, defaults and ranges.
 *
 * Parsing, defaults and printing are driven by it. Other modules read a
 * struct conf.
 */
#ifndef SHARED_CONF_CONF_TABLE_H
#define SHARED_CONF_CONF_TABLE_H

#include <stddef.h>

#include "shared/conf/conf.h"

enum conf_type {
	CONF_NUMBER,
	CONF_NUMBER_OR_AUTO,
	CONF_CHOICE, /* stored as its index in `values` */
	CONF_WHO,    /* a set of enum who */
	CONF_PREFIX,
	CONF_NAME,
	CONF_URL,
	CONF_SENTINELS,
	/* texts: conf_is_text() */
	CONF_PATH, /* absolute, or "" */
	CONF_ORIGINS,
	CONF_ADDRESSES,
	CONF_URL_PATHS,
	CONF_SECRET,  /* never shown */
	CONF_CHANNEL, /* its name, or "" */
	CONF_WORD,    /* a token of HTTP */
	CONF_TEXT
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

enum { CONF_SETTINGS = 75 };

/* The settings of a section are adjacent. */
extern const struct conf_setting conf_settings[CONF_SETTINGS];

#define CONF_VARIABLE_PREFIX "PUSHCGI_"
enum { CONF_VARIABLE_SIZE = 64 };

/* Its name in the environment: PUSHCGI_BUS_URL for bus.url. */
void conf_variable(char out[CONF_VARIABLE_SIZE], const struct conf_setting *s);

#endif
