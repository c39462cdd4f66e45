/* SPDX-License-Identifier: MIT */
/* hold.gather with long-polls: shared/app/batch.c. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/gather_stage.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static struct client *
get_since(const char *since)
{
	char query[64];

	snprintf(query, sizeof(query), "channel=news&since=%s", since);
	return stage_get(query);
}

static struct client *
get_live(const char *since)
{
	size_t before = gather_stage_live();
	struct client *c = get_since(since);

	TURN_UNTIL(gather_stage_live() == before + 1);
	return c;
}

static void
publish(const char *data)
{
	fake_bus_publish("news", data);
	gather_stage_turn();
}

/* The messages 1-0 and 2-0 are told: the second opened a window. */
static void
start_busy(void)
{
	struct client *c;

	gather_stage_start(&technique_longpoll);
	publish("old");
	c = get_live("1-0");
	publish("first");
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "\"data\":\"first\""));
}

/* The message 3-0 waits when this one comes, which has the others. */
static struct client *
get_what_waits(void)
{
	struct client *c;

	publish("a");
	c = get_since("2-0");
	gather_stage_turn();
	ck_assert_uint_eq(c->len, 0);
	return c;
}

static void
assert_response(const struct client *c, size_t messages, const char *cursor)
{
	ck_assert(c->ended);
	ck_assert_uint_eq(client_count(c, "\"data\":"), messages);
	ck_assert_str_eq(client_cursor(c), cursor);
}

TEST(a_live_long_poll_gets_all_of_its_window)
{
	struct client *c;

	start_busy();
	c = get_live("2-0");
	publish("a");
	publish("b");
	ck_assert_uint_eq(c->len, 0);
	gather_stage_pass(GATHER_MS);
	assert_response(c, 2, "4-0");
	stage_close();
}

TEST(one_that_comes_when_some_have_come_waits_for_the_others)
{
	struct client *live, *c;

	start_busy();
	live = get_live("2-0");
	c = get_what_waits();
	publish("b");
	ck_assert_uint_eq(c->len, 0);
	gather_stage_pass(GATHER_MS);
	assert_response(live, 2, "4-0");
	assert_response(c, 2, "4-0");
	stage_close();
}

TEST(it_waits_also_when_nobody_is_live)
{
	struct client *c;

	start_busy();
	c = get_what_waits();
	publish("b");
	ck_assert_uint_eq(c->len, 0);
	gather_stage_pass(GATHER_MS);
	assert_response(c, 2, "4-0");
	stage_close();
}

TEST(what_was_sent_to_others_already_does_not_wait)
{
	struct client *c;

	start_busy();
	c = get_since("1-0");
	gather_stage_turn();
	assert_response(c, 1, "2-0");
	stage_close();
}

TEST(one_that_is_at_the_end_of_the_window_is_held)
{
	struct client *live, *c;

	start_busy();
	live = get_live("2-0");
	publish("a");
	c = get_since("3-0");
	gather_stage_turn();
	gather_stage_pass(GATHER_MS);
	assert_response(live, 1, "3-0");
	ck_assert_uint_eq(c->len, 0);
	gather_stage_pass(GATHER_MS);
	publish("b");
	assert_response(c, 1, "4-0");
	stage_close();
}

TEST(a_poll_does_not_wait)
{
	struct client *c;

	start_busy();
	publish("a");
	c = get_since("2-0&wait=0");
	gather_stage_turn();
	assert_response(c, 1, "3-0");
	stage_close();
}

TEST(when_redis_goes_away_it_gets_what_there_is)
{
	struct client *c;

	start_busy();
	c = get_what_waits();
	fake_bus_down();
	TURN_UNTIL(c->ended);
	assert_response(c, 1, "3-0");
	stage_close();
}

TEST(when_the_process_ends_it_gets_what_there_is)
{
	struct client *live, *c;

	start_busy();
	live = get_live("2-0");
	c = get_what_waits();
	dispatch_stop(&stage.dispatch);
	TURN_UNTIL(c->ended && live->ended);
	assert_response(c, 1, "3-0");
	assert_response(live, 1, "3-0");
	stage_close();
}

TEST(a_long_poll_that_ends_within_a_window_keeps_its_place)
{
	struct client *c;

	fake_clock_restart();
	stage_init(&technique_longpoll);
	gather_stage_open(60 * 1000);
	publish("old");
	c = get_live("1-0&wait=2");
	publish("a");
	TURN_UNTIL(c->ended);
	c = get_live("2-0&wait=2");
	publish("b");
	stage_advance(3);
	TURN_UNTIL(c->ended);
	ck_assert_str_eq(client_cursor(c), "2-0");
	stage_close();
}
