/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/redis_trace.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

struct redis_trace trace;
static unsigned int bus_timeout = 10;

static void
went_up(void *arg)
{
	(void)arg;
	trace.ups++;
}

static void
went_down(void *arg, const char *reason)
{
	(void)arg;
	if (trace.downs < TRACE_DOWNS)
		trace.down_at[trace.downs] = ev_now(turn_loop());
	trace.downs++;
	snprintf(trace.reason, TRACE_TEXT, "%s", reason);
}

static void
received(void *arg, const struct redis_reply *reply)
{
	size_t at = strlen(trace.received);
	struct text text;

	(void)arg;
	for (size_t i = 0; i < redis_reply_count(reply) && i < 3; i++) {
		text = redis_reply_string(redis_reply_at(reply, i));
		if (text.bytes != NULL)
			at += (size_t)snprintf(trace.received + at,
					       TRACE_TEXT - at, "%s ",
					       text.bytes);
		if (at >= TRACE_TEXT)
			at = TRACE_TEXT - 1;
	}
}

static void
refused(void *arg, struct text name, const char *error)
{
	(void)arg;
	trace.refusals++;
	snprintf(trace.refused, TRACE_TEXT, "%s: %s", name.bytes, error);
}

static const struct redis_conn_handler handler = {
    .up = went_up,
    .down = went_down,
    .received = received,
    .refused = refused,
};

static void
answered(void *arg, const struct redis_reply *reply)
{
	const char *text;

	(void)arg;
	trace.replies++;
	if (reply == NULL)
		text = "null";
	else if ((text = redis_reply_error(reply)) == NULL)
		text = redis_reply_string(reply).bytes;
	snprintf(trace.reply, TRACE_TEXT, "%s", text != NULL ? text : "other");
}

void
set_bus_timeout(unsigned int seconds)
{
	bus_timeout = seconds;
}

void
open_conf(void)
{
	trace.conf.bus_timeout = bus_timeout;
	trace.conn =
	    redis_conn_open(turn_loop(), &trace.conf, "test", &handler, NULL);
}

void
open_as(const char *before, const char *after)
{
	redis_server_conf(&trace.conf, before, after);
	open_conf();
}

void
open_up(const char *before, const char *after)
{
	open_as(before, after);
	TURN_UNTIL(redis_conn_is_up(trace.conn));
	ck_assert_uint_eq(trace.ups, 1);
}

void
close_all(void)
{
	redis_conn_close(trace.conn);
	turn_end();
}

bool
send_words(const char *one, const char *two)
{
	const char *words[] = {one, two[0] ? two : NULL, NULL};

	return redis_conn_command(trace.conn, words, answered, NULL);
}

void
assert_reply(const char *one, const char *two, const char *want)
{
	size_t before = trace.replies;

	ck_assert(send_words(one, two));
	TURN_UNTIL(trace.replies > before);
	if (strstr(trace.reply, want) == NULL)
		ck_abort_msg("'%s' is not in '%s'", want, trace.reply);
}

void
assert_down_because(const char *want)
{
	TURN_UNTIL(trace.downs > 0);
	ck_assert(!redis_conn_is_up(trace.conn));
	if (strstr(trace.reason, want) == NULL)
		ck_abort_msg("'%s' is not in '%s'", want, trace.reason);
}
