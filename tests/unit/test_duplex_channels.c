/* SPDX-License-Identifier: MIT */
/* shared/app/duplex_channels.c with fcgi/websocket.c. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/hub/fanouts.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

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
subscribe_since(struct client *c, const char *channel, const char *since)
{
	snprintf(text, sizeof(text),
		 "{\"subscribe\":[\"%s\"],\"since\":\"%s\"}", channel, since);
	ws_client_text(c, text);
}

/* It can send commands, and has most likely not caught up yet. */
static struct client *
get_open(const char *query)
{
	struct client *c = ws_client_new(query, "");

	TURN_UNTIL(client_has(c, "\r\n\r\n"));
	return c;
}

/* --- what it reads -------------------------------------------------------- */

TEST(the_reply_lists_all_channels_and_the_cursor_follows)
{
	struct client *c;
	const char *reply;

	open_all();
	c = ws_client_live("channel=b");
	ws_client_text(c, "{\"subscribe\":[\"c\",\"a\"],\"ref\":7}");
	ws_client_wait_cursors(c, 2);
	reply =
	    strstr(c->text, "{\"ok\":\"subscribe\","
			    "\"channels\":[\"a\",\"b\",\"c\"],\"ref\":7}\n");
	ck_assert_msg(reply != NULL, "%s", c->text);
	ck_assert_ptr_nonnull(strstr(reply, "{\"cursor\":"));
	stage_close();
}

TEST(it_gets_messages_of_the_new_channel)
{
	struct client *c;

	open_all();
	redis_publish("b", "old");
	c = ws_client_live("channel=a");
	ws_client_change(c, "subscribe", "b");
	ws_client_wait_cursors(c, 2);
	redis_publish("b", "1");
	redis_publish("a", "2");
	redis_publish("b", "3");
	TURN_UNTIL(client_has(c, "\"data\":\"3\""));
	ck_assert_str_eq(ws_client_data(c), "1 2 3");
	stage_close();
}

TEST(it_gets_no_messages_of_a_channel_it_left)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=a&channel=b");
	ws_client_change(c, "unsubscribe", "b");
	ws_client_wait_cursors(c, 2);
	ck_assert(client_has(c, "{\"ok\":\"unsubscribe\","
				"\"channels\":[\"a\"]}\n"));
	redis_publish("b", "no");
	redis_publish("a", "yes");
	TURN_UNTIL(client_has(c, "\"data\":\"yes\""));
	ck_assert_str_eq(ws_client_data(c), "yes");
	stage_close();
}

TEST(since_0_gets_the_history_of_the_new_channel_only)
{
	struct client *c;

	open_all();
	redis_publish("a", "no");
	redis_publish("b", "1");
	redis_publish("b", "2");
	c = ws_client_live("channel=a");
	subscribe_since(c, "b", "0");
	ws_client_wait_cursors(c, 2);
	ck_assert_str_eq(ws_client_data(c), "1 2");
	stage_close();
}

TEST(since_an_id_gets_the_messages_after_it)
{
	char since[ID_TEXT_SIZE];
	struct client *c;

	open_all();
	id_format(since, redis_publish("b", "1"));
	redis_publish("b", "2");
	c = ws_client_live("channel=a");
	subscribe_since(c, "b", since);
	ws_client_wait_cursors(c, 2);
	ck_assert_str_eq(ws_client_data(c), "2");
	stage_close();
}

TEST(since_does_not_move_its_position_in_other_channels)
{
	struct client *c;

	open_all();
	redis_publish("a", "no");
	c = ws_client_live("channel=a");
	subscribe_since(c, "a", "0");
	TURN_UNTIL(client_has(c, "{\"ok\":\"subscribe\""));
	ck_assert_str_eq(ws_client_data(c), "");
	redis_publish("a", "yes");
	TURN_UNTIL(client_has(c, "\"data\":\"yes\""));
	stage_close();
}

TEST(the_cursor_after_a_change_can_be_resumed_from)
{
	struct client *c;
	char cursor[512], query[600];

	open_all();
	c = ws_client_live("channel=a");
	ws_client_change(c, "subscribe", "b");
	ws_client_wait_cursors(c, 2);
	snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
	client_leave(c);
	redis_publish("a", "1");
	redis_publish("b", "2");
	snprintf(query, sizeof(query), "channel=a&channel=b&since=%s", cursor);
	c = ws_client_new(query, "");
	TURN_UNTIL(client_has(c, "\"data\":\"1\"") &&
		   client_has(c, "\"data\":\"2\""));
	stage_close();
}

TEST(it_shares_the_fanout_of_subscribers_that_started_with_these_channels)
{
	struct client *c;

	open_all();
	ws_client_live("channel=a&channel=b");
	c = ws_client_live("channel=b");
	ws_client_change(c, "subscribe", "a");
	ws_client_wait_cursors(c, 2);
	ck_assert_ptr_null(LIST_NEXT(
	    LIST_FIRST(&stage.dispatch.subscribing.subscribers.fanouts.list),
	    link));
	stage_close();
}

/* --- nothing lost, nothing doubled ---------------------------------------- */

/* In each round it takes or leaves b, and a message comes to a before or after
 * that, with no turn of the loop between them. */
TEST(a_message_of_the_same_turn_arrives_once)
{
	static char want[4096];
	char data[16];
	struct client *c;

	open_all();
	c = ws_client_live("channel=a");
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(data, sizeof(data), "%d", i);
		strcat(strcat(want, i > 0 ? " " : ""), data);
		if (i % 4 < 2)
			redis_publish("a", data);
		ws_client_change(c, i % 2 == 0 ? "subscribe" : "unsubscribe",
				 "b");
		if (i % 4 >= 2)
			redis_publish("a", data);
		if (i % 3 > 0)
			turn_for(0.01);
	}
	snprintf(data, sizeof(data), "\"%d\"", ROUNDS - 1);
	TURN_UNTIL(client_has(c, data));
	TURN_UNTIL(client_count(c, "{\"ok\":") == ROUNDS);
	ck_assert_str_eq(ws_client_data(c), want);
	stage_close();
}

TEST(the_others_in_its_old_fanout_lose_no_message)
{
	static char want[4096];
	char data[16];
	struct client *c, *stays, *both;

	open_all();
	c = ws_client_live("channel=a");
	stays = ws_client_live("channel=a");
	both = ws_client_live("channel=a&channel=b");
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(data, sizeof(data), "%d", i);
		strcat(strcat(want, i > 0 ? " " : ""), data);
		redis_publish("a", data);
		ws_client_change(c, i % 2 == 0 ? "subscribe" : "unsubscribe",
				 "b");
		turn_for(0.005);
	}
	snprintf(data, sizeof(data), "\"%d\"", ROUNDS - 1);
	TURN_UNTIL(client_has(c, data) && client_has(stays, data) &&
		   client_has(both, data));
	ck_assert_str_eq(ws_client_data(c), want);
	ck_assert_str_eq(ws_client_data(stays), want);
	ck_assert_str_eq(ws_client_data(both), want);
	stage_close();
}

TEST(a_change_while_catching_up_loses_no_message)
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
		ws_client_change(c, i % 2 == 0 ? "subscribe" : "unsubscribe",
				 "b");
		ev_run(turn_loop(), EVRUN_ONCE);
	}
	TURN_UNTIL(client_has(c, "\"data\":\"899\""));
	redis_publish("a", "last");
	TURN_UNTIL(client_has(c, "\"data\":\"last\""));
	ck_assert_str_eq(ws_client_data(c), want);
	stage_close();
}

/* Its places say 0, which is not 0-0, before anything was read. */
TEST(no_gap_when_channels_change_during_since_0)
{
	struct client *c;

	open_all();
	redis_publish("a", "0");
	redis_publish("a", "1");
	redis_publish("a", "2");
	redis_ask("XTRIM push:{a}:log MAXLEN = 2");
	c = get_open("channel=a&since=0");
	ws_client_change(c, "subscribe", "b");
	TURN_UNTIL(client_has(c, "{\"ok\":\"subscribe\""));
	ws_client_wait_cursors(c, 1);
	ck_assert_str_eq(ws_client_data(c), "1 2");
	ck_assert(!client_has(c, "{\"gap\":"));
	stage_close();
}

TEST(subscribe_and_unsubscribe_in_one_turn_change_nothing)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=a");
	redis_publish("a", "1");
	ws_client_change(c, "subscribe", "b");
	ws_client_change(c, "unsubscribe", "b");
	TURN_UNTIL(client_has(c, "{\"ok\":\"unsubscribe\""));
	ws_client_wait_cursors(c, 2);
	redis_publish("a", "2");
	redis_publish("b", "no");
	redis_publish("a", "3");
	TURN_UNTIL(client_has(c, "\"data\":\"3\""));
	ck_assert_str_eq(ws_client_data(c), "1 2 3");
	stage_close();
}

TEST(a_gap_not_sent_yet_is_sent_after_a_change)
{
	struct client *c;

	open_all();
	redis_publish("news", "old");
	c = get_open("channel=news&lastEventId=nonsense");
	ws_client_change(c, "subscribe", "b");
	ws_client_wait_cursors(c, 1);
	ck_assert(client_has(c, "{\"gap\":{\"channel\":\"news\""));
	stage_close();
}

TEST(after_redis_is_back_missed_messages_of_all_channels_arrive)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=a");
	redis_server_freeze();
	ws_client_change(c, "subscribe", "b");
	turn_for(0.2);
	ck_assert(!client_has(c, "{\"ok\":\"subscribe\""));
	redis_server_thaw();
	redis_ask("CLIENT KILL TYPE normal SKIPME yes");
	redis_publish("a", "1");
	ws_client_wait_cursors(c, 2);
	redis_publish("b", "2");
	TURN_UNTIL(client_has(c, "\"data\":\"2\""));
	ck_assert_str_eq(ws_client_data(c), "1 2");
	ck_assert(client_has(c, "{\"ok\":\"subscribe\""));
	stage_close();
}

TEST(above_hold_max_it_can_change_channels_before_it_ends)
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
	ck_assert_str_eq(ws_client_data(c), "1");
	ck_assert(client_has(c, "CLOSE 1013 "));
	stage_close();
}
