/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/redis_seen.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

struct redis_seen seen;
static unsigned int bus_timeout = 10;

static void
went_up(void *arg)
{
	(void)arg;
	seen.ups++;
}

static void
went_down(void *arg, const char *reason)
{
	(void)arg;
	if (seen.downs < SEEN_DOWNS)
		seen.down_at[seen.downs] = ev_now(turn_loop());
	seen.downs++;
	snprintf(seen.reason, SEEN_TEXT, "%s", reason);
}

static void
received(void *arg, const struct redis_reply *reply)
{
	size_t at = strlen(seen.received);
	struct text text;

	(void)arg;
	for (size_t i = 0; i < redis_reply_count(reply) && i < 3; i++) {
		text = redis_reply_string(redis_reply_at(reply, i));
		if (text.bytes != NULL)
			at +=
			    (size_t)snprintf(seen.received + at, SEEN_TEXT - at,
					     "%s ", text.bytes);
	}
}

static const struct redis_conn_handler handler = {
    .up = went_up,
    .down = went_down,
    .received = received,
};

static void
answered(void *arg, const struct redis_reply *reply)
{
	const char *text;

	(void)arg;
	seen.replies++;
	if (reply == NULL)
		text = "null";
	else if ((text = redis_reply_error(reply)) == NULL)
		text = redis_reply_string(reply).bytes;
	snprintf(seen.reply, SEEN_TEXT, "%s", text != NULL ? text : "other");
}

void
set_bus_timeout(unsigned int seconds)
{
	bus_timeout = seconds;
}

void
open_as(const char *before, const char *after)
{
	redis_server_conf(&seen.conf, before, after);
	seen.conf.bus_timeout = bus_timeout;
	seen.conn =
	    redis_conn_open(turn_loop(), &seen.conf, "test", &handler, NULL);
	ck_assert_ptr_nonnull(seen.conn);
}

void
open_up(const char *before, const char *after)
{
	open_as(before, after);
	TURN_UNTIL(redis_conn_is_up(seen.conn));
	ck_assert_uint_eq(seen.ups, 1);
}

void
close_all(void)
{
	redis_conn_close(seen.conn);
	turn_end();
}

bool
send_words(const char *one, const char *two)
{
	const char *words[] = {one, two[0] ? two : NULL, NULL};

	return redis_conn_command(seen.conn, words, answered, NULL);
}

void
assert_reply(const char *one, const char *two, const char *want)
{
	size_t before = seen.replies;

	ck_assert(send_words(one, two));
	TURN_UNTIL(seen.replies > before);
	if (strstr(seen.reply, want) == NULL)
		ck_abort_msg("'%s' is not in '%s'", want, seen.reply);
}

void
assert_down_because(const char *want)
{
	TURN_UNTIL(seen.downs > 0);
	ck_assert(!redis_conn_is_up(seen.conn));
	if (strstr(seen.reason, want) == NULL)
		ck_abort_msg("'%s' is not in '%s'", want, seen.reason);
}
