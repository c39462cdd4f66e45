/* SPDX-License-Identifier: MIT */
/* Subscribers that an administrator disconnects: each kind, and who is refused.
 * On a fake bus and a fake clock. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/hs256.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

#define KICKED "{\"end\":{\"reason\":\"kicked\"}"

static void
open_stage(const struct technique *technique)
{
	stage_init(technique);
	conf_set_text(&stage.conf.access_jwt_key, HS256_SECRET);
	stage.conf.hold_beat = 3600;
	stage_open();
}

static struct client *
live(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

static void
assert_refused(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(c->ended);
	ck_assert_msg(client_has(c, "Status: 403 "), "%s", c->text);
	ck_assert_msg(client_has(c, "Retry-After: 60\r\n"), "%s", c->text);
	ck_assert_msg(client_has(c, "Kicked: "), "%s", c->text);
}

/* --- streams -------------------------------------------------------------- */

TEST(a_stream_is_told_and_ends)
{
	struct client *c, *other;

	open_stage(&technique_sse);
	fake_bus_publish("a", "one");
	c = live("channel=a&client=tab-7");
	other = live("channel=a&client=tab-8");
	fake_bus_kick("client=tab-7", 60000);
	TURN_UNTIL(c->ended);
	ck_assert_msg(client_has(c, "event: end\ndata: " KICKED
				    ",\"cursor\":\"1-0\"}\nid: 1-0\n\n"),
		      "%s", c->text);
	turn_for(0.05);
	ck_assert(!client_has(other, "event: end"));
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 1);
	stage_close();
}

TEST(it_is_refused_until_the_time_is_over)
{
	open_stage(&technique_sse);
	live("channel=a");
	fake_bus_kick("client=tab-7", 60000);
	assert_refused("channel=a&client=tab-7");
	live("channel=a&client=tab-8");
	stage_advance(60);
	live("channel=a&client=tab-7");
	stage_close();
}

TEST(with_0_seconds_it_may_come_back_at_once)
{
	struct client *c;

	open_stage(&technique_sse);
	c = live("channel=a&client=tab-7");
	fake_bus_kick("client=tab-7", 0);
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, KICKED));
	live("channel=a&client=tab-7");
	stage_close();
}

TEST(a_stream_of_several_channels_ends_whole)
{
	struct client *c;

	open_stage(&technique_sse);
	c = live("channel=a&channel=b");
	fake_bus_kick("channel=b", 60000);
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, KICKED));
	assert_refused("channel=a&channel=b");
	live("channel=a");
	stage_close();
}

TEST(a_user_is_the_subject_of_a_token)
{
	char query[600];
	struct client *c;

	open_stage(&technique_sse);
	snprintf(query, sizeof(query), "channel=a&token=%s",
		 hs256("{\"sub\":\"ann\"}"));
	c = live(query);
	fake_bus_kick("user=bob", 60000);
	turn_for(0.05);
	ck_assert(!c->ended);
	fake_bus_kick("user=ann", 60000);
	TURN_UNTIL(c->ended);
	assert_refused(query);
	stage_close();
}

TEST(whoever_came_before_the_list_was_read_is_kicked_when_it_is)
{
	struct client *c;

	open_stage(&technique_sse);
	c = live("channel=a&client=tab-7");
	fake_bus_list_kick("client=tab-7", 60000);
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, KICKED));
	assert_refused("channel=a&client=tab-7");
	stage_close();
}

TEST(a_new_list_replaces_the_old_one)
{
	open_stage(&technique_sse);
	live("channel=a");
	fake_bus_list_kick("client=tab-7", 60000);
	fake_bus_list_kick("client=tab-8", 60000);
	live("channel=a&client=tab-7");
	assert_refused("channel=a&client=tab-8");
	stage_close();
}

TEST(before_redis_has_told_its_position_it_gets_no_cursor)
{
	struct client *c;

	open_stage(&technique_sse);
	fake_bus_hold_answers(true);
	c = stage_get("channel=a&client=tab-7");
	TURN_UNTIL(client_has(c, "retry:"));
	turn_for(0.05);
	fake_bus_kick("client=tab-7", 60000);
	TURN_UNTIL(c->ended);
	ck_assert_msg(client_has(c, "event: end\ndata: " KICKED "}\n\n"), "%s",
		      c->text);
	fake_bus_hold_answers(false);
	stage_close();
}

/* --- batches -------------------------------------------------------------- */

TEST(a_held_long_poll_is_answered_403)
{
	struct client *c;

	open_stage(&technique_longpoll);
	fake_bus_publish("a", "one");
	c = stage_get("channel=a&client=tab-7&since=1-0&wait=20");
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held > 0);
	turn_for(0.05);
	fake_bus_kick("client=tab-7", 60000);
	TURN_UNTIL(c->ended);
	ck_assert_msg(client_has(c, "Status: 403 "), "%s", c->text);
	ck_assert(client_has(c, "Retry-After: 60\r\n"));
	assert_refused("channel=a&client=tab-7&since=1-0&wait=20");
	stage_close();
}

TEST(a_poll_is_refused)
{
	open_stage(&technique_poll);
	fake_bus_kick("channel=a", 60000);
	assert_refused("channel=a");
	stage_close();
}

TEST(a_poll_that_waits_for_redis_is_answered_403)
{
	struct client *c;

	open_stage(&technique_poll);
	fake_bus_hold_answers(true);
	c = stage_get("channel=a&since=0");
	turn_for(0.05);
	fake_bus_list_kick("channel=a", 60000);
	TURN_UNTIL(c->ended);
	ck_assert_msg(client_has(c, "Status: 403 "), "%s", c->text);
	fake_bus_hold_answers(false);
	stage_close();
}

/* --- WebSockets ----------------------------------------------------------- */

TEST(a_websocket_is_closed_with_4403)
{
	struct client *c;

	open_stage(&technique_websocket);
	c = ws_client_live("channel=a&client=tab-7");
	fake_bus_kick("client=tab-7", 60000);
	TURN_UNTIL(client_has(c, "CLOSE 4403"));
	ck_assert_msg(client_has(c, KICKED), "%s", c->text);
	c = ws_client_new("channel=a&client=tab-7", "");
	TURN_UNTIL(client_has(c, "HTTP/1.1 403 "));
	stage_close();
}

TEST(a_websocket_loses_only_a_channel_that_is_kicked)
{
	struct client *c;

	open_stage(&technique_websocket);
	c = ws_client_live("channel=a&channel=b");
	fake_bus_kick("channel=b", 60000);
	TURN_UNTIL(client_has(c, "\"reason\":\"kicked\",\"channels\":[\"b\"]"));
	fake_bus_publish("b", "not for it");
	fake_bus_publish("a", "for it");
	TURN_UNTIL(client_has(c, "for it"));
	ck_assert(!client_has(c, "not for it"));
	ws_client_text(c, "{\"subscribe\":[\"b\"],\"ref\":1}");
	TURN_UNTIL(client_has(c, "\"ref\":1}"));
	ck_assert_msg(client_has(c, "Kicked: "), "%s", c->text);
	fake_bus_kick("channel=a", 60000);
	TURN_UNTIL(client_has(c, "CLOSE 4403"));
	stage_close();
}

TEST(a_websocket_loses_each_channel_that_is_listed)
{
	struct client *c;

	open_stage(&technique_websocket);
	c = ws_client_live("channel=a&channel=b");
	fake_bus_list_kick("channel=a", 60000);
	TURN_UNTIL(client_has(c, "\"reason\":\"kicked\",\"channels\":[\"a\"]"));
	fake_bus_list_kick("client=none", 60000);
	ws_client_text(c, "{\"subscribe\":[\"a\"],\"ref\":1}");
	TURN_UNTIL(client_has(c, "{\"ok\":\"subscribe\""));
	stage_close();
}
