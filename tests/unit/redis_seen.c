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
went_down(void *arg, const char *why)
{
	(void)arg;
	if (seen.downs < SEEN_DOWNS)
		seen.down_at[seen.downs] = ev_now(turn_loop());
	seen.downs++;
	snprintf(seen.reason, SEEN_TEXT, "%s", why);
}

static void
was_heard(void *arg, const redisReply *reply)
{
	size_t at = strlen(seen.heard);

	(void)arg;
	for (size_t i = 0; i < reply->elements && i < 3; i++)
		if (reply->element[i]->type == REDIS_REPLY_STRING)
			at += (size_t)snprintf(seen.heard + at, SEEN_TEXT - at,
					       "%s ", reply->element[i]->str);
}

static const struct redis_conn_handler handler = {
    .up = went_up,
    .down = went_down,
    .heard = was_heard,
};

static void
answered(void *arg, const redisReply *reply)
{
	(void)arg;
	seen.answers++;
	snprintf(seen.response, SEEN_TEXT, "%s",
		 reply == NULL	      ? "null"
		 : reply->str != NULL ? reply->str
				      : "other");
}

void
lose_patience_after(unsigned int seconds)
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
	const char *argv[] = {one, two};
	const size_t len[] = {strlen(one), strlen(two)};

	return redis_conn_command(seen.conn, answered, NULL, two[0] ? 2 : 1,
				  argv, len);
}

void
assert_reply(const char *one, const char *two, const char *want)
{
	size_t before = seen.answers;

	ck_assert(send_words(one, two));
	TURN_UNTIL(seen.answers > before);
	if (strstr(seen.response, want) == NULL)
		ck_abort_msg("'%s' is not in '%s'", want, seen.response);
}

void
assert_down_because(const char *want)
{
	TURN_UNTIL(seen.downs > 0);
	ck_assert(!redis_conn_is_up(seen.conn));
	if (strstr(seen.reason, want) == NULL)
		ck_abort_msg("'%s' is not in '%s'", want, seen.reason);
}
