/* SPDX-License-Identifier: MIT */
/*
 * conf_set.h - sets a setting from a text.
 *
 * Other modules load settings: conf_load.h.
 */
#ifndef SHARED_CONF_CONF_SET_H
#define SHARED_CONF_CONF_SET_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_table.h"

enum { CONF_EXPECTED_SIZE = 256 };

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

/* True: the field is a `char *` that the struct owns, never NULL after
 * conf_init(). */
bool conf_is_text(enum conf_type type) MUST_USE;

/* Replaces such a text by a copy of `text`. Zeroed is an empty text. */
void conf_set_text(char **field, const char *text);

/* Makes all texts "", and frees what they were. */
void conf_free_texts(struct conf *c);

#endif
