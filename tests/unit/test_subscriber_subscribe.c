/* SPDX-License-Identifier: MIT */
/* shared/app/subscriber_talk.c with fcgi/websocket.c: a subscriber whose
 * channels change in mid-life. One fact a test; the name is the fact. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/hub/fanouts.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/talker.h"
#include "tests/unit/turn.h"

enum { ROUNDS = 60 };

static char text[16 * 1024];

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.websocket_max_rate = 10000;
	stage_open();
}

static void
say(struct client *c, const char *verb, const char *channel)
{
	snprintf(text, sizeof(text), "{\"%s\":[\"%s\"]}", verb, channel);
	talker_say(c, text);
}

static void
subscribe_since(struct client *c, const char *channel, const char *since)
{
	snprintf(text, sizeof(text),
		 "{\"subscribe\":[\"%s\"],\"since\":\"%s\"}", channel, since);
	talker_say(c, text);
}

/* Waits until it was told `count` times where it stands. */
static void
settle(struct client *c, size_t count)
{
	TURN_UNTIL(client_count(c, "{\"cursor\":\"") == count);
}

/* It may talk, and has most likely been told nothing yet. */
static struct client *
get_open(const char *query)
{
	struct client *c = talker_new(query, "");

	TURN_UNTIL(client_has(c, "\r\n\r\n"));
	return c;
}

/* --- what it reads -------------------------------------------------------- */

TEST(it_is_told_all_it_has_then_where_it_stands)
{
	struct client *c;
	const char *told;

	open_all();
	c = talker_live("channel=b");
	talker_say(c, "{\"subscribe\":[\"c\",\"a\"],\"ref\":7}");
	settle(c, 2);
	told = strstr(c->text, "{\"ok\":\"subscribe\","
			       "\"channels\":[\"a\",\"b\",\"c\"],\"ref\":7}\n");
	ck_assert_msg(told != NULL, "%s", c->text);
	ck_assert_ptr_nonnull(strstr(told, "{\"cursor\":"));
	stage_close();
}

TEST(what_it_subscribed_to_it_gets)
{
	struct client *c;

	open_all();
	redis_publish("b", "old");
	c = talker_live("channel=a");
	say(c, "subscribe", "b");
	settle(c, 2);
	redis_publish("b", "1");
	redis_publish("a", "2");
	redis_publish("b", "3");
	TURN_UNTIL(client_has(c, "\"data\":\"3\""));
	ck_assert_str_eq(talker_data(c), "1 2 3");
	stage_close();
}

TEST(what_it_left_it_gets_no_more)
{
	struct client *c;

	open_all();
	c = talker_live("channel=a&channel=b");
	say(c, "unsubscribe", "b");
	settle(c, 2);
	ck_assert(client_has(c, "{\"ok\":\"unsubscribe\","
				"\"channels\":[\"a\"]}\n"));
	redis_publish("b", "no");
	redis_publish("a", "yes");
	TURN_UNTIL(client_has(c, "\"data\":\"yes\""));
	ck_assert_str_eq(talker_data(c), "yes");
	stage_close();
}

TEST(since_0_is_all_that_is_kept_of_the_new_channel_alone)
{
	struct client *c;

	open_all();
	redis_publish("a", "no");
	redis_publish("b", "1");
	redis_publish("b", "2");
	c = talker_live("channel=a");
	subscribe_since(c, "b", "0");
	settle(c, 2);
	ck_assert_str_eq(talker_data(c), "1 2");
	stage_close();
}

TEST(since_an_id_is_what_follows_it)
{
	char since[ID_TEXT_SIZE];
	struct client *c;

	open_all();
	id_format(since, redis_publish("b", "1"));
	redis_publish("b", "2");
	c = talker_live("channel=a");
	subscribe_since(c, "b", since);
	settle(c, 2);
	ck_assert_str_eq(talker_data(c), "2");
	stage_close();
}

TEST(since_does_not_move_it_in_what_it_has)
{
	struct client *c;

	open_all();
	redis_publish("a", "no");
	c = talker_live("channel=a");
	subscribe_since(c, "a", "0");
	TURN_UNTIL(client_has(c, "{\"ok\":\"subscribe\""));
	ck_assert_str_eq(talker_data(c), "");
	redis_publish("a", "yes");
	TURN_UNTIL(client_has(c, "\"data\":\"yes\""));
	stage_close();
}

TEST(the_cursor_it_is_told_is_one_to_come_back_with)
{
	struct client *c;
	char cursor[512], query[600];

	open_all();
	c = talker_live("channel=a");
	say(c, "subscribe", "b");
	settle(c, 2);
	snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
	client_leave(c);
	redis_publish("a", "1");
	redis_publish("b", "2");
	snprintf(query, sizeof(query), "channel=a&channel=b&since=%s", cursor);
	c = talker_new(query, "");
	TURN_UNTIL(client_has(c, "\"data\":\"1\"") &&
		   client_has(c, "\"data\":\"2\""));
	stage_close();
}

TEST(it_shares_its_fanout_with_who_began_so)
{
	struct client *c;

	open_all();
	talker_live("channel=a&channel=b");
	c = talker_live("channel=b");
	say(c, "subscribe", "a");
	settle(c, 2);
	ck_assert_ptr_null(LIST_NEXT(
	    LIST_FIRST(&stage.dispatch.subscribers.fanouts.list), link));
	stage_close();
}

/* --- nothing lost, nothing doubled ---------------------------------------- */

/* In each round it takes or leaves b, and a message comes to a before or after
 * that, with no turn of the loop between them. */
TEST(a_message_in_the_same_turn_comes_once)
{
	static char want[4096];
	char data[16];
	struct client *c;

	open_all();
	c = talker_live("channel=a");
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(data, sizeof(data), "%d", i);
		strcat(strcat(want, i > 0 ? " " : ""), data);
		if (i % 4 < 2)
			redis_publish("a", data);
		say(c, i % 2 == 0 ? "subscribe" : "unsubscribe", "b");
		if (i % 4 >= 2)
			redis_publish("a", data);
		if (i % 3 > 0)
			turn_for(0.01);
	}
	snprintf(data, sizeof(data), "\"%d\"", ROUNDS - 1);
	TURN_UNTIL(client_has(c, data));
	TURN_UNTIL(client_count(c, "{\"ok\":") == ROUNDS);
	ck_assert_str_eq(talker_data(c), want);
	stage_close();
}

TEST(it_takes_nothing_from_who_stays_in_its_fanout)
{
	static char want[4096];
	char data[16];
	struct client *c, *stays, *both;

	open_all();
	c = talker_live("channel=a");
	stays = talker_live("channel=a");
	both = talker_live("channel=a&channel=b");
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(data, sizeof(data), "%d", i);
		strcat(strcat(want, i > 0 ? " " : ""), data);
		redis_publish("a", data);
		say(c, i % 2 == 0 ? "subscribe" : "unsubscribe", "b");
		turn_for(0.005);
	}
	snprintf(data, sizeof(data), "\"%d\"", ROUNDS - 1);
	TURN_UNTIL(client_has(c, data) && client_has(stays, data) &&
		   client_has(both, data));
	ck_assert_str_eq(talker_data(c), want);
	ck_assert_str_eq(talker_data(stays), want);
	ck_assert_str_eq(talker_data(both), want);
	stage_close();
}

TEST(while_it_still_catches_up_nothing_is_lost)
{
	static char want[CLIENT_TEXT_SIZE];
	char data[16];
	struct client *c;

	open_all();
	for (int i = 0; i < 900; i++) {
		snprintf(data, sizeof(data), "%d", i);
		redis_publish("a", data);
		strcat(strcat(want, data), " ");
	}
	strcat(want, "last");
	c = get_open("channel=a&since=0");
	for (int i = 0; i < 20; i++) {
		say(c, i % 2 == 0 ? "subscribe" : "unsubscribe", "b");
		ev_run(turn_loop(), EVRUN_ONCE);
	}
	TURN_UNTIL(client_has(c, "\"data\":\"899\""));
	redis_publish("a", "last");
	TURN_UNTIL(client_has(c, "\"data\":\"last\""));
	ck_assert_str_eq(talker_data(c), want);
	stage_close();
}

/* Its places say 0, which is not 0-0, before anything was read. */
TEST(one_that_asked_for_all_and_then_for_more_sees_no_gap)
{
	struct client *c;

	open_all();
	redis_publish("a", "0");
	redis_publish("a", "1");
	redis_publish("a", "2");
	redis_ask("XTRIM push:{a}:log MAXLEN = 2");
	c = get_open("channel=a&since=0");
	say(c, "subscribe", "b");
	TURN_UNTIL(client_has(c, "{\"ok\":\"subscribe\""));
	settle(c, 1);
	ck_assert_str_eq(talker_data(c), "1 2");
	ck_assert(!client_has(c, "{\"gap\":"));
	stage_close();
}

TEST(to_and_back_in_one_turn_is_as_nothing)
{
	struct client *c;

	open_all();
	c = talker_live("channel=a");
	redis_publish("a", "1");
	say(c, "subscribe", "b");
	say(c, "unsubscribe", "b");
	TURN_UNTIL(client_has(c, "{\"ok\":\"unsubscribe\""));
	settle(c, 2);
	redis_publish("a", "2");
	redis_publish("b", "no");
	redis_publish("a", "3");
	TURN_UNTIL(client_has(c, "\"data\":\"3\""));
	ck_assert_str_eq(talker_data(c), "1 2 3");
	stage_close();
}

TEST(a_gap_that_nobody_could_tell_yet_is_told_after_it)
{
	struct client *c;

	open_all();
	redis_publish("news", "old");
	c = get_open("channel=news&lastEventId=nonsense");
	say(c, "subscribe", "b");
	settle(c, 1);
	ck_assert(client_has(c, "{\"gap\":{\"channel\":\"news\""));
	stage_close();
}

TEST(redis_coming_back_brings_what_was_missed_in_all_of_them)
{
	struct client *c;

	open_all();
	c = talker_live("channel=a");
	redis_server_freeze();
	say(c, "subscribe", "b");
	turn_for(0.2);
	ck_assert(!client_has(c, "{\"ok\":\"subscribe\""));
	redis_server_thaw();
	redis_ask("CLIENT KILL TYPE normal SKIPME yes");
	redis_publish("a", "1");
	settle(c, 2);
	redis_publish("b", "2");
	TURN_UNTIL(client_has(c, "\"data\":\"2\""));
	ck_assert_str_eq(talker_data(c), "1 2");
	ck_assert(client_has(c, "{\"ok\":\"subscribe\""));
	stage_close();
}

TEST(one_there_is_no_room_for_may_change_and_then_ends)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_websocket);
	stage.hold_max = 0;
	stage_open();
	redis_publish("b", "1");
	c = get_open("channel=a&since=0");
	subscribe_since(c, "b", "0");
	TURN_UNTIL(c->closed);
	ck_assert_str_eq(talker_data(c), "1");
	ck_assert(client_has(c, "CLOSE 1013 "));
	stage_close();
}
