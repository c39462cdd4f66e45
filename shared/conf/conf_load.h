/* SPDX-License-Identifier: MIT */
/*
 * conf_load.h - reads settings from a file and from the environment.
 *
 * The file, in inih's format, has sections and `name = value` lines. The
 * setting bus.url is `url` in section [bus]; in the environment, which takes
 * precedence, it is PUSHCGI_BUS_URL. An invalid or unknown setting is an error
 * that names the file, the line, the setting and what was expected. Sections
 * [channel "PATTERN"] exist only in the file; see conf_channel.h.
 *
 * PUSHCGI_CONF names the file. Without it SYSCONFDIR/pushcgi/push.conf is read
 * if it exists.
 *
 * Manual: push.conf(5)
 */
#ifndef SHARED_CONF_CONF_LOAD_H
#define SHARED_CONF_CONF_LOAD_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_error.h"

/*
 * Sets `c` at the start of a program: the defaults, then the file (`path`; if
 * that is NULL the one PUSHCGI_CONF names, or the default one if it exists),
 * then the environment. False: `error` holds one line for the administrator.
 */
bool conf_load(struct conf *c, const char *path,
	       char error[CONF_ERROR_SIZE]) MUST_USE;

/* The same, and `faults` is told of each fault of the file and the environment,
 * and of what is then missing or does not go together. */
bool conf_load_all(struct conf *c, const char *path,
		   const struct conf_faults *faults) MUST_USE;

/* Frees what conf_load() or conf_read_text() allocated, also after an error. */
void conf_free(struct conf *c);

/* The parts of conf_load(), beside conf_read_text(). Each changes only the
 * settings it finds. */

bool conf_read_file(struct conf *c, const char *path,
		    char error[CONF_ERROR_SIZE]) MUST_USE;

/* Skips PUSHCGI_CONF and variables without the prefix PUSHCGI_. */
bool conf_read_environment(struct conf *c, char *const *environment,
			   char error[CONF_ERROR_SIZE]) MUST_USE;

#endif
