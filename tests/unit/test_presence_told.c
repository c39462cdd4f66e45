/* SPDX-License-Identifier: MIT */
/* shared/hub/channel_presence.c in a whole responder, on a fake bus and a fake
 * clock: who is told, when, and what. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/hub/channel_presences.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static void
open_stage(const struct technique *technique, enum presence_setting presence)
{
	stage_init(technique);
	stage.conf.channel_presence = presence;
	stage_open();
}

static struct client *
get_live(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(client_has(c, "cursor"));
	return c;
}

TEST(a_subscriber_is_told_that_it_is_there)
{
	struct client *c;

	open_stage(&technique_sse, PRESENCE_COUNT);
	c = get_live("channel=news&presence=1");
	TURN_UNTIL(client_has(
	    c, "event: presence\ndata: {\"presence\":{\"channel\":\"news\","
	       "\"count\":1}}\n\n"));
	stage_close();
}

TEST(one_that_does_not_ask_is_told_nothing)
{
	struct client *c, *asks;

	open_stage(&technique_sse, PRESENCE_COUNT);
	c = get_live("channel=news");
	asks = get_live("channel=news&presence=1");
	stage_advance(2);
	TURN_UNTIL(client_has(asks, "\"count\":2"));
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(c, "data: hi"));
	ck_assert(!client_has(c, "presence"));
	stage_close();
}

TEST(without_the_setting_nobody_is_told)
{
	struct client *c;

	open_stage(&technique_sse, PRESENCE_OFF);
	c = get_live("channel=news&presence=1");
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(c, "data: hi"));
	ck_assert(!client_has(c, "presence"));
	stage_close();
}

TEST(what_another_process_announces_is_told)
{
	struct client *c;

	open_stage(&technique_stream, PRESENCE_LIST);
	c = get_live("channel=news&presence=1");
	TURN_UNTIL(client_has(c, "\"count\":1,\"users\":[]"));
	fake_bus_presence("news", "9000000000000 7 l\nalice\nbob");
	TURN_UNTIL(client_has(
	    c, "{\"presence\":{\"channel\":\"news\",\"count\":7,\"users\":["
	       "\"alice\",\"bob\"]}}\n"));
	stage_close();
}

TEST(the_same_announced_again_is_told_once)
{
	struct client *c;

	open_stage(&technique_stream, PRESENCE_COUNT);
	c = get_live("channel=news&presence=1");
	TURN_UNTIL(client_has(c, "\"count\":1"));
	fake_bus_presence("news", "9000000000000 7 c");
	fake_bus_presence("news", "9000000001000 7 c");
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(c, "hi"));
	ck_assert_uint_eq(client_count(c, "\"count\":7"), 1);
	stage_close();
}

TEST(after_a_late_change_redis_is_asked)
{
	struct client *c;

	open_stage(&technique_stream, PRESENCE_COUNT);
	c = get_live("channel=news&presence=1");
	fake_bus_presence("news", "9000000000000 7 c");
	TURN_UNTIL(client_has(c, "\"count\":7"));
	fake_bus_presence("news", "late 900");
	turn_for(0.02);
	stage_advance(2);
	TURN_UNTIL(client_count(c, "\"count\":1}") == 2);
	stage_close();
}

TEST(what_was_overtaken_is_not_told)
{
	struct client *c;

	open_stage(&technique_stream, PRESENCE_COUNT);
	c = get_live("channel=news&presence=1");
	TURN_UNTIL(client_has(c, "\"count\":1"));
	fake_bus_presence("news", "9000000001000 8 c");
	fake_bus_presence("news", "9000000000000 7 c");
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(c, "hi"));
	ck_assert(!client_has(c, "\"count\":7"));
	stage_close();
}

TEST(fifty_that_come_at_once_are_told_in_one_notice)
{
	struct client *c;

	open_stage(&technique_sse, PRESENCE_COUNT);
	stage.conf.limit_address_held = 0;
	stage.conf.limit_address_connects = 0;
	c = get_live("channel=news&presence=1");
	TURN_UNTIL(client_has(c, "\"count\":1}"));
	for (int i = 0; i < 50; i++)
		get_live("channel=news");
	ck_assert_uint_eq(client_count(c, "\"presence\":"), 1);
	stage_advance(2);
	TURN_UNTIL(client_has(c, "\"count\":51}"));
	ck_assert_uint_eq(client_count(c, "\"presence\":"), 2);
	stage_close();
}

TEST(one_that_leaves_is_gone_from_the_count)
{
	struct client *c, *other;

	open_stage(&technique_sse, PRESENCE_COUNT);
	c = get_live("channel=news&presence=1");
	other = get_live("channel=news");
	stage_advance(2);
	TURN_UNTIL(client_has(c, "\"count\":2}"));
	client_leave(other);
	turn_for(0.02);
	stage_advance(2);
	TURN_UNTIL(client_count(c, "\"count\":1}") == 2);
	stage_close();
}

TEST(a_long_poll_without_a_cursor_is_told_at_once)
{
	struct client *c;

	open_stage(&technique_longpoll, PRESENCE_COUNT);
	c = stage_get("channel=news&presence=1");
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "{\"messages\":[{\"presence\":{\"channel\":"
				"\"news\",\"count\":1}}],\"cursor\":\"0-0\"}"));
	stage_close();
}

TEST(a_change_answers_a_long_poll_that_asks)
{
	struct client *c;

	open_stage(&technique_longpoll, PRESENCE_COUNT);
	c = stage_get("channel=news&presence=1&since=0-0");
	turn_for(0.05);
	ck_assert(!c->ended);
	fake_bus_presence("news", "9000000000000 7 c");
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "{\"messages\":[{\"presence\":{\"channel\":"
				"\"news\",\"count\":7}}],\"cursor\":\"0-0\"}"));
	stage_close();
}

TEST(a_message_that_answers_a_long_poll_comes_with_the_presence)
{
	struct client *c;

	open_stage(&technique_longpoll, PRESENCE_COUNT);
	c = stage_get("channel=news&presence=1&since=0-0");
	turn_for(0.05);
	fake_bus_publish("news", "hi");
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "\"data\":\"hi\"},{\"presence\":{"));
	ck_assert(client_has(c, "\"cursor\":\"1-0\"}"));
	stage_close();
}

TEST(a_change_does_not_answer_a_long_poll_that_does_not_ask)
{
	struct client *c;

	open_stage(&technique_longpoll, PRESENCE_COUNT);
	c = stage_get("channel=news&since=0-0");
	turn_for(0.05);
	fake_bus_presence("news", "9000000000000 7 c");
	turn_for(0.05);
	ck_assert(!c->ended);
	stage_close();
}

TEST(a_poll_that_asks_is_told_and_not_counted)
{
	struct client *c;

	open_stage(&technique_poll, PRESENCE_COUNT);
	c = stage_get("channel=news&presence=1&since=0");
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "{\"messages\":[{\"presence\":{\"channel\":"
				"\"news\",\"count\":0}}],\"cursor\":\"0-0\"}"));
	stage_close();
}

TEST(a_process_has_no_more_than_so_many_channels_with_presence)
{
	struct channel_presences all = {.count = CHANNEL_PRESENCES_MAX - 1};

	ck_assert(channel_presences_take_place(&all));
	ck_assert(!channel_presences_take_place(&all));
	ck_assert(all.is_full);
	channel_presences_give_back(&all);
	ck_assert(all.is_full); /* it would be logged again and again */
	all.count = CHANNEL_PRESENCES_MAX / 10 * 9;
	channel_presences_give_back(&all);
	ck_assert(!all.is_full);
	ck_assert(channel_presences_take_place(&all));
}

TEST(a_channel_that_found_no_place_gets_one_when_somebody_comes)
{
	struct channel_presences *all =
	    &stage.dispatch.subscribing.channels.presences;
	struct client *c;

	open_stage(&technique_sse, PRESENCE_LIST);
	all->count = CHANNEL_PRESENCES_MAX;
	c = get_live("channel=news&presence=1");
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(c, "data: hi"));
	ck_assert(!client_has(c, "\"count\""));
	all->count = 0;
	get_live("channel=news");
	TURN_UNTIL(client_has(c, "\"count\":2,\"users\":[]}"));
	ck_assert_uint_eq(all->count, 1);
	client_leave(c);
	stage_close();
	ck_assert_uint_eq(all->count, 0);
}

/* New channels have taken all the calls that they may make in this second. */
static void
use_up_calls(void)
{
	while (channel_presences_may_call(
	    &stage.dispatch.subscribing.channels.presences, true))
		;
}

static void
pass_without_calls(unsigned int seconds)
{
	fake_clock_advance(seconds * 1000);
	use_up_calls();
	stage_advance(0);
}

TEST(a_subscriber_does_not_wait_for_a_presence_that_is_late)
{
	struct client *c;

	open_stage(&technique_sse, PRESENCE_COUNT);
	c = get_live("channel=news"); /* the bus is up */
	use_up_calls();
	c = stage_get("channel=room&presence=1");
	turn_for(0.05);
	ck_assert(!client_has(c, "cursor"));
	pass_without_calls(2);
	TURN_UNTIL(client_has(c, "cursor"));
	ck_assert(!client_has(c, "\"count\""));
	stage_advance(2);
	TURN_UNTIL(client_has(c, "\"count\":1}"));
	stage_close();
}

TEST(a_channel_that_redis_knows_is_renewed_whatever_new_ones_there_are)
{
	struct client *c;

	open_stage(&technique_sse, PRESENCE_COUNT);
	c = get_live("channel=news&presence=1");
	TURN_UNTIL(client_has(c, "\"count\":1}"));
	get_live("channel=news");
	pass_without_calls(2);
	TURN_UNTIL(client_has(c, "\"count\":2}"));
	stage_close();
}

TEST(while_redis_is_down_nothing_is_kept_of_those_who_try)
{
	const size_t *visits =
	    &stage.dispatch.subscribing.channels.presences.visits;
	struct client *c;

	open_stage(&technique_longpoll, PRESENCE_COUNT);
	c = stage_get("channel=news&client=one");
	TURN_UNTIL(c->ended);
	fake_bus_down();
	for (int i = 0; i < 10; i++) {
		char query[64];

		snprintf(query, sizeof(query), "channel=room&client=%d", i);
		c = stage_get(query);
		TURN_UNTIL(c->ended);
		ck_assert(client_has(c, "Status: 503"));
	}
	ck_assert_uint_le(*visits, 1);
	stage_close();
}

TEST(a_process_asks_redis_no_more_than_so_often_in_a_second)
{
	struct channel_presences all = {.count = 0};

	open_stage(&technique_sse, PRESENCE_COUNT);
	for (int i = 0; i < CHANNEL_PRESENCE_NEW_CALLS; i++)
		ck_assert(channel_presences_may_call(&all, true));
	ck_assert(!channel_presences_may_call(&all, true));
	while (all.calls < CHANNEL_PRESENCE_CALLS)
		ck_assert(channel_presences_may_call(&all, false));
	ck_assert(!channel_presences_may_call(&all, false));
	stage_advance(1);
	ck_assert(channel_presences_may_call(&all, true));
	stage_close();
}

TEST(presence_must_be_1)
{
	struct client *c;

	open_stage(&technique_sse, PRESENCE_COUNT);
	c = stage_get("channel=news&presence=yes");
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "Status: 400"));
	ck_assert(client_has(c, "presence must be 1"));
	stage_close();
}

TEST(after_redis_was_away_it_is_told_anew)
{
	struct client *c;

	open_stage(&technique_sse, PRESENCE_COUNT);
	c = get_live("channel=news&presence=1");
	TURN_UNTIL(client_has(c, "\"count\":1}"));
	fake_bus_presence("news", "9000000000000 7 c");
	TURN_UNTIL(client_has(c, "\"count\":7}"));
	fake_bus_down();
	turn_for(0.02);
	fake_bus_up();
	stage_advance(2);
	TURN_UNTIL(client_count(c, "\"count\":1}") == 2);
	stage_close();
}

/* Another process notices it when it renews its own lease. */
TEST(a_killed_process_counts_no_longer_than_a_heartbeat)
{
	unsigned int period;

	stage_init(&technique_sse);
	stage.conf.channel_presence = PRESENCE_COUNT;
	stage.conf.hold_beat = 20;
	stage_open();
	get_live("channel=news");
	TURN_UNTIL(fake_bus_lease() > 0);
	period = stage.dispatch.subscribing.channels.presences.period_ms;
	ck_assert_uint_eq(period, 5000);
	ck_assert_uint_le(fake_bus_lease() + period, 20000);
	ck_assert_uint_ge(fake_bus_lease(), 2 * period);
	stage_close();
}

TEST(a_visit_that_redis_did_not_confirm_is_told_again)
{
	open_stage(&technique_longpoll, PRESENCE_COUNT);
	fake_bus_hold_answers(true);
	stage_get("channel=news&since=0-0&client=laptop");
	TURN_UNTIL(fake_bus_visits() == 1);
	stage_get("channel=news&since=0-0&client=phone");
	turn_for(0.02);
	fake_bus_down();
	fake_bus_hold_answers(false);
	fake_bus_up();
	turn_for(0.02);
	stage_advance(2);
	TURN_UNTIL(fake_bus_visits() == 2);
	stage_get("channel=news&since=0-0&client=tablet");
	turn_for(0.02);
	stage_advance(2);
	TURN_UNTIL(fake_bus_visits() == 1);
	stage_close();
}
