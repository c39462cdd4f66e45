/* SPDX-License-Identifier: MIT */
/* shared/app/stream.c: how long streams are held, and how they end. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/app/subscribers.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

static void
open_conf(void)
{
	redis_server_start();
	stage_conf(&technique_sse);
}

static struct client *
get_live(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

TEST(an_idle_stream_gets_heartbeats)
{
	struct client *c;

	open_conf();
	stage.conf.hold_beat = 1;
	stage_open();
	c = get_live("channel=news");
	TURN_UNTIL(client_count(c, "\n:\n") == 2);
	ck_assert(!c->closed);
	stage_close();
}

TEST(a_client_that_left_is_not_held)
{
	struct client *c;

	open_conf();
	stage_open();
	c = get_live("channel=news");
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 1);
	client_leave(c);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 0);
	TURN_UNTIL(stage.conns.count == 0);
	stage_close();
}

TEST(at_max_age_a_stream_is_closed_and_cut)
{
	struct client *c;
	double begun;

	open_conf();
	stage.conf.hold_max_age = 1;
	stage_open();
	begun = ev_time();
	c = stage_get("channel=news");
	TURN_UNTIL(c->closed);
	ck_assert_double_ge(ev_time() - begun, 0.5);
	ck_assert(!c->ended);
	ck_assert_uint_eq(client_count(c, "retry: "), 2);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(above_hold_max_a_stream_gets_the_history_and_is_cut)
{
	struct client *c, *held;

	open_conf();
	stage.hold_max = 1;
	stage_open();
	redis_publish("news", "one");
	held = get_live("channel=news");
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(c->closed);
	ck_assert(!c->ended);
	ck_assert_str_eq(client_lines(c, "\ndata: "), "one");
	ck_assert_uint_eq(client_count(c, "retry: "), 2);
	ck_assert(!held->closed);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 1);
	stage_close();
}

TEST(above_hold_max_a_stream_gets_its_starting_cursor)
{
	struct client *c;

	open_conf();
	stage.hold_max = 0;
	stage_open();
	c = stage_get("channel=news");
	TURN_UNTIL(c->closed);
	ck_assert(client_has(c, "event: cursor"));
	stage_close();
}

TEST(above_hold_max_a_stream_does_not_wait_for_redis)
{
	struct client *c;

	open_conf();
	stage.hold_max = 0;
	stage.conf.bus_timeout = 2;
	redis_server_freeze();
	stage_open();
	c = stage_get("channel=news");
	TURN_UNTIL(c->closed);
	stage_close();
}

TEST(a_subscriber_that_leaves_makes_room)
{
	struct client *c;

	open_conf();
	stage.hold_max = 1;
	stage_open();
	c = get_live("channel=news");
	client_leave(c);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 0);
	c = get_live("channel=news");
	turn_for(0.1);
	ck_assert(!c->closed);
	stage_close();
}

TEST(at_exit_streams_are_closed_and_cut)
{
	struct client *a, *b;

	open_conf();
	stage_open();
	a = get_live("channel=news");
	b = get_live("channel=sport");
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	TURN_UNTIL(a->closed && b->closed);
	ck_assert(!a->ended && !b->ended);
	ck_assert_uint_eq(client_count(a, "retry: "), 2);
	ck_assert_uint_eq(client_count(b, "retry: "), 2);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(at_exit_streams_that_catch_up_are_closed_too)
{
	struct client *c;

	open_conf();
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	redis_server_freeze();
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(client_has(c, "retry: "));
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	TURN_UNTIL(c->closed);
	ck_assert(!c->ended);
	stage_close();
}

TEST(after_the_stop_no_stream_is_held)
{
	struct client *c;

	open_conf();
	stage_open();
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	c = stage_get("channel=news");
	TURN_UNTIL(c->closed);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(reconnection_times_are_spread)
{
	enum { SUBSCRIBERS = 20 };
	struct client *c[SUBSCRIBERS];
	const char *first;
	int same = 0;

	open_conf();
	stage_open();
	for (int i = 0; i < SUBSCRIBERS; i++)
		c[i] = get_live("channel=news");
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	for (int i = 0; i < SUBSCRIBERS; i++)
		TURN_UNTIL(c[i]->closed);
	first = strstr(strstr(c[0]->text, "retry: ") + 1, "retry: ");
	for (int i = 0; i < SUBSCRIBERS; i++)
		same += client_has(c[i], first);
	ck_assert_int_lt(same, SUBSCRIBERS);
	stage_close();
}

TEST(streams_stay_held_with_heartbeats_when_redis_goes_down)
{
	struct client *c;

	open_conf();
	stage.conf.hold_beat = 1;
	stage_open();
	c = get_live("channel=news");
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	TURN_UNTIL(client_count(c, "\n:\n") == 2);
	ck_assert(!c->closed);
	stage_close();
}

TEST(a_stream_that_starts_while_redis_is_down_is_held)
{
	struct client *c;

	open_conf();
	redis_server_kill();
	stage_open();
	TURN_UNTIL(
	    !bus_is_starting(stage.dispatch.subscribing.channels.common.bus));
	c = stage_get("channel=news");
	TURN_UNTIL(client_has(c, "retry: "));
	redis_server_start();
	TURN_UNTIL(client_has(c, "event: cursor"));
	redis_publish("news", "hi");
	TURN_UNTIL(client_has(c, "data: hi"));
	stage_close();
}

TEST(redis_going_down_while_catching_up_loses_no_message)
{
	struct client *c;

	open_conf();
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	redis_publish("news", "old");
	redis_server_freeze();
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(client_has(c, "retry: "));
	redis_server_thaw();
	redis_ask("CLIENT KILL TYPE normal SKIPME yes");
	TURN_UNTIL(client_has(c, "data: old"));
	redis_publish("news", "new");
	TURN_UNTIL(client_has(c, "data: new"));
	ck_assert_str_eq(client_lines(c, "\ndata: "), "old new");
	stage_close();
}
