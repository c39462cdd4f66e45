/* SPDX-License-Identifier: MIT */
/* Channels that come and go, on a fake bus and a fake clock: what they cost
 * their client (shared/app/duplex_channels.c) and what is left of them
 * (shared/hub/channels.c). */
#include "config.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/base/wheel.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

enum { IDLE_MAX = 1000, IDLE_MS = 10 * 1000 }; /* of channels.c */

static void
open_all(void)
{
	stage_init(&technique_websocket);
	stage.conf.websocket_max_rate = 10000;
	stage_open();
}

/* --- the client ----------------------------------------------------------- */

/* Sends {"VERB":["c0", …]} with `count` channels. */
static void
send_change(struct client *c, const char *verb, int count)
{
	char text[1024];
	size_t at = (size_t)snprintf(text, sizeof(text), "{\"%s\":[", verb);

	for (int i = 0; i < count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "%s\"c%d\"", i > 0 ? "," : "", i);
	snprintf(text + at, sizeof(text) - at, "]}");
	ws_client_text(c, text);
}

/* Subscribes to `count` channels and unsubscribes from them. */
static void
come_and_go(struct client *c, int count)
{
	size_t before = client_count(c, "{\"ok\":\"unsubscribe\"");

	send_change(c, "subscribe", count);
	send_change(c, "unsubscribe", count);
	TURN_UNTIL(client_count(c, "{\"ok\":\"unsubscribe\"") == before + 1);
}

static size_t
count_refused(const struct client *c)
{
	return client_count(c, "More than 128 new channels");
}

/* One that has had 128 channels beyond its first. */
static struct client *
get_spent(void)
{
	struct client *c = ws_client_live("channel=news");

	for (int i = 0; i < 8; i++)
		come_and_go(c, 16);
	ck_assert_uint_eq(client_count(c, "{\"ok\":\"subscribe\""), 8);
	ck_assert_uint_eq(count_refused(c), 0);
	return c;
}

TEST(the_129th_new_channel_is_429)
{
	struct client *c;

	open_all();
	c = get_spent();
	come_and_go(c, 1);
	ck_assert_uint_eq(count_refused(c), 1);
	ck_assert(client_has(c, "\"status\":429"));
	stage_close();
}

TEST(what_it_has_is_not_new)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=news");
	for (int i = 0; i < 200; i++)
		ws_client_text(c, "{\"subscribe\":[\"news\"]}");
	TURN_UNTIL(client_count(c, "{\"ok\":\"subscribe\"") == 200);
	ck_assert_uint_eq(count_refused(c), 0);
	stage_close();
}

/* The refused command counts as one. */
TEST(eight_new_channels_a_second_come_back)
{
	struct client *c;

	open_all();
	c = get_spent();
	fake_clock_advance(1000);
	come_and_go(c, 9);
	ck_assert_uint_eq(count_refused(c), 1);
	come_and_go(c, 7);
	ck_assert_uint_eq(count_refused(c), 1);
	come_and_go(c, 1);
	ck_assert_uint_eq(count_refused(c), 2);
	stage_close();
}

TEST(who_waits_long_has_128_again_and_no_more)
{
	struct client *c;

	open_all();
	c = get_spent();
	fake_clock_advance(1000 * 1000);
	for (int i = 0; i < 8; i++)
		come_and_go(c, 16);
	ck_assert_uint_eq(count_refused(c), 0);
	come_and_go(c, 1);
	ck_assert_uint_eq(count_refused(c), 1);
	stage_close();
}

TEST(who_goes_on_after_100_refusals_is_closed_with_1008)
{
	struct client *c, *other;

	open_all();
	other = ws_client_live("channel=news");
	c = get_spent();
	for (int i = 0; i < 100; i++)
		come_and_go(c, 1);
	ck_assert_uint_eq(count_refused(c), 100);
	ck_assert(!c->closed);
	send_change(c, "subscribe", 1);
	TURN_UNTIL(c->closed);
	ck_assert(client_has(c, "CLOSE 1008 Too many changes of channels."));
	come_and_go(other, 1);
	ck_assert_uint_eq(count_refused(other), 0);
	stage_close();
}

/* --- the process ---------------------------------------------------------- */

static const struct subscription_handler nobody;

static struct channel *
look_for(unsigned int number)
{
	struct channels *all = &stage.dispatch.subscribing.channels;
	struct subscription sub = {.handler = &nobody};
	struct channel *channel;
	char name[32];
	int len = snprintf(name, sizeof(name), "unused-%u", number);

	channels_subscribe(all, (struct text){name, (size_t)len}, &sub);
	channel = sub.channel;
	channels_unsubscribe(&sub);
	return channel;
}

static void
pass(uint64_t ms)
{
	fake_clock_advance(ms);
	wheel_turn(&stage.wheel);
	turn_for(0);
}

static size_t
count_channels(void)
{
	const struct channel_list *list =
	    &stage.dispatch.subscribing.channels.list;
	size_t idle = stage.dispatch.subscribing.channels.idle_count;

	ck_assert(TAILQ_EMPTY(list) == (idle == 0));
	return idle;
}

TEST(of_many_unused_channels_the_last_1000_stay_for_a_while)
{
	struct channel *kept;

	open_all();
	for (unsigned int i = 0; i < IDLE_MAX + 200; i++)
		kept = look_for(i);
	pass(1000);
	ck_assert_uint_eq(count_channels(), IDLE_MAX);
	ck_assert_ptr_eq(look_for(IDLE_MAX + 199), kept);
	ck_assert_uint_eq(count_channels(), IDLE_MAX);
	pass(IDLE_MS + 1000);
	ck_assert_uint_eq(count_channels(), 0);
	stage_close();
}

/* Ever new names take no place from one that is looked for again. */
TEST(an_unused_channel_that_is_looked_for_again_is_the_last_to_go)
{
	struct channel *kept;

	open_all();
	kept = look_for(0);
	for (unsigned int i = 1; i < 5 * IDLE_MAX; i++) {
		look_for(i);
		if (i % 500 == 0)
			ck_assert_ptr_eq(look_for(0), kept);
		if (i % 100 == 0)
			pass(100);
	}
	stage_close();
}

static void
look_for_many(unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		look_for(i);
		if (i % IDLE_MAX == 0)
			pass(1000);
	}
	pass(IDLE_MS + 1000);
}

TEST(ten_thousands_of_unused_channels_leave_no_memory_behind)
{
	enum { COUNT = 30 * IDLE_MAX, LEAST = 24 }; /* bytes of a block */
	size_t before;

	open_all();
	look_for_many(0, 5 * IDLE_MAX); /* what grows once */
	before = mallinfo2().uordblks;
	look_for_many(5 * IDLE_MAX, 5 * IDLE_MAX + COUNT);
	ck_assert_uint_eq(count_channels(), 0);
	ck_assert_uint_lt(mallinfo2().uordblks, before + COUNT * LEAST / 4);
	stage_close();
}
