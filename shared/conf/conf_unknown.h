/* SPDX-License-Identifier: MIT */
/*
 * conf_unknown.h - the sentences about names that are no settings, with what
 * was probably meant, or else what there is.
 */
#ifndef SHARED_CONF_CONF_UNKNOWN_H
#define SHARED_CONF_CONF_UNKNOWN_H

#include <stdbool.h>

#include "shared/base/attributes.h"

enum { CONF_UNKNOWN_SIZE = 420 };

/* True: there are settings in this section. */
bool conf_is_section(const char *section) MUST_USE;

/* `name` stands in a section that conf_is_section(), or before the first one:
 * "". */
void conf_unknown_setting(char out[CONF_UNKNOWN_SIZE], const char *section,
			  const char *name);

void conf_unknown_section(char out[CONF_UNKNOWN_SIZE], const char *section);

/* In a [channel "PATTERN"] section. */
void conf_unknown_in_channel(char out[CONF_UNKNOWN_SIZE], const char *name);

/* An environment variable that begins with CONF_VARIABLE_PREFIX. */
void conf_unknown_variable(char out[CONF_UNKNOWN_SIZE], const char *variable);

#endif
