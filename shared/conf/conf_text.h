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

/* The same, and `faults` is told of each line that is wrong. The settings of a
 * section that is wrong are skipped. */
bool conf_read_text_all(struct conf *c, const char *name, const char *text,
			const struct conf_faults *faults) MUST_USE;

#endif
