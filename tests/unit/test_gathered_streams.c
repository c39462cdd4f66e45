/* SPDX-License-Identifier: MIT */
/* hold.gather with streams: shared/hub/fanouts.c and
 * fanout_send.c. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/gather_stage.h"
#include "tests/unit/signed_query.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

/* One that is live; what it got so far is forgotten. */
static struct client *
get_live(const char *query)
{
	size_t before = gather_stage_live();
	struct client *c = stage_get(query);

	TURN_UNTIL(gather_stage_live() == before + 1);
	TURN_UNTIL(client_has(c, "cursor"));
	gather_stage_turn();
	c->writes = 0;
	return c;
}

static void
forget(struct client *c)
{
	memset(c->text, 0, c->len);
	c->len = c->writes = 0;
}

/* The messages of "news" begin: the first one is sent at once. */
static struct client *
get_busy(void)
{
	struct client *c;

	gather_stage_start(&technique_sse);
	c = get_live("channel=news");
	fake_bus_publish("news", "first");
	TURN_UNTIL(client_has(c, "data: first\n"));
	ck_assert_uint_eq(c->writes, 1);
	forget(c);
	return c;
}

static void
publish(const char *channel, const char *data)
{
	fake_bus_publish(channel, data);
	gather_stage_turn();
}

/* It got both, in this order. */
static void
assert_order(const struct client *c, const char *first, const char *second)
{
	const char *at = strstr(c->text, first);

	ck_assert_msg(at != NULL && strstr(at, second) != NULL, "%s", c->text);
}

TEST(messages_of_a_window_are_one_write_in_order)
{
	struct client *c = get_busy();

	publish("news", "a");
	publish("news", "b");
	publish("news", "c");
	ck_assert_uint_eq(c->len, 0);
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(c, "data: "), "a b c");
	ck_assert_str_eq(client_lines(c, "id: "), "2-0 3-0 4-0");
	ck_assert_uint_eq(c->writes, 1);
	stage_close();
}

TEST(after_a_silence_a_message_is_sent_at_once)
{
	struct client *c = get_busy();

	gather_stage_pass(GATHER_MS);
	publish("news", "alone");
	ck_assert_str_eq(client_lines(c, "data: "), "alone");
	stage_close();
}

TEST(without_the_setting_each_message_is_sent_at_once)
{
	struct client *c;

	fake_clock_restart();
	stage_init(&technique_sse);
	gather_stage_open(0);
	c = get_live("channel=news");
	forget(c);
	publish("news", "a");
	publish("news", "b");
	ck_assert_str_eq(client_lines(c, "data: "), "a b");
	ck_assert_uint_eq(c->writes, 2);
	stage_close();
}

TEST(a_gap_stays_between_its_messages)
{
	struct client *c = get_busy();

	publish("news", "a");
	fake_bus_store("news", "lost");
	fake_bus_trim(3);
	publish("news", "b");
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(c, "event: "), "gap");
	assert_order(c, "data: a\n", "event: gap\n");
	assert_order(c, "event: gap\n", "data: b\n");
	ck_assert_uint_eq(c->writes, 1);
	stage_close();
}

/* --- who comes within a window -------------------------------------------- */

TEST(one_that_comes_within_a_window_gets_what_follows_once)
{
	struct client *old = get_busy(), *new;

	publish("news", "a");
	new = get_live("channel=news");
	ck_assert_uint_eq(old->len, 0); /* nobody pays for it */
	forget(new);
	publish("news", "b");
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(old, "data: "), "a b");
	ck_assert_str_eq(client_lines(new, "data: "), "b");
	ck_assert_uint_eq(old->writes, 1);
	ck_assert_uint_eq(new->writes, 1);
	stage_close();
}

TEST(one_that_comes_with_a_cursor_gets_each_message_once)
{
	struct client *old = get_busy(), *new;

	publish("news", "a");
	publish("news", "b");
	new = stage_get("channel=news&since=2-0");
	TURN_UNTIL(gather_stage_live() == 2);
	gather_stage_turn();
	ck_assert_str_eq(client_lines(new, "data: "), "b");
	publish("news", "c");
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(old, "data: "), "a b c");
	ck_assert_str_eq(client_lines(new, "data: "), "b c");
	stage_close();
}

TEST(those_that_come_at_different_times_of_a_window_get_what_is_theirs)
{
	struct client *c[4];
	char name[2] = "a";

	c[0] = get_busy();
	for (int i = 1; i < 4; i++) {
		publish("news", name);
		name[0]++;
		c[i] = get_live("channel=news");
		forget(c[i]);
	}
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(c[0], "data: "), "a b c");
	ck_assert_str_eq(client_lines(c[1], "data: "), "b c");
	ck_assert_str_eq(client_lines(c[2], "data: "), "c");
	ck_assert_uint_eq(c[3]->len, 0);
	publish("news", "d");
	gather_stage_pass(GATHER_MS);
	for (int i = 0; i < 4; i++) {
		ck_assert(client_count(c[i], "data: d\n") == 1);
		ck_assert_str_eq(client_cursor(c[i]), "5-0");
	}
	stage_close();
}

TEST(a_cursor_of_several_channels_is_that_of_its_message)
{
	struct client *old, *new;
	char want[256];

	gather_stage_start(&technique_sse);
	old = get_live("channel=a&channel=b");
	publish("a", "first");
	publish("b", "first");
	publish("a", "a");
	new = get_live("channel=a&channel=b");
	forget(old);
	publish("b", "b");
	publish("a", "c");
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(old, "data: "), "a b c");
	ck_assert(strstr(new->text, "data: a\n") == NULL);
	snprintf(want, sizeof(want), "%s", client_cursor(old));
	ck_assert_str_eq(client_cursor(new), want);
	/* the cursor after "b" is the same for both, although "c" follows */
	snprintf(want, sizeof(want), "%s", strstr(old->text, "data: b\n"));
	*strchr(strstr(want, "id: "), '\n') = '\0';
	ck_assert(client_has(new, want));
	stage_close();
}

TEST(when_those_that_saw_the_window_begin_have_left_nothing_is_sent_twice)
{
	struct client *old = get_busy(), *new;

	publish("news", "a");
	new = get_live("channel=news");
	forget(new);
	client_leave(old);
	TURN_UNTIL(gather_stage_live() == 1);
	gather_stage_pass(GATHER_MS);
	publish("news", "b");
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(new, "data: "), "b");
	stage_close();
}

TEST(when_all_have_left_a_window_the_next_one_starts_anew)
{
	struct client *old = get_busy(), *new, *other;

	other = stage_get("channel=news&envelope=json");
	TURN_UNTIL(gather_stage_live() == 2);
	publish("news", "a");
	client_leave(old);
	TURN_UNTIL(gather_stage_live() == 1);
	new = get_live("channel=news");
	forget(new);
	gather_stage_pass(GATHER_MS);
	ck_assert_uint_eq(new->len, 0);
	ck_assert(client_has(other, "\"data\":\"a\""));
	stage_close();
}

/* --- several channels ----------------------------------------------------- */

TEST(a_message_that_need_not_wait_takes_along_what_waits)
{
	struct client *c;

	gather_stage_start(&technique_sse);
	c = get_live("channel=busy&channel=quiet");
	publish("busy", "first");
	publish("busy", "a");
	forget(c);
	publish("quiet", "now"); /* the first after a silence */
	ck_assert_str_eq(client_lines(c, "data: "), "a now");
	ck_assert_uint_eq(c->writes, 1);
	gather_stage_pass(GATHER_MS);
	ck_assert_uint_eq(c->writes, 1);
	stage_close();
}

TEST(windows_of_several_channels_end_in_one_write)
{
	struct client *c;

	gather_stage_start(&technique_sse);
	c = get_live("channel=a&channel=b");
	publish("a", "first");
	publish("b", "first");
	publish("a", "1");
	publish("b", "2");
	forget(c);
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(c, "data: "), "1 2");
	ck_assert_uint_eq(c->writes, 1);
	stage_close();
}

/* --- the end within a window ---------------------------------------------- */

TEST(when_the_process_ends_what_waits_is_sent_before_the_cut)
{
	struct client *c = get_busy();

	publish("news", "a");
	dispatch_stop(&stage.dispatch);
	TURN_UNTIL(c->closed);
	ck_assert_str_eq(client_lines(c, "data: "), "a");
	stage_close();
}

TEST(a_kick_comes_after_what_was_published_before_it)
{
	struct client *c = get_busy();

	publish("news", "a");
	fake_bus_kick("channel=news", 1000);
	TURN_UNTIL(c->closed);
	ck_assert_ptr_nonnull(strstr(c->text, "data: a\n"));
	ck_assert_ptr_nonnull(
	    strstr(strstr(c->text, "data: a\n"), "event: end\n"));
	stage_close();
}

TEST(a_stream_whose_right_ends_gets_what_was_published_before)
{
	struct client *c, *other;
	const char *at;

	fake_clock_restart();
	stage_init(&technique_sse);
	signed_query_conf();
	stage.conf.access_scripts = CONF_YES;
	gather_stage_open(5 * 1000);
	other = get_live(signed_query("news", 100));
	c = get_live(signed_query("news", 1));
	publish("news", "first");
	publish("news", "a");
	forget(other);
	forget(c);
	stage_advance(2);
	TURN_UNTIL(c->closed);
	at = strstr(c->text, "data: a\n");
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(strstr(at, "\"cursor\":\"2-0\""));
	ck_assert_uint_eq(other->len, 0);
	gather_stage_pass(3 * 1000);
	ck_assert_str_eq(client_lines(other, "data: "), "a");
	stage_close();
}

TEST(a_stream_that_is_too_old_gets_what_was_published_before)
{
	struct client *c;

	fake_clock_restart();
	stage_init(&technique_sse);
	stage.conf.hold_max_age = 10;
	gather_stage_open(60 * 1000);
	c = get_live("channel=news");
	publish("news", "first");
	publish("news", "a");
	stage_advance(12);
	TURN_UNTIL(c->closed);
	ck_assert_ptr_nonnull(strstr(c->text, "data: a\n"));
	stage_close();
}

TEST(a_heartbeat_does_not_wait_and_sends_nothing_early)
{
	struct client *c;

	fake_clock_restart();
	stage_init(&technique_sse);
	stage.conf.hold_beat = 5;
	gather_stage_open(60 * 1000);
	c = get_live("channel=news");
	publish("news", "first");
	publish("news", "a");
	forget(c);
	stage_advance(6);
	TURN_UNTIL(client_has(c, ":"));
	ck_assert(!client_has(c, "data: a\n"));
	gather_stage_pass(54 * 1000);
	ck_assert(client_has(c, "data: a\n"));
	stage_close();
}

TEST(while_redis_is_away_what_waited_is_sent_in_its_time)
{
	struct client *c = get_busy();

	publish("news", "a");
	fake_bus_down();
	gather_stage_turn();
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(client_lines(c, "data: "), "a");
	gather_stage_pass(GATHER_MS);
	fake_bus_publish("news", "meanwhile");
	fake_bus_up();
	TURN_UNTIL(client_has(c, "data: meanwhile\n"));
	ck_assert_str_eq(client_lines(c, "data: "), "a meanwhile");
	stage_close();
}

/* --- presence ------------------------------------------------------------- */

TEST(a_notice_of_presence_keeps_its_place)
{
	struct client *c;

	fake_clock_restart();
	stage_init(&technique_sse);
	stage.conf.channel_presence = PRESENCE_COUNT;
	gather_stage_open(GATHER_MS);
	fake_bus_presence("news", "9000000000000 1 c");
	c = get_live("channel=news&presence=1");
	publish("news", "first");
	publish("news", "a");
	forget(c);
	fake_bus_presence("news", "9000000001000 7 c");
	gather_stage_turn();
	publish("news", "b");
	ck_assert_uint_eq(c->len, 0);
	gather_stage_pass(GATHER_MS);
	ck_assert_uint_eq(c->writes, 1);
	assert_order(c, "data: a\n", "\"count\":7");
	assert_order(c, "\"count\":7", "data: b\n");
	stage_close();
}

/* --- many messages -------------------------------------------------------- */

TEST(more_than_a_window_may_hold_is_sent_before_it_ends)
{
	struct client *c = get_busy();

	for (int i = 0; i < GATHER_MESSAGES; i++)
		fake_bus_publish("news", "x");
	TURN_UNTIL(client_count(c, "data: x\n") == GATHER_MESSAGES);
	stage_close();
}

TEST(a_thousand_messages_in_a_second_are_twenty_writes)
{
	struct client *c = get_busy();

	for (int i = 0; i < 1000; i += 5) {
		for (int k = 0; k < 5; k++)
			fake_bus_publish("news", "x");
		gather_stage_pass(5);
	}
	gather_stage_pass(GATHER_MS);
	ck_assert_uint_eq(client_count(c, "data: x\n"), 1000);
	ck_assert_uint_le(c->writes, 21);
	ck_assert_str_eq(client_cursor(c), "1001-0");
	stage_close();
}
