/* SPDX-License-Identifier: MIT */
/* shared/app/stream.c and batch.c: subscribers whose right expires. On a fake
 * bus and a fake clock. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/signed_query.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

#define ALL "{\"end\":{\"reason\":\"expired\"},\"cursor\":\"1-0\"}"

static void
open_stage(const struct technique *technique)
{
	stage_init(technique);
	signed_query_conf();
	stage.conf.access_scripts = CONF_YES;
	stage_open();
}

/* A request whose right ends in 10 seconds. */
static struct client *
get_for_10_seconds(const char *more)
{
	char query[600];

	snprintf(query, sizeof(query), "%s%s", signed_query("news", 10), more);
	return stage_get(query);
}

/* One that is live, and has got the message 1-0. */
static struct client *
get_live(const char *more)
{
	struct client *c = get_for_10_seconds(more);

	TURN_UNTIL(client_has(c, "cursor"));
	fake_bus_publish("news", "first");
	TURN_UNTIL(client_has(c, "first"));
	return c;
}

static void
assert_ends_with(const struct client *c, const char *text)
{
	size_t len = strlen(text);

	ck_assert_msg(c->len >= len &&
			  strcmp(c->text + c->len - len, text) == 0,
		      "%s", c->text);
}

/* It has `text`, then when to reconnect, and the end of the response. */
static void
assert_expired(struct client *c, const char *text)
{
	const char *at;

	TURN_UNTIL(c->closed);
	ck_assert(c->ended);
	at = strstr(c->text, text);
	ck_assert_msg(at != NULL, "no %s in %s", text, c->text);
	ck_assert_msg(strstr(at, "retry") != NULL, "%s", at);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
}

TEST(a_stream_is_held_until_its_right_expires)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("");
	stage_advance(9);
	turn_for(0.05);
	ck_assert(!c->closed);
	ck_assert(!client_has(c, "event: end"));
	stage_advance(2);
	TURN_UNTIL(c->closed);
	stage_close();
}

TEST(sse_ends_with_an_event)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("");
	stage_advance(11);
	assert_expired(c, "event: end\ndata: " ALL "\nid: 1-0\n\n");
	stage_close();
}

TEST(a_stream_ends_with_a_line)
{
	struct client *c;

	open_stage(&technique_stream);
	c = get_live("");
	stage_advance(11);
	assert_expired(c, ALL "\n");
	stage_close();
}

TEST(an_iframe_ends_with_a_script)
{
	struct client *c;

	open_stage(&technique_iframe);
	c = get_live("&callback=f");
	stage_advance(11);
	assert_expired(c, "<script>push(" ALL ")</script>\n");
	stage_close();
}

TEST(with_a_new_signature_it_goes_on_from_its_cursor)
{
	struct client *c;
	char query[600];

	open_stage(&technique_sse);
	c = get_live("");
	stage_advance(11);
	TURN_UNTIL(c->closed);
	fake_bus_publish("news", "while away");
	snprintf(query, sizeof(query), "%s&since=%s", signed_query("news", 10),
		 client_cursor(c));
	c = stage_get(query);
	TURN_UNTIL(client_has(c, "data: while away"));
	ck_assert(!client_has(c, "data: first"));
	stage_close();
}

TEST(with_the_old_signature_it_is_401_with_the_reason)
{
	struct client *c;
	char query[600];

	open_stage(&technique_sse);
	snprintf(query, sizeof(query), "%s", signed_query("news", 10));
	stage_advance(10);
	c = stage_get(query);
	TURN_UNTIL(c->ended);
	ck_assert_msg(client_has(c, "Status: 401 "), "%s", c->text);
	ck_assert(client_has(c, "WWW-Authenticate: Bearer realm=\"push\", "
				"error=\"invalid_token\"\r\n"));
	ck_assert(client_has(c, "The signature has expired."));
	stage_close();
}

TEST(a_stream_that_is_old_before_its_right_expires_has_no_end_event)
{
	struct client *c;

	stage_init(&technique_sse);
	signed_query_conf();
	stage.conf.hold_max_age = 5;
	stage_open();
	c = get_live("");
	stage_advance(6);
	TURN_UNTIL(c->closed);
	ck_assert(!client_has(c, "event: end"));
	stage_close();
}

TEST(a_right_that_expires_before_the_stream_is_old_ends_it)
{
	struct client *c;

	stage_init(&technique_sse);
	signed_query_conf();
	stage.conf.hold_max_age = 100;
	stage_open();
	c = get_live("");
	stage_advance(11);
	assert_expired(c, "event: end\n");
	stage_close();
}

TEST(at_exit_a_stream_has_no_end_event)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_live("");
	dispatch_stop(&stage.dispatch);
	TURN_UNTIL(c->closed);
	ck_assert(!client_has(c, "event: end"));
	stage_close();
}

TEST(a_stream_of_an_open_channel_does_not_expire)
{
	struct client *c;

	stage_init(&technique_sse);
	signed_query_conf();
	stage.conf.access_subscribe = WHO_ANY;
	stage_open();
	c = get_live("");
	stage_advance(11);
	turn_for(0.05);
	ck_assert(!c->closed);
	ck_assert(!client_has(c, "event: end"));
	stage_close();
}

/* Its client sees that in the next response, a 401. */
TEST(a_long_poll_is_answered_when_its_right_expires)
{
	struct client *c;

	open_stage(&technique_longpoll);
	fake_bus_publish("news", "first");
	c = get_for_10_seconds("&since=1-0");
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 1);
	turn_for(0.1);
	stage_advance(9);
	turn_for(0.05);
	ck_assert_uint_eq(c->len, 0);
	stage_advance(2);
	TURN_UNTIL(c->ended && c->closed);
	ck_assert_msg(client_has(c, "Status: 200 "), "%s", c->text);
	assert_ends_with(c, "{\"messages\":[],\"cursor\":\"1-0\"}");
	stage_close();
}

/* --- batches that are still catching up ----------------------------------- */

/* The loop does not turn before the right expires, so the bus has not told
 * where the channel stands. */
static struct client *
get_expired(const struct technique *technique, const char *more)
{
	struct client *c;

	open_stage(technique);
	stage.conf.bus_timeout = 60;
	fake_bus_publish("news", "first");
	fake_bus_publish("news", "second");
	c = get_for_10_seconds(more);
	TURN_UNTIL(
	    !LIST_EMPTY(&stage.dispatch.subscribing.subscribers.fanouts.list));
	stage_advance(11);
	return c;
}

static void
assert_batch(struct client *c, const char *body)
{
	TURN_UNTIL(c->ended && c->closed);
	ck_assert_msg(client_has(c, "Status: 200 "), "%s", c->text);
	assert_ends_with(c, body);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(a_long_poll_that_expires_while_it_catches_up_gets_its_cursor)
{
	assert_batch(get_expired(&technique_longpoll, "&since=1-0"),
		     "{\"messages\":[],\"cursor\":\"1-0\"}");
}

TEST(a_poll_that_expires_while_it_catches_up_gets_its_cursor)
{
	assert_batch(get_expired(&technique_poll, "&since=1-0"),
		     "{\"messages\":[],\"cursor\":\"1-0\"}");
}

TEST(without_a_cursor_it_gets_that_of_redis)
{
	assert_batch(get_expired(&technique_longpoll, ""),
		     "{\"messages\":[],\"cursor\":\"2-0\"}");
}

TEST(http_that_expires_meanwhile_gets_the_newest_message)
{
	assert_batch(get_expired(&technique_http, ""), "second");
}

TEST(without_a_cursor_it_is_503_after_bus_timeout)
{
	struct client *c = get_expired(&technique_longpoll, "");

	stage_advance(61);
	TURN_UNTIL(c->ended && c->closed);
	ck_assert_msg(client_has(c, "Status: 503 "), "%s", c->text);
	stage_close();
}
