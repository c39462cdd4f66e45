/* SPDX-License-Identifier: MIT */
/* shared/hub/catch_up.c, fanout_send.c and shared/app/batch.c: how much of the
 * history a response holds, and when a stream gets the next page. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/base/xalloc.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

enum { LARGE = 60000, TOO_LARGE = 300 * 1000 };

static char query[256];

static void
open_stage(const struct technique *technique)
{
	stage_init(technique);
	stage_open();
}

/* One message of `size` bytes. */
static void
publish(size_t size)
{
	char *data = xmalloc(size + 1);

	memset(data, 'x', size);
	data[size] = '\0';
	fake_bus_publish("news", data);
	free(data);
}

static void
publish_large(int count)
{
	for (int i = 0; i < count; i++)
		publish(LARGE);
}

static struct client *
get_since(const char *since, const char *more)
{
	struct client *c;

	snprintf(query, sizeof(query), "channel=news&since=%s%s", since, more);
	c = stage_get(query);
	TURN_UNTIL(c->ended);
	return c;
}

/* Asks until there is no more; `want` is the number of messages of each
 * response. They must be 1-0, 2-0, ... */
static void
assert_batches(const char *more, const char *want)
{
	char got[64] = "", cursor[ID_TEXT_SIZE] = "0", id[32];
	size_t total = 0, count;

	do {
		struct client *c = get_since(cursor, more);

		count = client_count(c, "\"id\":");
		ck_assert_uint_eq(client_count(c, "\"gap\""), 0);
		for (size_t i = 0; i < count; i++) {
			snprintf(id, sizeof(id), "\"id\":\"%zu-0\"", ++total);
			ck_assert_msg(client_has(c, id), "no %s", id);
		}
		snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%zu ",
			 count);
	} while (count > 0);
	ck_assert_str_eq(got, want);
}

TEST(a_batch_holds_256_kb_and_the_next_one_goes_on)
{
	open_stage(&technique_poll);
	publish_large(10);
	assert_batches("", "4 4 2 0 ");
	stage_close();
}

TEST(a_batch_holds_history_replay_messages_and_the_next_one_goes_on)
{
	open_stage(&technique_longpoll);
	stage.conf.history_replay = 50;
	for (int i = 0; i < 120; i++)
		publish(1);
	assert_batches("&wait=0&limit=1000", "50 50 20 0 ");
	assert_batches("&wait=0", "50 50 20 0 ");
	stage_close();
}

TEST(a_message_above_256_kb_is_a_batch_of_its_own)
{
	open_stage(&technique_poll);
	publish(1);
	publish(TOO_LARGE);
	publish(1);
	assert_batches("", "1 1 1 0 ");
	stage_close();
}

TEST(only_as_many_messages_are_read_as_the_batch_may_hold)
{
	open_stage(&technique_poll);
	for (int i = 0; i < 120; i++)
		publish(1);
	get_since("0", "&limit=100");
	ck_assert_uint_eq(fake_bus_pages(), 1);
	stage_close();
}

TEST(a_live_batch_holds_256_kb_and_the_next_one_goes_on)
{
	struct client *c;

	open_stage(&technique_longpoll);
	publish(1);
	c = stage_get("channel=news&since=1-0");
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 1);
	turn_for(0.02);	  /* live */
	publish_large(6); /* in one turn */
	TURN_UNTIL(c->ended);
	ck_assert_uint_eq(client_count(c, "\"id\":"), 4);
	ck_assert_str_eq(client_cursor(c), "5-0");
	c = get_since("5-0", "");
	ck_assert_uint_eq(client_count(c, "\"id\":"), 2);
	ck_assert_uint_eq(client_count(c, "\"gap\""), 0);
	stage_close();
}

TEST(http_returns_the_newest_256_kb)
{
	struct client *c;

	open_stage(&technique_http);
	publish_large(10);
	c = stage_get("channel=news&last=300&envelope=json");
	TURN_UNTIL(c->ended);
	ck_assert_uint_eq(client_count(c, "\"id\":"), 4);
	ck_assert(client_has(c, "\"id\":\"7-0\""));
	ck_assert(client_has(c, "\"id\":\"10-0\""));
	stage_close();
}

TEST(a_stream_that_does_not_read_gets_no_next_page)
{
	struct client *c;

	open_stage(&technique_sse);
	stage.send_buffer = 4608; /* the minimum */
	publish_large(8);
	fake_bus_hold_history(true);
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(fake_bus_pages_held() == 1);
	client_pause(c);
	fake_bus_hold_history(false);
	TURN_UNTIL(fake_bus_pages() == 1);
	turn_for(0.05);
	ck_assert_uint_eq(fake_bus_pages() + fake_bus_pages_held(), 1);
	client_resume(c);
	TURN_UNTIL(client_has(c, "\nid: 8-0\n"));
	ck_assert_uint_eq(client_count(c, "\nid: "), 8);
	ck_assert_uint_eq(client_count(c, "event: gap"), 0);
	stage_close();
}

TEST(a_client_that_leaves_cancels_its_read)
{
	struct client *stays, *leaves;

	open_stage(&technique_sse);
	publish(1);
	fake_bus_hold_history(true);
	stays = stage_get("channel=news&since=0");
	leaves = stage_get("channel=news&since=0");
	TURN_UNTIL(fake_bus_pages_held() == 2);
	client_leave(leaves);
	TURN_UNTIL(fake_bus_pages_held() == 1);
	fake_bus_hold_history(false);
	TURN_UNTIL(client_has(stays, "\nid: 1-0\n"));
	ck_assert_uint_eq(fake_bus_pages(), 1);
	stage_close();
}
