/* SPDX-License-Identifier: MIT */
/*
 * conf_print.h - prints the settings as a settings file.
 */
#ifndef SHARED_CONF_CONF_PRINT_H
#define SHARED_CONF_CONF_PRINT_H

#include <stdio.h>

#include "shared/conf/conf.h"

enum { CONF_REDIS_SHOWN = 512, CONF_REDIS_REASON = CONF_REDIS_SHOWN + 64 };

/* Where Redis is, for people, without passwords: host:port/db, path?db=N, or
 * the name of the master and the Sentinels that know it. */
void conf_show_redis(char out[CONF_REDIS_SHOWN], const struct conf *c);

/* A sentence with that between its two parts, such as "Redis (" and ") did not
 * answer." */
void conf_say_redis(char out[CONF_REDIS_REASON], const struct conf *c,
		    const char *before, const char *after);

/* Two comments name the file that was read, and where Redis is. Each setting
 * follows a comment with its meaning, default, range and unit; a password in a
 * URL is printed as ***. The [channel "PATTERN"] sections follow, without
 * comments. conf_read_text() accepts the text. */
void conf_print(const struct conf *c, FILE *out);

#endif
