/* SPDX-License-Identifier: MIT */
/*
 * conf.h - the settings: one table, read from a file and from the environment.
 *
 * The file (inih's grammar) has sections and `name = value` lines; the setting
 * bus.url is `url` in section [bus], and PUSHCGI_BUS_URL in the environment,
 * which wins. A wrong setting, an unknown one in either, is an error that
 * names where it stands and what was expected.
 *
 * PUSHCGI_CONF names the file; without it SYSCONFDIR/pushcgi/push.conf is read
 * if it is there.
 *
 * Manual: push.conf(5)
 */
#ifndef SHARED_CONF_CONF_H
#define SHARED_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "shared/base/attributes.h"
#include "shared/base/log.h"
#include "shared/base/text.h"
#include "shared/conf/redis_url.h"

enum access_publish { PUBLISH_LOOPBACK, PUBLISH_ANY, PUBLISH_NONE };
enum may_publish { MAY_PUBLISH_NO, MAY_PUBLISH_YES };

enum {
	CONF_HOLD_MAX_AUTO = 0x7fffffff,
	CONF_PREFIX_MAX = 32,
	CONF_ORIGINS_MAX = 1000
};

/* Each field is the setting of the same name; units in push.conf(5). */
struct conf {
	char bus_url[REDIS_URL_MAX + 1];
	struct redis_url redis; /* bus_url, taken apart */
	char bus_prefix[CONF_PREFIX_MAX + 1];
	unsigned int bus_timeout; /* s */
	unsigned int bus_audit;	  /* s */
	unsigned int message_max_bytes;
	unsigned int history_length;  /* messages */
	unsigned int history_ttl;     /* s */
	unsigned int publish_key_ttl; /* s */
	unsigned int hold_beat;	      /* s */
	unsigned int hold_wait;	      /* s */
	unsigned int hold_max; /* subscribers, or CONF_HOLD_MAX_AUTO ("auto") */
	unsigned int hold_max_backlog; /* bytes */
	unsigned int hold_max_age;     /* s; 0: never */
	unsigned int hold_drain;       /* s */
	unsigned int poll_max_age;     /* s */
	unsigned int sse_retry;	       /* ms */
	enum may_publish websocket_may_publish;
	unsigned int websocket_max_rate;    /* frames a second */
	unsigned int websocket_deflate_min; /* bytes */
	unsigned int request_max_head;	    /* bytes */
	unsigned int request_timeout;	    /* s */
	enum access_publish access_publish;
	char access_origins[CONF_ORIGINS_MAX + 1]; /* between single spaces */
	enum log_level log_level;
	enum log_to log_to;
};

/* Is the origin listed in access.origins? */
bool conf_lists_origin(const struct conf *c, struct text origin) MUST_USE;

enum { CONF_ERROR_SIZE = 512 };

/* All defaults. */
void conf_init(struct conf *c);

/*
 * Reads settings over those in `c` from the text of a file; `name` is what
 * errors call it. False: `error` holds a sentence with name, line, setting
 * and what was expected.
 */
bool conf_read_text(struct conf *c, const char *name, const char *text,
		    char error[CONF_ERROR_SIZE]) MUST_USE;

/* The same from a file that must be there. */
bool conf_read_file(struct conf *c, const char *path,
		    char error[CONF_ERROR_SIZE]) MUST_USE;

/* The same from `environ`-like strings; names not beginning with PUSHCGI_ are
 * skipped, as is PUSHCGI_CONF. */
bool conf_read_environment(struct conf *c, char *const *environment,
			   char error[CONF_ERROR_SIZE]) MUST_USE;

/*
 * What a program does at start: defaults, then the file (`path`, or when NULL
 * the one PUSHCGI_CONF names, or the default one if it exists), then the
 * environment.
 */
bool conf_load(struct conf *c, const char *path,
	       char error[CONF_ERROR_SIZE]) MUST_USE;

/* Writes the table as a settings file that can be read back, a comment with
 * unit, range, default and meaning above each line; the password in bus.url
 * is shown as ***. */
void conf_print(const struct conf *c, FILE *out);

#endif
