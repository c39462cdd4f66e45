/* SPDX-License-Identifier: MIT */
/* A whole responder on a fake bus and a fake clock: no test needs Redis, and
 * the program is linked without hiredis. */
#include "config.h"

#include "fcgi/techniques.h"
#include "shared/base/wheel.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static void
open_stage(const struct technique *technique)
{
	stage_init(technique);
	stage.conf.access_publish = WHO_LOOPBACK; /* the default is token */
	stage_open();
}

static struct client *
get_live(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

TEST(a_published_message_reaches_a_subscriber)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(c, "data: hi\nid: 1-0\n\n"));
	stage_close();
}

TEST(a_subscriber_with_a_cursor_gets_the_history)
{
	struct client *c;

	open_stage(&technique_sse);
	fake_bus_publish("news", "one");
	fake_bus_publish("other", "two");
	fake_bus_publish("news", "three");
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(client_has(c, "three"));
	ck_assert_str_eq(client_lines(c, "data: "), "one three");
	stage_close();
}

TEST(a_message_that_was_not_announced_is_read_from_the_history)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	fake_bus_store("news", "one");
	fake_bus_publish("news", "two");
	TURN_UNTIL(client_has(c, "two"));
	ck_assert_uint_eq(client_count(c, "data: one"), 1);
	ck_assert_uint_eq(client_count(c, "event: gap"), 0);
	stage_close();
}

TEST(messages_published_while_the_bus_is_down_arrive_when_it_is_up)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	fake_bus_down();
	fake_bus_publish("news", "hi");
	turn_for(0.05);
	ck_assert(!client_has(c, "data: hi"));
	fake_bus_up();
	TURN_UNTIL(client_has(c, "data: hi"));
	stage_close();
}

TEST(messages_that_are_no_longer_kept_are_a_gap)
{
	struct client *c;

	open_stage(&technique_sse);
	fake_bus_publish("news", "one");
	fake_bus_publish("news", "two");
	fake_bus_publish("news", "three");
	fake_bus_trim(2);
	c = stage_get("channel=news&since=1-0");
	TURN_UNTIL(client_has(c, "data: three"));
	ck_assert_uint_eq(client_count(c, "event: gap"), 1);
	ck_assert_str_eq(client_lines(c, "id: "), "2-0 3-0");
	stage_close();
}

TEST(messages_that_redis_lost_are_a_gap)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	fake_bus_publish("news", "one");
	fake_bus_publish("news", "two");
	TURN_UNTIL(client_has(c, "data: two"));
	fake_bus_lose(1);
	fake_bus_publish("news", "three");
	TURN_UNTIL(client_has(c, "data: three"));
	ck_assert_uint_eq(client_count(c, "event: gap"), 1);
	ck_assert_str_eq(client_lines(c, "id: "), "0-0 1-0 2-0 1-0 3-0");
	stage_close();
}

TEST(heartbeats_follow_the_clock)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	stage_advance(stage.conf.hold_beat - 1);
	turn_for(0.05);
	ck_assert_uint_eq(client_count(c, "\n:\n"), 0);
	stage_advance(2);
	TURN_UNTIL(client_count(c, "\n:\n") == 1);
	stage_close();
}

TEST(no_heartbeat_while_messages_flow)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	for (size_t i = 1; i <= 8; i++) {
		stage_advance(stage.conf.hold_beat - 1);
		fake_bus_publish("news", "hi");
		TURN_UNTIL(client_count(c, "data: hi") == i);
	}
	ck_assert_uint_eq(client_count(c, "\n:\n"), 0);
	stage_close();
}

TEST(a_posted_message_is_published)
{
	struct client *c;

	open_stage(&technique_publish);
	c = stage_post("application/x-www-form-urlencoded",
		       "channel=news&data=hi");
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "Status: 201 "));
	ck_assert(client_has(c, "\"id\":\"1-0\""));
	stage_close();
}
