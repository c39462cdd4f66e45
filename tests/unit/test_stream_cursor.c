/* SPDX-License-Identifier: MIT */
/* shared/app/stream.c and shared/hub/catch_up.c: where a stream starts. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

static char query[1024];

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_sse);
	stage_open();
}

static const char *
id_text(struct id id)
{
	static char text[ID_TEXT_SIZE];

	id_format(text, id);
	return text;
}

static struct client *
get_since(const char *channels, const char *since)
{
	snprintf(query, sizeof(query), "%s&since=%s", channels, since);
	return stage_get(query);
}

/* What comes is the data `want`; `then` was published as the end of it. */
static void
assert_data(struct client *c, const char *want)
{
	TURN_UNTIL(client_has(c, "data: last\n"));
	ck_assert_str_eq(client_lines(c, "\ndata: "), want);
}

/* The same; `want` has the word "gap" for each gap. */
static void
assert_data_and_gaps(struct client *c, const char *want)
{
	char got[256] = "";
	const char *line;

	TURN_UNTIL(client_has(c, "data: last\n"));
	for (line = c->text; (line = strstr(line, "\ndata: ")) != NULL;) {
		line += strlen("\ndata: ");
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.*s",
			 got[0] != '\0' ? " " : "",
			 *line == '{' ? 3 : (int)strcspn(line, "\n"),
			 *line == '{' ? "gap" : line);
	}
	ck_assert_str_eq(got, want);
}

static void
publish_last(struct client *c)
{
	TURN_UNTIL(
	    c->len > 0 &&
	    !LIST_EMPTY(&stage.dispatch.subscribing.subscribers.fanouts.list) &&
	    channel_state(fanout_channel(
		LIST_FIRST(
		    &stage.dispatch.subscribing.subscribers.fanouts.list),
		0)) == CHANNEL_READY);
	redis_publish("news", "last");
}

/* Waits until all subscribers are live. */
static void
settle(struct client *c)
{
	TURN_UNTIL(client_has(c, "cursor"));
}

TEST(without_a_cursor_it_gets_new_messages)
{
	struct client *c;

	open_all();
	redis_publish("news", "old");
	c = stage_get("channel=news");
	settle(c);
	redis_publish("news", "last");
	TURN_UNTIL(client_has(c, "data: last\n"));
	ck_assert(!client_has(c, "data: old"));
	stage_close();
}

TEST(without_a_cursor_it_gets_its_starting_cursor)
{
	struct client *c;
	struct id tip;

	open_all();
	tip = redis_publish("news", "old");
	c = stage_get("channel=news");
	settle(c);
	ck_assert_str_eq(client_lines(c, "\nid: "), id_text(tip));
	stage_close();
}

TEST(with_a_cursor_it_gets_no_starting_cursor)
{
	struct client *c;
	char since[ID_TEXT_SIZE];

	open_all();
	id_format(since, redis_publish("news", "old"));
	c = get_since("channel=news", since);
	publish_last(c);
	assert_data(c, "last");
	ck_assert(!client_has(c, "event: cursor"));
	stage_close();
}

TEST(since_0_gets_all_messages_kept)
{
	struct client *c;

	open_all();
	redis_publish("news", "one");
	redis_publish("news", "last");
	c = get_since("channel=news", "0");
	assert_data(c, "one last");
	stage_close();
}

TEST(since_0_of_a_trimmed_channel_is_no_gap)
{
	struct client *c;

	open_all();
	redis_publish("news", "one");
	redis_publish("news", "two");
	redis_publish("news", "last");
	redis_ask("XTRIM push:{news}:log MAXLEN = 2");
	c = get_since("channel=news", "0");
	assert_data(c, "two last");
	stage_close();
}

TEST(since_0_of_an_unused_channel_waits_for_the_first)
{
	struct client *c;

	open_all();
	c = get_since("channel=news", "0");
	publish_last(c);
	assert_data(c, "last");
	stage_close();
}

TEST(since_an_id_gets_the_messages_after_it)
{
	struct client *c;
	char since[ID_TEXT_SIZE];

	open_all();
	redis_publish("news", "one");
	id_format(since, redis_publish("news", "two"));
	redis_publish("news", "three");
	redis_publish("news", "last");
	c = get_since("channel=news", since);
	assert_data(c, "three last");
	stage_close();
}

TEST(the_header_takes_precedence_over_since)
{
	struct client *c;
	char after[ID_TEXT_SIZE];

	open_all();
	redis_publish("news", "one");
	id_format(after, redis_publish("news", "two"));
	redis_publish("news", "last");
	c = stage_get_after("channel=news&since=0", after);
	assert_data(c, "last");
	stage_close();
}

TEST(many_pages_arrive_in_order)
{
	static char want[CLIENT_TEXT_SIZE];
	char data[16];
	struct client *c;
	size_t at = 0;

	open_all();
	for (int i = 0; i < 3000; i++) {
		snprintf(data, sizeof(data), "%d", i);
		redis_publish("news", data);
		at += (size_t)snprintf(want + at, sizeof(want) - at, "%d ", i);
	}
	redis_publish("news", "last");
	strcpy(want + at, "last");
	c = get_since("channel=news", "0");
	assert_data(c, want);
	stage_close();
}

TEST(several_channels_continue_from_their_own_position)
{
	struct client *c;
	char cursor[256];

	open_all();
	c = stage_get("channel=news&channel=sport");
	settle(c);
	snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
	client_leave(c);
	redis_publish("news", "one");
	redis_publish("sport", "two");
	c = get_since("channel=news&channel=sport", cursor);
	TURN_UNTIL(client_has(c, "data: one\n") &&
		   client_has(c, "data: two\n"));
	ck_assert_uint_eq(client_count(c, "\ndata: "), 2);
	stage_close();
}

TEST(a_channel_added_to_a_cursor_starts_at_its_tip)
{
	struct client *c;
	char cursor[256];

	open_all();
	c = stage_get("channel=a&channel=news");
	settle(c);
	snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
	client_leave(c);
	redis_publish("added", "no");
	redis_publish("news", "last");
	c = get_since("channel=a&channel=added&channel=news", cursor);
	TURN_UNTIL(client_has(c, "data: last\n") && client_has(c, "cursor"));
	ck_assert(!client_has(c, "data: no\n"));
	redis_publish("added", "yes");
	TURN_UNTIL(client_has(c, "data: yes\n"));
	stage_close();
}

TEST(a_cursor_of_several_channels_works_for_one_of_them)
{
	struct client *c;
	char cursor[256];

	open_all();
	c = stage_get("channel=news&channel=sport");
	settle(c);
	snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
	client_leave(c);
	redis_publish("sport", "no");
	redis_publish("news", "last");
	c = get_since("channel=news", cursor);
	assert_data(c, "last");
	stage_close();
}

TEST(a_cursor_of_other_channels_is_ignored)
{
	struct client *c;
	char cursor[256];

	open_all();
	c = stage_get("channel=a&channel=b");
	settle(c);
	snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
	redis_publish("news", "old");
	c = get_since("channel=news", cursor);
	settle(c);
	ck_assert(!client_has(c, "data: old"));
	ck_assert(!client_has(c, "event: gap"));
	stage_close();
}

TEST(a_cursor_from_the_future_gets_a_gap_and_goes_on_from_the_tip)
{
	struct client *c;

	open_all();
	redis_publish("news", "old");
	c = get_since("channel=news", "9999999999999-0");
	TURN_UNTIL(client_has(c, "event: gap"));
	publish_last(c);
	assert_data_and_gaps(c, "gap last");
	stage_close();
}

/* Entries whose ids the test knows, and the tip that goes with them. */
static void
add(unsigned int ms, unsigned int prev, const char *data)
{
	redis_ask("XADD push:{news}:log %u-0 p %u-0 e %s d %s", ms, prev, "",
		  data);
}

TEST(a_cursor_from_the_future_goes_on_after_its_fork)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	add(5, 1, "two");
	add(6, 5, "last");
	redis_ask("SET push:{news}:tip %s", "6-0@a 1-0:9-0");
	c = get_since("channel=news", "9-0");
	assert_data_and_gaps(c, "gap two last");
	stage_close();
}

TEST(a_cursor_at_a_cut_gets_a_gap)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	add(5, 1, "two");
	add(6, 5, "last");
	redis_ask("SET push:{news}:tip %s", "6-0 1-0");
	c = get_since("channel=news", "1-0");
	assert_data_and_gaps(c, "gap two last");
	stage_close();
}

TEST(a_cursor_before_a_cut_gets_the_gap_at_the_cut)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	add(2, 1, "two");
	add(5, 2, "last");
	redis_ask("SET push:{news}:tip %s", "5-0 2-0");
	c = get_since("channel=news", "1-0");
	assert_data_and_gaps(c, "two gap last");
	stage_close();
}

TEST(a_lost_cursor_gets_messages_with_lower_ids_that_came_after_the_fork)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	add(4, 1, "two");
	add(12, 4, "last");
	redis_ask("SET push:{news}:tip %s", "12-0@a 1-0:9-0");
	c = get_since("channel=news", "9-0");
	assert_data_and_gaps(c, "gap two last");
	stage_close();
}

/* It comes from a process that is at the new master already, or it is no
 * cursor of this channel. */
TEST(a_cursor_after_the_end_of_all_forks_goes_on_from_the_tip)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	add(5, 1, "two");
	redis_ask("SET push:{news}:tip %s", "5-0 1-0@a 1-0:7-0");
	c = get_since("channel=news", "9-0");
	publish_last(c);
	assert_data_and_gaps(c, "gap last");
	stage_close();
}

TEST(a_lost_cursor_that_the_old_master_made_last_gets_one_gap)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	add(4, 1, "two");
	add(5, 4, "three");
	add(12, 5, "last");
	redis_ask("SET push:{news}:tip %s", "12-0 1-0@a 1-0:9-0");
	c = get_since("channel=news", "9-0");
	assert_data_and_gaps(c, "gap two three last");
	stage_close();
}

TEST(a_cursor_that_the_next_message_does_not_name_gets_a_gap)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	add(5, 1, "last");
	redis_ask("SET push:{news}:tip 5-0");
	c = get_since("channel=news", "3-0");
	assert_data_and_gaps(c, "gap last");
	stage_close();
}

TEST(an_entry_of_another_program_is_a_gap)
{
	struct client *c;

	open_all();
	add(1, 0, "one");
	redis_ask("XADD push:{news}:log 2-0 foreign field");
	add(5, 2, "last");
	redis_ask("SET push:{news}:tip 5-0");
	c = get_since("channel=news", "1-0");
	assert_data_and_gaps(c, "gap last");
	stage_close();
}

TEST(entries_of_another_program_at_the_end_are_a_gap)
{
	struct client *c;

	open_all();
	add(1, 0, "last");
	redis_ask("XADD push:{news}:log 2-0 foreign field");
	c = get_since("channel=news", "0-0");
	TURN_UNTIL(client_has(c, "event: gap"));
	ck_assert(strstr(c->text, "event: gap") >
		  strstr(c->text, "data: last"));
	stage_close();
}

TEST(catching_up_is_tried_again_a_second_after_redis_refused)
{
	struct client *c;

	open_all();
	stage.conf.hold_beat = 3600;
	add(1, 0, "last");
	redis_ask("ACL SETUSER default -xrange");
	redis_ask("SET push:{news}:tip 1-0");
	c = get_since("channel=news", "0");
	turn_for(0.2);
	redis_ask("ACL SETUSER default +xrange");
	assert_data(c, "last");
	stage_close();
}

TEST(a_cursor_older_than_the_history_gets_a_gap_then_the_history)
{
	char since[ID_TEXT_SIZE], want[256], next[ID_TEXT_SIZE];
	struct client *c;

	open_all();
	id_format(since, redis_publish("news", "one"));
	redis_publish("news", "two");
	id_format(next, redis_publish("news", "last"));
	redis_ask("XTRIM push:{news}:log MAXLEN = 1");
	c = get_since("channel=news", since);
	TURN_UNTIL(client_has(c, "data: last\n"));
	snprintf(want, sizeof(want),
		 "{\"gap\":{\"channel\":\"news\",\"after\":\"%s\","
		 "\"before\":\"%s\"}",
		 since, next);
	ck_assert(client_has(c, want));
	ck_assert(!client_has(c, "data: two"));
	stage_close();
}

TEST(the_cursor_of_a_gap_skips_no_message)
{
	char since[ID_TEXT_SIZE], cursor[ID_TEXT_SIZE + 8];
	struct client *c;

	open_all();
	id_format(since, redis_publish("news", "one"));
	id_format(cursor, redis_publish("news", "two"));
	redis_publish("news", "last");
	redis_ask("XTRIM push:{news}:log MAXLEN = 1");
	c = get_since("channel=news", since);
	TURN_UNTIL(client_has(c, "data: last\n"));
	strcat(cursor, " "); /* the gap's id comes first */
	ck_assert_int_eq(
	    strncmp(client_lines(c, "\nid: "), cursor, strlen(cursor)), 0);
	stage_close();
}

TEST(an_empty_history_is_a_gap_up_to_the_tip)
{
	char since[ID_TEXT_SIZE], tip[ID_TEXT_SIZE], want[128];
	struct client *c;

	open_all();
	id_format(since, redis_publish("news", "one"));
	id_format(tip, redis_publish("news", "two"));
	redis_ask("DEL push:{news}:log");
	c = get_since("channel=news", since);
	snprintf(want, sizeof(want), "\"after\":\"%s\",\"before\":\"%s\"}",
		 since, tip);
	TURN_UNTIL(client_has(c, want));
	ck_assert_str_eq(client_cursor(c), tip);
	stage_close();
}

TEST(no_gap_when_the_cursor_is_the_tip_of_an_empty_history)
{
	char since[ID_TEXT_SIZE];
	struct client *c;

	open_all();
	id_format(since, redis_publish("news", "one"));
	redis_ask("DEL push:{news}:log");
	c = get_since("channel=news", since);
	publish_last(c);
	assert_data(c, "last");
	stage_close();
}

TEST(an_unreadable_header_gets_a_gap_and_starts_at_the_tip)
{
	struct client *c;
	char tip[ID_TEXT_SIZE];

	open_all();
	id_format(tip, redis_publish("news", "old"));
	c = stage_get_after("channel=news", "nonsense");
	TURN_UNTIL(client_has(c, "event: gap"));
	ck_assert_str_eq(client_cursor(c), tip);
	ck_assert(client_has(c, "Status: 200 "));
	redis_publish("news", "last");
	TURN_UNTIL(client_has(c, "data: last\n"));
	ck_assert(!client_has(c, "data: old\n"));
	stage_close();
}
