/* SPDX-License-Identifier: MIT */
/* shared/app/duplex.c and duplex_publish.c with fcgi/websocket.c. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/app/subscribers.h"
#include "shared/model/publication.h"
#include "shared/wire/ws_frame.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

#define HI "{\"publish\":{\"channel\":\"news\",\"data\":\"hi\"},\"ref\":1}"

static void
open_conf(void)
{
	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.access_publish = WHO_ANY;
}

static void
open_all(void)
{
	open_conf();
	stage_open();
}

static void
assert_log_length(const char *channel, const char *want)
{
	ck_assert_str_eq(redis_ask("XLEN push:{%s}:log", channel), want);
}

/* --- publishing ----------------------------------------------------------- */

TEST(a_published_message_is_stored_and_the_reply_has_its_id)
{
	struct client *c;
	char want[128];

	open_all();
	c = ws_client_live("channel=other");
	ws_client_text(c, HI);
	TURN_UNTIL(client_has(c, "\"ref\":1}"));
	snprintf(want, sizeof(want),
		 "{\"ok\":\"publish\",\"channel\":\"news\",\"id\":\"%s\","
		 "\"ref\":1}\n",
		 redis_tip("news"));
	ck_assert_msg(client_has(c, want), "%s", c->text);
	stage_close();
}

TEST(all_subscribers_get_it_including_the_sender)
{
	struct client *sender, *other;

	open_all();
	sender = ws_client_live("channel=news");
	other = ws_client_live("channel=news");
	ws_client_text(sender, HI);
	TURN_UNTIL(client_has(sender, "\"data\":\"hi\"") &&
		   client_has(other, "\"data\":\"hi\""));
	TURN_UNTIL(client_has(sender, "{\"ok\":"));
	ck_assert(!client_has(other, "{\"ok\":"));
	stage_close();
}

TEST(event_and_key_are_stored)
{
	static const char keyed[] =
	    "{\"publish\":{\"channel\":\"news\",\"data\":\"hi\","
	    "\"event\":\"chat\",\"key\":\"k\"}}";
	struct client *c;

	open_all();
	c = ws_client_live("channel=other");
	ws_client_text(c, keyed);
	ws_client_text(c, keyed);
	TURN_UNTIL(client_count(c, "{\"ok\":\"publish\"") == 2);
	assert_log_length("news", "1");
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), "e chat d hi"));
	stage_close();
}

TEST(without_publish_permission_the_reply_is_403_and_the_stream_goes_on)
{
	struct client *c;

	open_conf();
	stage.conf.access_publish = 0;
	stage_open();
	c = ws_client_live("channel=news");
	ws_client_text(c, HI);
	TURN_UNTIL(client_has(c, "\"status\":403,\"ref\":1}"));
	assert_log_length("news", "0");
	redis_publish("news", "still");
	TURN_UNTIL(client_has(c, "\"data\":\"still\""));
	stage_close();
}

TEST(more_than_message_max_bytes_gets_413)
{
	struct client *c;

	open_conf();
	stage.conf.message_max_bytes = 4;
	stage_open();
	c = ws_client_live("channel=other");
	ws_client_text(
	    c, "{\"publish\":{\"channel\":\"news\",\"data\":\"1234\"}}");
	TURN_UNTIL(client_has(c, "{\"ok\":"));
	ws_client_text(
	    c, "{\"publish\":{\"channel\":\"news\",\"data\":\"12345\"}}");
	TURN_UNTIL(client_has(c, "\"status\":413"));
	assert_log_length("news", "1");
	stage_close();
}

TEST(a_message_of_message_max_bytes_can_consist_of_escapes)
{
	enum { MAX = 9000 };
	static char text[MAX * 6 + 100];
	struct client *c;
	size_t at;

	open_conf();
	stage.conf.message_max_bytes = MAX;
	stage_open();
	c = ws_client_live("channel=other");
	at = (size_t)sprintf(text, "{\"publish\":{\"channel\":\"news\","
				   "\"data\":\"");
	for (int i = 0; i < MAX; i++)
		at += (size_t)sprintf(text + at, "\\u0041");
	strcpy(text + at, "\"}}");
	ws_client_text(c, text);
	TURN_UNTIL(client_has(c, "{\"ok\":"));
	stage_close();
}

TEST(while_redis_is_down_the_reply_is_503_not_stored)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=news");
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	ws_client_text(c, HI);
	TURN_UNTIL(client_has(c, "\"status\":503,\"stored\":false,\"ref\":1}"));
	ck_assert(!c->closed);
	stage_close();
}

TEST(without_a_reply_of_redis_the_reply_is_504_unknown)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=news");
	redis_server_freeze();
	ws_client_text(c, HI);
	TURN_UNTIL(
	    client_has(c, "\"status\":504,\"stored\":\"unknown\",\"ref\":1}"));
	ck_assert(!c->closed);
	stage_close();
}

TEST(a_message_in_flight_is_stored_after_its_client_left)
{
	struct client *c, *other;

	open_all();
	c = ws_client_live("channel=news");
	other = ws_client_live("channel=news");
	for (int i = 0; i < 5; i++)
		ws_client_text(c, HI);
	client_leave(c);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 1);
	TURN_UNTIL(client_count(other, "\"data\":\"hi\"") == 5);
	stage_close();
}

TEST(a_channel_counts_whose_creator_left_before_the_reply)
{
	static const char of[] = "X-Forwarded-For: 192.0.2.1\r\n";
	struct client *c;

	open_conf();
	stage.conf.limit_new_channels = 1;
	stage_open();
	c = ws_client_new("channel=other", of);
	TURN_UNTIL(client_has(c, "\"cursor\""));
	ws_client_text(c, HI);
	client_leave(c);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 0);
	/* Redis answers in order. */
	c = ws_client_live("channel=other");
	ws_client_text(c, HI);
	TURN_UNTIL(client_has(c, "\"ref\":1}"));
	c = ws_client_new("channel=other", of);
	TURN_UNTIL(client_has(c, "\"cursor\""));
	ws_client_text(c, "{\"publish\":{\"channel\":\"new\",\"data\":\"\"}}");
	TURN_UNTIL(client_has(c, "\"status\":429"));
	stage_close();
}

TEST(messages_in_flight_at_exit_are_cancelled)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=news");
	redis_server_freeze();
	ws_client_text(c, HI);
	ws_client_text(c, HI);
	turn_for(0.1);
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	TURN_UNTIL(client_has(c, "CLOSE 1001"));
	stage_close();
}

TEST(replies_come_in_the_order_of_the_commands)
{
	char text[128], want[4096] = "", ref[16];
	struct client *c;

	open_all();
	c = ws_client_live("channel=other");
	for (int i = 0; i < 20; i++) {
		sprintf(text,
			"{\"publish\":{\"channel\":\"news\",\"data\":\"\"},"
			"\"ref\":%d}",
			i);
		ws_client_text(c, text);
		sprintf(ref, "%d}", i);
		strcat(strcat(want, i > 0 ? " " : ""), ref);
	}
	TURN_UNTIL(client_has(c, "\"ref\":19}"));
	ck_assert_str_eq(client_lines(c, "\"ref\":"), want);
	stage_close();
}

TEST(an_invalid_command_gets_400_with_its_ref)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=news");
	ws_client_text(c, "hello");
	TURN_UNTIL(client_has(c, "\"status\":400}"));
	ws_client_text(c, "{\"publish\":{\"channel\":\"a*\"},\"ref\":\"x\"}");
	TURN_UNTIL(client_has(c, "\"status\":400,\"ref\":\"x\"}"));
	ws_client_text(c, HI);
	TURN_UNTIL(client_has(c, "\"data\":\"hi\""));
	stage_close();
}

/* --- raw ------------------------------------------------------------------ */

TEST(a_raw_client_cannot_send_commands)
{
	struct client *c;

	open_all();
	c = ws_client_new("channel=news",
			  "Sec-WebSocket-Protocol: push.raw\r\n");
	TURN_UNTIL(client_has(c, "\r\n\r\n"));
	ws_client_text(c, HI);
	TURN_UNTIL(client_has(c, "CLOSE 1008") && c->closed);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 0);
	assert_log_length("news", "0");
	stage_close();
}

/* --- how much ------------------------------------------------------------- */

/* That many frames, in one second: the clock is one of the test. */
static void
say_times(struct client *c, int times)
{
	for (int i = 0; i < times; i++)
		ws_client_text(c, HI);
}

TEST(above_max_rate_a_second_it_gets_429)
{
	struct client *c;

	open_conf();
	stage.conf.websocket_max_rate = 5;
	stage_open();
	c = ws_client_live("channel=other");
	say_times(c, 7);
	TURN_UNTIL(client_count(c, "\"status\":429,\"ref\":1}") == 2);
	TURN_UNTIL(client_count(c, "{\"ok\":") == 5);
	assert_log_length("news", "5");
	ck_assert(!c->closed);
	stage_close();
}

TEST(the_limit_is_per_second)
{
	struct client *c;

	open_conf();
	stage.conf.websocket_max_rate = 1;
	stage_open();
	c = ws_client_live("channel=other");
	say_times(c, 2);
	TURN_UNTIL(client_has(c, "\"status\":429"));
	fake_clock_advance(1000);
	say_times(c, 1);
	TURN_UNTIL(client_count(c, "{\"ok\":") == 2);
	stage_close();
}

TEST(above_four_times_max_rate_it_is_disconnected)
{
	struct client *c, *closed;

	open_conf();
	stage.conf.websocket_max_rate = 5;
	stage_open();
	c = ws_client_live("channel=other");
	closed = ws_client_live("channel=other");
	say_times(c, 20);
	TURN_UNTIL(client_count(c, "\"status\":429") == 15);
	say_times(closed, 21);
	TURN_UNTIL(client_has(closed, "CLOSE 1008") && closed->closed);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 1);
	ck_assert(!client_has(c, "CLOSE"));
	stage_close();
}

TEST(a_flood_of_pings_is_disconnected_too)
{
	struct client *c;

	open_conf();
	stage.conf.websocket_max_rate = 5;
	stage_open();
	c = ws_client_live("channel=other");
	for (int i = 0; i < 21; i++)
		ws_client_frame(c, WS_FIN | WS_PING, "x", 1);
	TURN_UNTIL(client_has(c, "CLOSE 1008"));
	ck_assert_uint_eq(client_count(c, "PONG x\n"), 20);
	stage_close();
}

/* --- closing -------------------------------------------------------------- */

/* `len` bytes of JSON without a command, in fragments. */
static void
say_much(struct client *c, size_t len)
{
	enum { PIECE = 16 * 1024 };
	static char piece[PIECE];
	unsigned int first = WS_TEXT;

	memset(piece, ' ', PIECE);
	memcpy(piece, "{}", 2);
	for (; len > PIECE; len -= PIECE) {
		ws_client_frame(c, first, piece, PIECE);
		first = WS_CONTINUATION;
		memset(piece, ' ', 2);
	}
	ws_client_frame(c, WS_FIN | first, piece, len);
}

TEST(bytes_per_second_are_limited_to_the_longest_message)
{
	struct client *c, *closed;
	size_t max;

	open_conf();
	stage.conf.message_max_bytes = 1;
	stage_open();
	max = publication_text_max(stage.conf.message_max_bytes);
	c = ws_client_live("channel=other");
	closed = ws_client_live("channel=other");
	say_much(c, max);
	TURN_UNTIL(client_has(c, "\"status\":400"));
	say_much(closed, max);
	say_much(closed, 3);
	TURN_UNTIL(client_has(closed, "CLOSE 1008 too many bytes in a second"));
	ck_assert(!client_has(c, "CLOSE"));
	stage_close();
}

TEST(without_publish_permission_texts_are_limited_to_64_kb)
{
	struct client *c, *closed;

	redis_server_start();
	stage_conf(&technique_websocket);
	stage_open();
	c = ws_client_live("channel=other");
	closed = ws_client_live("channel=other");
	say_much(c, 64 * 1024);
	TURN_UNTIL(client_has(c, "\"status\":400"));
	say_much(closed, 64 * 1024 + 1);
	TURN_UNTIL(client_has(closed, "CLOSE 1009"));
	stage_close();
}

TEST(a_close_is_echoed_and_later_frames_are_ignored)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=other");
	ws_client_frame(c, WS_FIN | WS_CLOSE, "\x03\xe8", 2);
	ws_client_text(c, HI);
	TURN_UNTIL(client_has(c, "CLOSE 1000 \n") && c->closed);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 0 &&
		   stage.conns.count == 1);
	client_leave(c);
	TURN_UNTIL(stage.conns.count == 0);
	assert_log_length("news", "0");
	stage_close();
}
