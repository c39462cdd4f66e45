/* SPDX-License-Identifier: MIT */
/* shared/hub/catch_up.c: when it asks Redis where a channel stands. On a fake
 * bus. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

/* Another subscriber has got the message 1-0. From then on Redis answers
 * nothing, and announces. */
static void
open_at_1(const struct technique *technique)
{
	stage_init(technique);
	stage_open();
	(void)stage_get("channel=news");
	TURN_UNTIL(fake_bus_subscribed() == 1);
	fake_bus_publish("news", "first");
	turn_for(0.05);
	fake_bus_hold_answers(true);
}

/* It becomes live at 1-0, and gets `text` of the next message. */
static void
assert_needs_no_answer(const struct technique *technique, const char *text)
{
	struct client *c;

	open_at_1(technique);
	c = stage_get("channel=news&since=1-0");
	turn_for(0.05);
	fake_bus_publish("news", "second");
	TURN_UNTIL(client_has(c, text));
	stage_close();
}

TEST(a_stream_at_the_tip_needs_no_answer)
{
	assert_needs_no_answer(&technique_sse, "data: second\n");
}

TEST(a_long_poll_at_the_tip_needs_no_answer)
{
	assert_needs_no_answer(&technique_longpoll, "second");
}

TEST(a_stream_below_the_tip_waits_for_the_answer)
{
	struct client *c;

	open_at_1(&technique_sse);
	fake_bus_publish("news", "second");
	turn_for(0.05);
	c = stage_get("channel=news&since=1-0");
	turn_for(0.05);
	ck_assert(!client_has(c, "data: second\n"));
	fake_bus_hold_answers(false);
	TURN_UNTIL(client_has(c, "data: second\n"));
	stage_close();
}

TEST(a_stream_above_the_tip_waits_for_the_answer)
{
	struct client *c;

	open_at_1(&technique_sse);
	fake_bus_store("news", "second");
	c = stage_get("channel=news&since=2-0");
	turn_for(0.05);
	fake_bus_hold_answers(false);
	fake_bus_publish("news", "third");
	TURN_UNTIL(client_has(c, "data: third\n"));
	ck_assert(!client_has(c, "data: second\n"));
	ck_assert(!client_has(c, "event: gap"));
	stage_close();
}

/* It is answered at once, as its cursor lacks a channel. */
TEST(a_long_poll_that_adds_a_channel_has_what_was_published_before)
{
	const struct cursor_part parts[] = {
	    {.tag = cursor_tag((struct text){"news", 4}), .id = {1, 0}},
	    {.tag = cursor_tag((struct text){"other", 5}), .id = {1, 0}}};
	struct client *c;
	struct buf query;

	open_at_1(&technique_longpoll);
	fake_bus_hold_answers(false);
	(void)stage_get("channel=sport&since=0");
	TURN_UNTIL(fake_bus_subscribed() == 2);
	turn_for(0.05);
	fake_bus_hold_answers(true);
	fake_bus_store("news", "second");
	buf_init(&query, 256);
	buf_puts(&query, "channel=news&channel=sport&since=");
	cursor_put(&query, parts, 2);
	buf_putc(&query, '\0');
	c = stage_get(query.bytes);
	turn_for(0.05);
	fake_bus_hold_answers(false);
	TURN_UNTIL(c->ended);
	ck_assert(client_has(c, "second"));
	buf_free(&query);
	stage_close();
}

TEST(a_poll_at_the_tip_has_what_was_published_before)
{
	struct client *c;

	open_at_1(&technique_longpoll);
	fake_bus_store("news", "second");
	c = stage_get("channel=news&since=1-0&wait=0");
	turn_for(0.05);
	ck_assert_uint_eq(c->len, 0);
	fake_bus_hold_answers(false);
	TURN_UNTIL(client_has(c, "second"));
	stage_close();
}
