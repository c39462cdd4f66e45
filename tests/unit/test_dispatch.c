/* SPDX-License-Identifier: MIT */
/* shared/app/dispatch.c: which requests are served, and how others fail. */
#include "config.h"

#include "shared/app/dispatch.h"

#include <stdlib.h>

#include "fcgi/techniques.h"
#include "tests/unit/client.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

static void
open_all(const struct technique *technique)
{
	redis_server_start();
	stage_conf(technique);
	stage_open();
}

/* A request with one variable more. It has no body. */
static struct client *
ask(const char *method, const char *query, const char *name, const char *value)
{
	struct client *c = calloc(1, sizeof(*c));
	struct buf request;

	ck_assert_ptr_nonnull(c);
	client_begin(&request, method);
	client_variable(&request, "QUERY_STRING", query);
	client_variable(&request, name, value);
	client_finish(&request, "");
	stage_ask(c, &request);
	return c;
}

static struct client *
ask_whole(const char *method, const char *query)
{
	struct client *c = ask(method, query, "HTTP_HOST", "example.org");

	TURN_UNTIL(c->ended || c->closed);
	return c;
}

static void
assert_has(const struct client *c, const char *text)
{
	ck_assert_msg(client_has(c, text), "%s", c->text);
}

/* --- methods -------------------------------------------------------------- */

TEST(another_method_is_405_with_allow)
{
	struct client *c;

	open_all(&technique_sse);
	c = ask_whole("PUT", "channel=news");
	assert_has(c, "Status: 405 ");
	assert_has(c, "Allow: GET, HEAD, OPTIONS\r\n");
	assert_has(c, "Method PUT is not allowed; use GET.");
	stage_close();
}

TEST(a_publisher_accepts_post_only)
{
	struct client *c;

	open_all(&technique_publish);
	c = ask_whole("GET", "channel=news");
	assert_has(c, "Allow: POST, OPTIONS\r\n");
	assert_has(c, "Method GET is not allowed; use POST.");
	stage_close();
}

TEST(options_is_204_with_allow)
{
	struct client *c;

	open_all(&technique_poll);
	c = ask_whole("OPTIONS", "");
	assert_has(c, "Status: 204 ");
	assert_has(c, "Allow: GET, HEAD, OPTIONS\r\n");
	stage_close();
}

TEST(head_of_a_stream_is_not_held)
{
	struct client *c;

	open_all(&technique_sse);
	c = ask_whole("HEAD", "channel=news");
	assert_has(c, "Content-Type: text/event-stream\r\n");
	ck_assert(!client_has(c, "retry:"));
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(head_of_a_poll_has_its_etag)
{
	struct client *c;

	open_all(&technique_poll);
	c = ask_whole("HEAD", "channel=news");
	assert_has(c, "Status: 200 ");
	assert_has(c, "ETag: \"");
	ck_assert(!client_has(c, "messages"));
	stage_close();
}

/* --- errors --------------------------------------------------------------- */

TEST(an_invalid_parameter_is_a_problem)
{
	struct client *c;

	open_all(&technique_sse);
	c = ask_whole("GET", "channel=news&since=0&since=0");
	assert_has(c, "Status: 400 ");
	assert_has(c, "Content-Type: application/problem+json\r\n");
	assert_has(c, "Duplicate parameter: since.");
	stage_close();
}

TEST(an_error_of_a_script_technique_is_a_script)
{
	struct client *c;

	open_all(&technique_jsonp);
	c = ask_whole("GET", "channel=news");
	assert_has(c, "Content-Type: text/javascript; charset=utf-8\r\n");
	assert_has(c, "/* 400 Bad Request: The parameter callback is missing");
	stage_close();
}

TEST(an_error_of_redis_is_a_script_too)
{
	struct client *c;

	open_all(&technique_jsonp);
	redis_server_kill();
	TURN_UNTIL(
	    !bus_is_up(stage.dispatch.subscribing.channels.common.bus) &&
	    !bus_is_starting(stage.dispatch.subscribing.channels.common.bus));
	c = ask_whole("GET", "channel=news&callback=f");
	assert_has(c, "/* 503 Service Unavailable: Redis is down; retry later. "
		      "*/\n");
	assert_has(c, "Retry-After: 2\r\n");
	stage_close();
}

/* --- access --------------------------------------------------------------- */

TEST(a_page_of_another_site_cannot_publish)
{
	struct client *c;

	open_all(&technique_publish);
	c = ask("POST", "", "HTTP_ORIGIN", "https://other.example");
	TURN_UNTIL(c->ended || c->closed);
	assert_has(c, "Status: 403 ");
	stage_close();
}

TEST(a_page_of_another_site_cannot_open_a_websocket)
{
	struct client *c;

	open_all(&technique_websocket);
	c = ws_client_new("channel=news", "Origin: https://other.example\r\n");
	TURN_UNTIL(client_has(c, "\r\n\r\n"));
	assert_has(c, "HTTP/1.1 403 ");
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(a_websocket_publishes_by_the_rule_of_the_channel_only)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.access_publish = 0;
	stage_open();
	c = ws_client_live("channel=news");
	ws_client_text(c,
		       "{\"publish\":{\"channel\":\"news\",\"data\":\"hi\"}}");
	TURN_UNTIL(client_has(c, "\"status\":403"));
	stage_close();
}
