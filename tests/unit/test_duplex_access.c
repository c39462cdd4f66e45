/* SPDX-License-Identifier: MIT */
/* shared/app/duplex.c with fcgi/websocket.c: the rights of a WebSocket and of
 * its commands. On a fake bus and a fake clock. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/hs256.h"
#include "tests/unit/signed_query.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

TESTS_NEED_PROCESSES

#define A_ONLY "{\"mercure\":{\"subscribe\":[\"a\"],\"publish\":[\"a\"]}}"

static void
open_conf(void)
{
	stage_init(&technique_websocket);
	signed_query_conf();
	stage.conf.access_publish = WHO_TOKEN;
	stage.conf.hold_beat = 3600;
	conf_set_text(&stage.conf.access_jwt_key, HS256_SECRET);
}

static void
open_stage(void)
{
	open_conf();
	stage_open();
}

/* On the channel a, with a token for it that does not expire. */
static struct client *
connect_to_a(void)
{
	char line[600];
	struct client *c;

	snprintf(line, sizeof(line), "Authorization: Bearer %s\r\n",
		 hs256(A_ONLY));
	c = ws_client_new("channel=a", line);
	TURN_UNTIL(client_has(c, "{\"cursor\":"));
	return c;
}

/* Sends {VERB, MORE, "ref":REF}. */
static void
say(struct client *c, const char *verb, const char *more, int ref)
{
	char text[1200];

	snprintf(text, sizeof(text), "{%s%s,\"ref\":%d}", verb, more, ref);
	ws_client_text(c, text);
}

/* The reply with this ref, which must be such. */
static void
await_reply(const struct client *c, const char *part, int ref)
{
	char mark[32];
	const char *end, *line;

	snprintf(mark, sizeof(mark), ",\"ref\":%d}\n", ref);
	TURN_UNTIL(client_has(c, mark) || c->closed);
	end = strstr(c->text, mark);
	ck_assert_msg(end != NULL, "%s", c->text);
	for (line = end; line > c->text && line[-1] != '\n';)
		line--;
	ck_assert_msg(strstr(line, part) != NULL && strstr(line, part) < end,
		      "%s", line);
}

/* Subscribes to `channel`, for 10 seconds. */
static void
subscribe_for_10_seconds(struct client *c, const char *channel, int ref)
{
	char verb[100];

	snprintf(verb, sizeof(verb), "\"subscribe\":[\"%s\"]", channel);
	say(c, verb, signed_members(ACCESS_SUBSCRIBE, channel, 10), ref);
	await_reply(c, "{\"ok\":\"subscribe\"", ref);
}

/* --- the handshake -------------------------------------------------------- */

TEST(each_channel_is_checked_at_the_handshake)
{
	char line[600];
	struct client *c;

	open_stage();
	snprintf(line, sizeof(line), "Authorization: Bearer %s\r\n",
		 hs256(A_ONLY));
	c = ws_client_new("channel=a&channel=b", line);
	TURN_UNTIL(client_has(c, "\r\n\r\n"));
	ck_assert_msg(client_has(c, "HTTP/1.1 403 "), "%s", c->text);
	c = ws_client_new("channel=a", "");
	TURN_UNTIL(client_has(c, "\r\n\r\n"));
	ck_assert_msg(client_has(c, "HTTP/1.1 401 "), "%s", c->text);
	ck_assert(client_has(c, "WWW-Authenticate: Bearer "));
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	connect_to_a();
	stage_close();
}

TEST(it_ends_with_4401_when_its_right_expires)
{
	struct client *c;

	open_stage();
	c = ws_client_live(signed_query("a", 10));
	fake_bus_publish("a", "one");
	TURN_UNTIL(client_has(c, "one"));
	stage_advance(9);
	turn_for(0.05);
	ck_assert(!client_has(c, "CLOSE"));
	stage_advance(2);
	TURN_UNTIL(client_has(c, "CLOSE 4401"));
	ck_assert_msg(client_has(c, "{\"end\":{\"reason\":\"expired\"},"
				    "\"cursor\":\"1-0\"}\n"),
		      "%s", c->text);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

/* --- subscribe commands --------------------------------------------------- */

TEST(a_command_for_a_closed_channel_is_refused_and_the_stream_goes_on)
{
	struct client *c;

	open_stage();
	c = ws_client_live(signed_query("a", 100));
	say(c, "\"subscribe\":[\"b\"]", "", 1);
	await_reply(c, "\"status\":401", 1);
	fake_bus_publish("b", "no");
	fake_bus_publish("a", "yes");
	TURN_UNTIL(client_has(c, "\"data\":\"yes\""));
	ck_assert_str_eq(ws_client_data(c), "yes");
	stage_close();
}

TEST(a_token_for_other_channels_is_403)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	say(c, "\"subscribe\":[\"b\"]", "", 1);
	await_reply(c, "\"status\":403", 1);
	await_reply(c, "You may not subscribe to b", 1);
	stage_close();
}

TEST(a_command_with_one_forbidden_channel_is_refused_whole)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	say(c, "\"subscribe\":[\"a\",\"b\"]", "", 1);
	await_reply(c, "\"status\":403", 1);
	say(c, "\"unsubscribe\":[\"b\"]", "", 2);
	await_reply(c, "\"channels\":[\"a\"]", 2);
	stage_close();
}

TEST(a_command_may_have_a_signature_of_its_own)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	subscribe_for_10_seconds(c, "b", 1);
	fake_bus_publish("b", "hi");
	TURN_UNTIL(client_has(c, "\"data\":\"hi\""));
	stage_close();
}

TEST(a_signature_for_another_channel_or_right_is_refused)
{
	struct client *c;

	open_stage();
	c = ws_client_live(signed_query("a", 100));
	say(c, "\"subscribe\":[\"b\"]",
	    signed_members(ACCESS_SUBSCRIBE, "c", 10), 1);
	await_reply(c, "\"status\":401", 1);
	say(c, "\"subscribe\":[\"b\"]", signed_members(ACCESS_PUBLISH, "b", 10),
	    2);
	await_reply(c, "\"status\":401", 2);
	stage_close();
}

TEST(a_command_may_have_a_token_of_its_own_for_itself_alone)
{
	char more[600];
	struct client *c;

	open_stage();
	c = connect_to_a();
	snprintf(more, sizeof(more), ",\"token\":\"%s\"",
		 hs256("{\"mercure\":{\"subscribe\":[\"b\",\"c\"]}}"));
	say(c, "\"subscribe\":[\"b\"]", more, 1);
	await_reply(c, "{\"ok\":\"subscribe\"", 1);
	say(c, "\"subscribe\":[\"c\"]", "", 2);
	await_reply(c, "\"status\":403", 2);
	stage_close();
}

TEST(a_wrong_token_of_a_command_is_401)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	say(c, "\"subscribe\":[\"b\"]", ",\"token\":\"x\"", 1);
	await_reply(c, "\"status\":401", 1);
	stage_close();
}

/* --- expiry --------------------------------------------------------------- */

TEST(a_channel_whose_right_expires_is_left_and_the_others_go_on)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	subscribe_for_10_seconds(c, "b", 1);
	fake_bus_publish("b", "1");
	TURN_UNTIL(client_has(c, "\"data\":\"1\""));
	stage_advance(11);
	TURN_UNTIL(client_has(c, "{\"end\":{\"reason\":\"expired\","
				 "\"channels\":[\"b\"]},\"cursor\":\""));
	fake_bus_publish("b", "no");
	fake_bus_publish("a", "2");
	TURN_UNTIL(client_has(c, "\"data\":\"2\""));
	ck_assert_str_eq(ws_client_data(c), "1 2");
	ck_assert(!client_has(c, "CLOSE"));
	stage_close();
}

/* The cursor of `end` of the channel b. */
static const char *
end_cursor(const struct client *c)
{
	static char cursor[200];
	const char *at = strstr(c->text, "\"channels\":[\"b\"]},\"cursor\":\"");

	ck_assert_msg(at != NULL, "%s", c->text);
	at = strstr(at, "\"cursor\":\"") + strlen("\"cursor\":\"");
	snprintf(cursor, sizeof(cursor), "%.*s", (int)strcspn(at, "\""), at);
	return cursor;
}

TEST(with_a_new_signature_it_goes_on_in_that_channel_without_loss)
{
	char verb[300];
	struct client *c;

	open_stage();
	c = connect_to_a();
	subscribe_for_10_seconds(c, "b", 1);
	fake_bus_publish("b", "1");
	TURN_UNTIL(client_has(c, "\"data\":\"1\""));
	stage_advance(11);
	TURN_UNTIL(client_has(c, "{\"end\":"));
	fake_bus_publish("b", "2");
	snprintf(verb, sizeof(verb), "\"subscribe\":[\"b\"],\"since\":\"%s\"",
		 end_cursor(c));
	say(c, verb, signed_members(ACCESS_SUBSCRIBE, "b", 10), 2);
	TURN_UNTIL(client_has(c, "\"data\":\"2\""));
	ck_assert_str_eq(ws_client_data(c), "1 2");
	ck_assert(!client_has(c, "{\"gap\":"));
	stage_close();
}

TEST(channels_that_expire_at_once_are_named_together)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	subscribe_for_10_seconds(c, "b", 1);
	subscribe_for_10_seconds(c, "c", 2);
	stage_advance(11);
	TURN_UNTIL(client_has(c, "{\"end\":"));
	ck_assert_msg(client_has(c, "\"channels\":[\"b\",\"c\"]"), "%s",
		      c->text);
	say(c, "\"unsubscribe\":[\"b\"]", "", 3);
	await_reply(c, "\"channels\":[\"a\"]", 3);
	stage_close();
}

TEST(when_the_last_channel_expires_the_connection_ends)
{
	struct client *c;

	open_stage();
	c = ws_client_live(signed_query("a", 20));
	subscribe_for_10_seconds(c, "b", 1);
	stage_advance(11);
	TURN_UNTIL(client_has(c, "\"channels\":[\"b\"]},"));
	ck_assert(!client_has(c, "CLOSE"));
	stage_advance(10);
	TURN_UNTIL(client_has(c, "CLOSE 4401"));
	ck_assert(
	    client_has(c, "{\"end\":{\"reason\":\"expired\"},\"cursor\""));
	stage_close();
}

TEST(a_right_that_was_renewed_in_time_does_not_end)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	subscribe_for_10_seconds(c, "b", 1);
	stage_advance(5);
	subscribe_for_10_seconds(c, "b", 2);
	stage_advance(7);
	turn_for(0.05);
	ck_assert(!client_has(c, "{\"end\":"));
	fake_bus_publish("b", "still");
	TURN_UNTIL(client_has(c, "\"data\":\"still\""));
	stage_advance(4);
	TURN_UNTIL(client_has(c, "{\"end\":"));
	stage_close();
}

TEST(a_right_may_be_renewed_at_the_handshake_channel_too)
{
	struct client *c;

	open_stage();
	c = ws_client_live(signed_query("a", 10));
	stage_advance(5);
	subscribe_for_10_seconds(c, "a", 1);
	stage_advance(7);
	turn_for(0.05);
	ck_assert(!client_has(c, "CLOSE"));
	stage_advance(4);
	TURN_UNTIL(client_has(c, "CLOSE 4401"));
	stage_close();
}

TEST(commands_do_not_put_off_a_heartbeat)
{
	struct client *c;

	open_conf();
	stage.conf.access_subscribe = WHO_ANY;
	stage.conf.hold_beat = 10;
	stage_open();
	c = ws_client_live("channel=a");
	stage_advance(8);
	say(c, "\"subscribe\":[\"a\"]", "", 1);
	await_reply(c, "{\"ok\":\"subscribe\"", 1);
	stage_advance(3);
	TURN_UNTIL(client_has(c, "PING"));
	stage_close();
}

TEST(a_channel_that_was_left_does_not_end)
{
	struct client *c;

	open_stage();
	c = connect_to_a();
	subscribe_for_10_seconds(c, "b", 1);
	say(c, "\"unsubscribe\":[\"b\"]", "", 2);
	await_reply(c, "{\"ok\":\"unsubscribe\"", 2);
	stage_advance(11);
	turn_for(0.05);
	ck_assert(!client_has(c, "{\"end\":"));
	stage_close();
}

TEST(an_expired_token_of_the_handshake_is_401_in_commands)
{
	char payload[200], line[600];
	struct client *c;

	open_stage();
	snprintf(payload, sizeof(payload),
		 "{\"exp\":%llu,\"mercure\":{\"subscribe\":[\"b\"],"
		 "\"publish\":[\"b\"]}}",
		 (unsigned long long)FAKE_CLOCK_UNIX + 10);
	snprintf(line, sizeof(line), "Authorization: Bearer %s\r\n",
		 hs256(payload));
	stage.conf.access_subscribe = WHO_ANY;
	c = ws_client_new("channel=a", line);
	TURN_UNTIL(client_has(c, "{\"cursor\":"));
	stage.conf.access_subscribe = WHO_TOKEN;
	say(c, "\"publish\":{\"channel\":\"b\",\"data\":\"1\"}", "", 1);
	await_reply(c, "{\"ok\":\"publish\"", 1);
	stage_advance(60);
	say(c, "\"publish\":{\"channel\":\"b\",\"data\":\"2\"}", "", 2);
	await_reply(c, "\"status\":401", 2);
	say(c, "\"subscribe\":[\"b\"]", "", 3);
	await_reply(c, "The token has expired", 3);
	stage_close();
}

/* --- publish commands ----------------------------------------------------- */

#define TO(channel) "\"publish\":{\"channel\":\"" channel "\",\"data\":\"hi\"}"

TEST(the_rule_of_the_channel_says_who_may_publish)
{
	struct client *c;

	open_stage();
	c = ws_client_live(signed_query("a", 100));
	say(c, TO("a"), "", 1);
	await_reply(c, "\"status\":401", 1);
	c = connect_to_a();
	say(c, TO("a"), "", 2);
	await_reply(c, "{\"ok\":\"publish\"", 2);
	say(c, TO("b"), "", 3);
	await_reply(c, "\"status\":403", 3);
	stage_close();
}

TEST(where_nobody_may_publish_it_is_403)
{
	struct client *c;

	open_conf();
	stage.conf.access_publish = 0;
	stage_open();
	c = connect_to_a();
	say(c, TO("a"), "", 1);
	await_reply(c, "\"status\":403", 1);
	await_reply(c, "Nobody may publish to a", 1);
	stage_close();
}

TEST(what_is_signed_for_reading_does_not_publish_by_a_command)
{
	struct client *c;

	open_stage();
	c = ws_client_live(signed_query("a", 100));
	say(c, TO("a"), signed_members(ACCESS_SUBSCRIBE, "a", 10), 1);
	await_reply(c, "\"status\":401", 1);
	say(c, TO("a"), signed_members(ACCESS_PUBLISH, "a", 10), 2);
	await_reply(c, "{\"ok\":\"publish\"", 2);
	say(c, TO("b"), signed_members(ACCESS_PUBLISH, "a", 10), 3);
	await_reply(c, "\"status\":401", 3);
	stage_close();
}

TEST(a_page_of_another_site_that_may_connect_does_not_publish)
{
	struct client *c;

	open_conf();
	conf_set_text(&stage.conf.access_origins, "https://other.example");
	stage.conf.access_subscribe = stage.conf.access_publish = WHO_ANY;
	stage_open();
	c = ws_client_new("channel=a", "Origin: https://other.example\r\n");
	TURN_UNTIL(client_has(c, "{\"cursor\":"));
	say(c, TO("a"), "", 1);
	await_reply(c, "\"status\":403", 1);
	await_reply(c, "other sites", 1);
	c = ws_client_live("channel=a");
	say(c, TO("a"), "", 2);
	await_reply(c, "{\"ok\":\"publish\"", 2);
	stage_close();
}
