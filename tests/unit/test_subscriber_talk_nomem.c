/* SPDX-License-Identifier: MIT */
/* Memory that runs out over what a client says costs that client, and nobody
 * else. One fact a test; the name is the fact. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shared/wire/ws_frame.h"
#include "tests/unit/nomem.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/talker.h"
#include "tests/unit/turn.h"

enum { TURNS = 12, TRIES_MAX = 300 };

static struct client *other;

static void
open_all(void)
{
	redis_server_start();
	stage_conf();
	stage.conf.websocket_may_publish = MAY_PUBLISH_YES;
	stage.conf.websocket_max_rate = 100000;
	stage.conf.hold_beat = 600; /* its heartbeats need memory too */
	stage_open();
	redis_publish("news", "one");
	other = talker_live("channel=other");
	stage.conf.hold_beat = 1; /* one that was failed tries again */
}

static bool
is_answered(const struct client *c)
{
	return c->closed || client_has(c, "\"ref\":9");
}

static int times = 1;

/* A client says it while memory ends after `n` allocations. True: it ended. */
static bool
say_with(size_t n, const char *text)
{
	struct client *c = talker_live("channel=a");
	bool refused;

	for (int i = 0; i < times; i++) /* in one read */
		talker_say(c, text);
	nomem_after(n);
	for (int i = 0; i < TURNS && !is_answered(c); i++)
		ev_run(turn_loop(), EVRUN_ONCE);
	refused = nomem_off();
	TURN_UNTIL(is_answered(c));
	ck_assert(!other->closed);
	client_leave(c);
	TURN_UNTIL(stage.subscribers.held == 1 && stage.conns.count == 1);
	return refused;
}

static void
assert_only_it_is_lost(const char *text)
{
	size_t n = 0;

	open_all();
	while (say_with(n, text)) {
		n++;
		ck_assert_uint_lt(n, TRIES_MAX);
	}
	ck_assert_uint_gt(n, 3);
	redis_publish("other", "hi");
	TURN_UNTIL(client_has(other, "\"data\":\"hi\""));
	stage_close();
}

TEST(over_a_message_only_it_is_lost)
{
	assert_only_it_is_lost(
	    "{\"publish\":{\"channel\":\"news\",\"data\":\"hi\"},\"ref\":9}");
}

TEST(over_more_channels_only_it_is_lost)
{
	assert_only_it_is_lost(
	    "{\"subscribe\":[\"b\",\"news\"],\"since\":\"0\",\"ref\":9}");
}

TEST(over_several_said_at_once_only_it_is_lost)
{
	times = 3;
	assert_only_it_is_lost(
	    "{\"subscribe\":[\"b\",\"news\"],\"since\":\"0\",\"ref\":9}");
}

TEST(over_what_is_refused_only_it_is_lost)
{
	assert_only_it_is_lost("{\"unsubscribe\":[\"a\"],\"ref\":9}");
}

TEST(one_that_is_not_lost_has_all_of_its_new_channel)
{
	size_t n = 0;
	bool refused = true;

	open_all();
	for (n = 0; refused; n++) {
		struct client *c = talker_live("channel=a");

		talker_say(c, "{\"subscribe\":[\"news\"],\"since\":\"0\"}");
		nomem_after(n);
		for (int i = 0; i < TURNS; i++)
			ev_run(turn_loop(), EVRUN_ONCE);
		refused = nomem_off();
		TURN_UNTIL(c->closed || client_has(c, "\"data\":\"one\"") ||
			   client_has(c, "\"status\":503"));
		ck_assert(!other->closed);
		client_leave(c);
		TURN_UNTIL(stage.conns.count == 1);
		ck_assert_uint_lt(n, TRIES_MAX);
	}
	ck_assert_uint_gt(n, 3);
	stage_close();
}
