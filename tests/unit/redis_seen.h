/* SPDX-License-Identifier: MIT */
/*
 * redis_seen.h - a redis_conn to the Redis of a test, and what came of it.
 */
#ifndef TESTS_UNIT_REDIS_SEEN_H
#define TESTS_UNIT_REDIS_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_conn.h"
#include "shared/conf/conf.h"

enum { SEEN_DOWNS = 64, SEEN_TEXT = 512 };

struct redis_seen {
	struct conf conf;
	struct redis_conn *conn;
	size_t ups, downs, answers;
	double down_at[SEEN_DOWNS]; /* of the first of them */
	char reason[SEEN_TEXT];	    /* of the last down */
	char response[SEEN_TEXT];   /* the last; "null" when there was none */
	char heard[SEEN_TEXT];	    /* all words of subscriptions, each with a
				     * space after it */
};

/* There is one. */
extern struct redis_seen seen;

/* The bus.timeout of what is opened from here on; else a machine that is busy
 * does not make it expire. */
void lose_patience_after(unsigned int seconds);

/* Opens it with the URL of redis_server_conf(). */
void open_as(const char *before, const char *after);

/* The same; returns when it is up. */
void open_up(const char *before, const char *after);

/* Closes it, and ends the loop. */
void close_all(void);

/* Sends a command of two words, or of one when `two` is empty. */
bool send_words(const char *one, const char *two) MUST_USE;

/* Sends it; `want` is in the answer. */
void assert_reply(const char *one, const char *two, const char *want);

/* It goes down, or is, and `want` is in the reason. */
void assert_down_because(const char *want);

#endif
