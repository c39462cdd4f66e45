/* SPDX-License-Identifier: MIT */
/*
 * conf_text.h - reads settings from the text of a file in inih's format.
 */
#ifndef SHARED_CONF_CONF_TEXT_H
#define SHARED_CONF_CONF_TEXT_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_error.h"

/* Changes only the settings it finds. Errors call the file `name`. False:
 * `error` holds one line for the administrator. */
bool conf_read_text(struct conf *c, const char *name, const char *text,
		    char error[CONF_ERROR_SIZE]) MUST_USE;

#endif
