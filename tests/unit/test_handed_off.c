/* SPDX-License-Identifier: MIT */
/* From Apache's question to the last byte on the client's socket: a whole
 * responder on a fake bus. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "shared/stats/stats.h"
#include "tests/unit/apache.h"
#include "tests/unit/client.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static struct client *client;

static void
start(const struct technique *technique, const char *query)
{
	apache_init(technique);
	apache_open();
	TURN_UNTIL(stage.dispatch.subscribing.channels.common.bus != NULL);
	client = apache_get(query);
}

static void
assert_ends_with(const char *want)
{
	TURN_UNTIL(client->closed);
	ck_assert_str_eq(client->text, want);
}

TEST(sse_gets_its_stream_without_a_head)
{
	start(&technique_sse, "channel=news");
	TURN_UNTIL(client_has(client, "id: "));
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(client, "data: hi"));
	ck_assert_str_eq(client->text, "retry: 2000\n"
				       "event: cursor\n"
				       "data: {\"cursor\":\"0-0\"}\n"
				       "id: 0-0\n\n"
				       "data: hi\nid: 1-0\n\n");
	apache_close();
}

/* --- when descriptors are short ------------------------------------------- */

/* One more than there is room for, so that it is full when somebody comes. */
static void
fill(void)
{
	static struct client *first;

	first = client;
	TURN_UNTIL(client_has(first, "id: "));
	stage.conns.room.crowded = stage.conns.room.full = 1;
	fake_bus_publish("news", "one");
	TURN_UNTIL(client_has(first, "data: one"));
}

TEST(a_full_program_tells_a_stream_to_come_back_in_the_turn_it_came)
{
	start(&technique_sse, "channel=news");
	fill();
	apache_ask("channel=news&since=0");
	TURN_UNTIL(apache.answer->ended);
	ck_assert(client_has(apache.answer, "Status: 200 "));
	client = apache_hand_off();
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 1);
	ck_assert_uint_eq(late_close_count(&stage.conns.late), 0);
	TURN_UNTIL(client->closed);
	ck_assert(client_has(client, "retry: 1"));
	ck_assert(!client_has(client, "data: "));
	apache_close();
}

/* A response before has filled the socket, and the client reads none of it. */
TEST(a_full_program_does_not_wait_for_a_client_that_does_not_read)
{
	static const char bytes[4096];

	start(&technique_sse, "channel=news");
	fill();
	apache_ask("channel=news&since=0");
	while (send(apache.pair.server, bytes, sizeof(bytes), 0) > 0)
		;
	TURN_UNTIL(stage.conns.count == 1);
	client_pause(apache_hand_off());
	TURN_UNTIL(stage.conns.count == 1);
	apache_close();
}

TEST(a_full_program_refuses_a_long_poll)
{
	start(&technique_longpoll, "channel=news");
	stage.conns.room.crowded = stage.conns.room.full = 1;
	apache_ask("channel=news");
	TURN_UNTIL(apache.answer->ended);
	ck_assert(client_has(apache.answer, "Status: 503 "));
	ck_assert(client_has(apache.answer, "Retry-After: "));
	apache_close();
}

TEST(each_gets_its_own_channel)
{
	struct client *other;

	start(&technique_sse, "channel=news");
	other = apache_get("channel=other");
	TURN_UNTIL(client_has(client, "id: ") && client_has(other, "id: "));
	fake_bus_publish("other", "for the other");
	fake_bus_publish("news", "for the first");
	TURN_UNTIL(client_has(client, "data: for") &&
		   client_has(other, "data: for"));
	ck_assert(!client_has(client, "for the other"));
	ck_assert(!client_has(other, "for the first"));
	apache_close();
}

TEST(a_cursor_is_that_of_the_request)
{
	struct buf request;

	apache_init(&technique_sse);
	apache_open();
	fake_bus_publish("news", "one");
	fake_bus_publish("news", "two");
	apache_begin(&request, "GET", "channel=news");
	client_variable(&request, "HTTP_LAST_EVENT_ID", "1-0");
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
	client = apache_hand_off();
	TURN_UNTIL(client_has(client, "two"));
	ck_assert_str_eq(client_lines(client, "data: "), "two");
	apache_close();
}

TEST(stream_gets_json_lines)
{
	start(&technique_stream, "channel=news");
	TURN_UNTIL(client_has(client, "cursor"));
	fake_bus_publish("news", "hi");
	TURN_UNTIL(client_has(client, "\"data\":\"hi\""));
	ck_assert(!client_has(client, "Content-Type"));
	apache_close();
}

TEST(iframe_gets_its_page)
{
	start(&technique_iframe, "channel=news&callback=f");
	TURN_UNTIL(client_has(client, "cursor"));
	ck_assert_int_eq(strncmp(client->text, "<!DOCTYPE html>", 15), 0);
	apache_close();
}

TEST(longpoll_gets_the_message_that_it_waits_for_and_a_proper_end)
{
	start(&technique_longpoll, "channel=news&since=0");
	TURN_UNTIL(stats.ways[STATS_HANDOFF] == 1);
	fake_bus_publish("news", "hi");
	assert_ends_with("{\"messages\":[{\"id\":\"1-0\",\"channel\":\"news\","
			 "\"data\":\"hi\"}],\"cursor\":\"1-0\"}");
	apache_close();
}

TEST(longpoll_gets_at_once_what_is_there)
{
	apache_init(&technique_longpoll);
	apache_open();
	fake_bus_publish("news", "hi");
	client = apache_get("channel=news&since=0");
	TURN_UNTIL(client->closed);
	ck_assert(client_has(client, "\"data\":\"hi\""));
	ck_assert_int_eq(client->text[0], '{');
	apache_close();
}

TEST(longpoll_on_fastcgi_and_handed_off_wait_for_the_same_message)
{
	struct client *over_fastcgi;

	start(&technique_longpoll, "channel=news&since=0");
	over_fastcgi = stage_get("channel=news&since=0");
	TURN_UNTIL(stats.ways[STATS_HANDOFF] == 1 &&
		   stats.ways[STATS_FASTCGI] == 1);
	fake_bus_publish("news", "hi");
	TURN_UNTIL(over_fastcgi->ended && client->closed);
	ck_assert(client_has(over_fastcgi, "Status: 200 OK\r\n"));
	ck_assert_str_eq(strstr(over_fastcgi->text, "\r\n\r\n") + 4,
			 client->text);
	apache_close();
}

TEST(jsonp_gets_a_script)
{
	apache_init(&technique_jsonp);
	apache_open();
	fake_bus_publish("news", "hi");
	client = apache_get("channel=news&since=0&callback=f");
	TURN_UNTIL(client->closed);
	ck_assert_int_eq(strncmp(client->text, "/**/f({", 7), 0);
	apache_close();
}

/* --- the user ------------------------------------------------------------- */

TEST(a_user_whose_login_was_checked_has_its_rights)
{
	apache_init(&technique_sse);
	stage.conf.access_subscribe = WHO_USER;
	apache_open();
	apache_ask_as("ann", "channel=news");
	client = apache_hand_off();
	TURN_UNTIL(client_has(client, "event: cursor"));
	fake_bus_kick("user=ann", 1000);
	TURN_UNTIL(client_has(client, "event: end"));
	apache_close();
}

/* --- what may go wrong after the answer ----------------------------------- */

TEST(a_stream_that_is_refused_then_is_told_when_to_come_back)
{
	apache_init(&technique_sse);
	apache_open();
	apache_ask("channel=news&client=ann");
	fake_bus_kick("client=ann", 60000);
	client = apache_hand_off();
	TURN_UNTIL(client->closed);
	ck_assert_msg(strncmp(client->text, "retry: ", 7) == 0, "%s",
		      client->text);
	ck_assert(!client_has(client, "Status"));
	apache_close();
}

TEST(a_long_poll_that_is_refused_then_is_told_why)
{
	apache_init(&technique_longpoll);
	apache_open();
	apache_ask("channel=news&client=ann");
	fake_bus_kick("client=ann", 60000);
	client = apache_hand_off();
	TURN_UNTIL(client->closed);
	ck_assert(client_has(client, "\"status\":403"));
	ck_assert_int_eq(client->text[0], '{');
	apache_close();
}

TEST(a_script_that_is_refused_then_is_a_comment)
{
	apache_init(&technique_jsonp);
	apache_open();
	apache_ask("channel=news&callback=f&client=ann");
	fake_bus_kick("client=ann", 60000);
	client = apache_hand_off();
	TURN_UNTIL(client->closed);
	ck_assert_int_eq(strncmp(client->text, "/* 403 ", 7), 0);
	apache_close();
}

TEST(a_stream_above_a_limit_gets_what_there_is_and_is_told_when_to_come_back)
{
	apache_init(&technique_sse);
	stage.hold_max = 1;
	apache_open();
	fake_bus_publish("news", "hi");
	client = apache_get("channel=news&since=0");
	TURN_UNTIL(client_has(client, "hi"));
	client = apache_get("channel=news&since=0");
	TURN_UNTIL(client_has(client, "hi"));
	TURN_UNTIL(client_count(client, "retry: ") == 2);
	stage_advance(1);
	TURN_UNTIL(client->closed);
	apache_close();
}

TEST(while_the_settings_are_wrong_a_stream_is_told_when_to_come_back)
{
	apache_init(&technique_sse);
	conf_set_text(&stage.conf.handoff_secret, "");
	stage.conf.stand_in = true;
	stage.hold_max = 0;
	apache_open();
	client = apache_get("channel=news");
	TURN_UNTIL(client_count(client, "retry: ") == 2);
	apache_close();
}

TEST(the_end_of_the_process_is_told_to_a_stream)
{
	start(&technique_sse, "channel=news");
	TURN_UNTIL(client_has(client, "event: cursor"));
	dispatch_stop(&stage.dispatch);
	TURN_UNTIL(client->closed);
	ck_assert_uint_eq(client_count(client, "retry: "), 2);
	apache_close();
}

/* --- while it is held ----------------------------------------------------- */

TEST(who_is_held_is_counted_as_handed_off)
{
	start(&technique_sse, "channel=news");
	TURN_UNTIL(client_has(client, "event: cursor"));
	ck_assert_uint_eq(stats.ways[STATS_HANDOFF], 1);
	ck_assert_uint_eq(stats.takes[STATS_NOTHING], 1);
	client_leave(client);
	TURN_UNTIL(stats.held == 0);
	ck_assert_uint_eq(stats.ways[STATS_HANDOFF], 0);
	apache_close();
}

TEST(heartbeats_come)
{
	apache_init(&technique_sse);
	stage.conf.hold_beat = 5;
	apache_open();
	client = apache_get("channel=news");
	TURN_UNTIL(client_has(client, "event: cursor"));
	stage_advance(6);
	TURN_UNTIL(client_has(client, "\n:\n"));
	apache_close();
}
