/* SPDX-License-Identifier: MIT */
/*
 * redis_trace.h - a redis_conn to the Redis of a test, and what it reported.
 */
#ifndef TESTS_UNIT_REDIS_TRACE_H
#define TESTS_UNIT_REDIS_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_conn.h"
#include "shared/conf/conf.h"

enum { TRACE_DOWNS = 64, TRACE_TEXT = 512 };

struct redis_trace {
	struct conf conf;
	struct redis_conn *conn;
	size_t ups, downs, replies, refusals;
	double down_at[TRACE_DOWNS]; /* ev_now() of the first downs */
	char reason[TRACE_TEXT];     /* of the last down */
	char reply[TRACE_TEXT];	     /* the last one; "null" for NULL */
	char received[TRACE_TEXT]; /* the strings in all that was received, cut,
				    * each followed by a space */
	char refused[TRACE_TEXT];  /* the last one: "<name>: <error>" */
};

/* There is one. */
extern struct redis_trace trace;

/* Sets bus.timeout of connections opened later. The default is long enough for
 * a busy machine. */
void set_bus_timeout(unsigned int seconds);

/* Opens trace.conn with trace.conf. */
void open_conf(void);

/* The same with the URL of redis_server_conf(). */
void open_as(const char *before, const char *after);

/* The same, and waits until it is up. */
void open_up(const char *before, const char *after);

/* Closes the connection and the loop. */
void close_all(void);

/* Sends a command of two words, or of one if `two` is empty. */
bool send_words(const char *one, const char *two) MUST_USE;

/* Sends it and waits for the reply, which must contain `want`. */
void assert_reply(const char *one, const char *two, const char *want);

/* Waits until it is down; the reason must contain `want`. */
void assert_down_because(const char *want);

#endif
