/* SPDX-License-Identifier: MIT */
/* Which requests Apache may hand off (shared/app/authorizer.c). On a fake bus.
 */
#include "config.h"

#include "shared/app/authorizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "shared/net/conn_accept.h"
#include "tests/unit/apache.h"
#include "tests/unit/client.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static struct buf request;

static size_t
remembered(void)
{
	return stage.conns.pending.count;
}

static void
ask_by(const char *method)
{
	apache_begin(&request, method, "channel=news");
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
}

/* And nothing waits for its socket. */
static void
assert_refused(const char *status)
{
	char line[64];

	snprintf(line, sizeof(line), "Status: %s", status);
	ck_assert_msg(strncmp(apache.answer->text, line, strlen(line)) == 0,
		      "%s", apache.answer->text);
	ck_assert(!client_has(apache.answer, "Variable-"));
	ck_assert_uint_eq(remembered(), 0);
}

/* --- whom it believes ----------------------------------------------------- */

TEST(without_the_secret_everybody_is_refused)
{
	static const char *const wrong[] = {
	    "", "0123456789abcdeF", "0123456789abcde", "0123456789abcdefg"};

	apache_start(&technique_sse);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		apache_ask_with("channel=news", "PUSHCGI_HANDOFF_SECRET",
				wrong[i]);
		assert_refused("403 Forbidden");
	}
	apache_close();
}

TEST(a_client_cannot_show_the_secret)
{
	apache_start(&technique_sse);
	apache_begin(&request, "GET", "channel=news");
	apache_state(&request, "PUSHCGI_HANDOFF_SECRET", "");
	apache_state(&request, "HTTP_PUSHCGI_HANDOFF_SECRET", APACHE_SECRET);
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
	assert_refused("403 Forbidden");
	apache_close();
}

TEST(while_there_is_no_secret_nobody_is_handed_off)
{
	apache_init(&technique_sse);
	conf_set_text(&stage.conf.handoff_secret, "");
	apache_open();
	apache_ask("channel=news");
	assert_refused("503 Service Unavailable");
	ck_assert(client_has(apache.answer, "Retry-After: "));
	apache_ask_with("channel=news", "PUSHCGI_HANDOFF_SECRET", "");
	assert_refused("503 Service Unavailable");
	apache_close();
}

TEST(the_secret_may_be_in_a_file)
{
	char path[] = "/tmp/pushcgi-handoff-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	dprintf(fd, "fedcba9876543210\n" APACHE_SECRET "\n");
	close(fd);
	apache_init(&technique_sse);
	conf_set_text(&stage.conf.handoff_secret, "");
	conf_set_text(&stage.conf.handoff_secret_file, path);
	apache_open();
	apache_ask("channel=news");
	apache_assert_granted();
	apache_ask_with("channel=news", "PUSHCGI_HANDOFF_SECRET",
			"fedcba9876543210");
	apache_assert_granted();
	apache_close();
	unlink(path);
}

TEST(a_secret_that_cannot_be_read_is_a_fault_of_the_settings)
{
	struct authorizer a;
	struct conf conf;
	char fault[SECRET_FAULT_SIZE];

	conf_init(&conf);
	conf_set_text(&conf.handoff_secret_file, "/nonexistent/secret");
	ck_assert(!authorizer_open(&a, &technique_sse, &conf, fault));
	ck_assert_ptr_nonnull(strstr(fault, "/nonexistent/secret"));
	authorizer_close(&a);
	conf_free(&conf);
}

TEST(a_login_that_nobody_has_checked_is_refused)
{
	static const char *const login[] = {"REMOTE_USER", "REMOTE_PASSWD",
					    "AUTH_TYPE"};

	apache_start(&technique_sse);
	for (size_t i = 0; i < sizeof(login) / sizeof(login[0]); i++) {
		apache_ask_with("channel=news", login[i], "ann");
		assert_refused("403 Forbidden");
	}
	apache_close();
}

TEST(another_role_of_apache_is_refused)
{
	apache_start(&technique_sse);
	apache_ask_with("channel=news", "FCGI_APACHE_ROLE", "");
	assert_refused("403 Forbidden");
	apache_ask_with("channel=news", "FCGI_APACHE_ROLE", "RESPONDER");
	assert_refused("403 Forbidden");
	apache_close();
}

/* --- what cannot be handed off ------------------------------------------- */

TEST(another_protocol_is_refused)
{
	static const char *const others[] = {"HTTP/1.0", "HTTP/2.0", "HTTP/0.9",
					     "INCLUDED", ""};

	apache_start(&technique_sse);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		apache_ask_with("channel=news", "SERVER_PROTOCOL", others[i]);
		assert_refused("505 HTTP Version Not Supported");
	}
	apache_ask_with("channel=news", "HTTP2", "on");
	assert_refused("505 HTTP Version Not Supported");
	apache_close();
}

TEST(https_is_refused)
{
	apache_start(&technique_sse);
	apache_ask_with("channel=news", "HTTPS", "on");
	assert_refused("501 Not Implemented");
	apache_ask_with("channel=news", "HTTPS", "off");
	apache_assert_granted();
	apache_close();
}

TEST(only_get_is_handed_off)
{
	static const char *const others[] = {"HEAD", "POST", "PUT", "get"};

	apache_start(&technique_sse);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ask_by(others[i]);
		assert_refused("405 Method Not Allowed");
		ck_assert(client_has(apache.answer, "Allow: GET, OPTIONS\r\n"));
	}
	apache_close();
}

TEST(a_preflight_is_answered)
{
	apache_init(&technique_sse);
	conf_set_text(&stage.conf.access_origins, "https://shop.example");
	apache_open();
	apache_begin(&request, "OPTIONS", "channel=news");
	apache_state(&request, "HTTP_ORIGIN", "https://shop.example");
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
	assert_refused("204 No Content");
	ck_assert(client_has(apache.answer, "Allow: GET, OPTIONS\r\n"));
	ck_assert(client_has(apache.answer, "Access-Control-Allow-Origin: "
					    "https://shop.example\r\n"));
	apache_close();
}

TEST(a_connection_must_be_named)
{
	static const char *const names[] = {"PUSHCGI_HANDOFF_PEER",
					    "PUSHCGI_HANDOFF_PORT",
					    "REMOTE_PORT", "SERVER_ADDR"};

	apache_start(&technique_sse);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		apache_ask_with("channel=news", names[i], "");
		assert_refused("503 Service Unavailable");
		apache_ask_with("channel=news", names[i], "what");
		assert_refused("503 Service Unavailable");
	}
	apache_close();
}

TEST(the_role_responder_is_not_served)
{
	struct client *c = calloc(1, sizeof(*c));

	apache_start(&technique_sse);
	client_begin(&request, "GET");
	client_finish(&request, "");
	stage_ask_at(conn_accept_authorizer, c, &request);
	TURN_UNTIL(c->ended);
	ck_assert_str_eq(c->text, "");
	ck_assert_uint_eq(remembered(), 0);
	apache_close();
}

/* --- refused as elsewhere ------------------------------------------------- */

TEST(a_bad_request_is_refused_as_elsewhere)
{
	apache_start(&technique_sse);
	apache_ask("");
	assert_refused("400 Bad Request");
	apache_ask("channel=a&channel=%00");
	assert_refused("400 Bad Request");
	apache_close();
}

TEST(who_has_no_right_is_refused_as_elsewhere)
{
	apache_init(&technique_sse);
	stage.conf.access_subscribe = WHO_TOKEN;
	conf_set_text(&stage.conf.access_secret, "ffffffffffffffff");
	apache_open();
	apache_ask("channel=news");
	assert_refused("401 Unauthorized");
	ck_assert(client_has(apache.answer, "WWW-Authenticate: "));
	apache_close();
}

TEST(who_is_kicked_is_refused_as_elsewhere)
{
	apache_start(&technique_sse);
	apache_ask("channel=news&client=ann");
	apache_assert_granted();
	fake_bus_kick("client=ann", 10000);
	apache_begin(&request, "GET", "channel=news&client=ann");
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
	ck_assert_msg(client_has(apache.answer, "Status: 403 "), "%s",
		      apache.answer->text);
	apache_close();
}

static void
lose_redis(void)
{
	fake_bus_down();
	TURN_UNTIL(
	    subscribers_redis_is_down(&stage.dispatch.subscribing.subscribers));
}

TEST(a_long_poll_is_refused_while_redis_is_down)
{
	apache_start(&technique_longpoll);
	apache_ask("channel=news");
	apache_assert_granted();
	lose_redis();
	apache_begin(&request, "GET", "channel=other");
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
	ck_assert_msg(client_has(apache.answer, "Status: 503 ") &&
			  client_has(apache.answer, "Retry-After: 2\r\n"),
		      "%s", apache.answer->text);
	ck_assert_uint_eq(remembered(), 1);
	apache_close();
}

TEST(a_stream_is_granted_while_redis_is_down)
{
	apache_start(&technique_sse);
	lose_redis();
	apache_ask("channel=news");
	apache_assert_granted();
	apache_close();
}

/* Apache sends the body as HTML unless it is told otherwise, and takes what
 * begins with a slash for a path. */
TEST(a_refusal_is_json_and_harmless_as_html)
{
	static const struct technique *const all[] = {
	    &technique_sse, &technique_iframe, &technique_jsonp,
	    &technique_longpoll, &technique_stream};
	const char *body;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		apache_start(all[i]);
		apache_ask("channel=news&callback=f&limit=<script>&wait=<b>"
			   "&since=<i>");
		body = strstr(apache.answer->text, "\r\n\r\n");
		ck_assert_ptr_nonnull(body);
		ck_assert_msg(strncmp(body + 4, "{\"type\":", 8) == 0, "%s",
			      body);
		ck_assert_ptr_null(strchr(body, '<'));
		apache_close();
	}
}

/* --- wrong settings ------------------------------------------------------- */

TEST(while_the_settings_are_wrong_a_stream_is_granted_to_be_told_so)
{
	apache_init(&technique_sse);
	conf_set_text(&stage.conf.handoff_secret, "");
	stage.conf.stand_in = true;
	apache_open();
	apache_ask("channel=news");
	apache_assert_granted();
	apache_close();
}

TEST(while_the_settings_are_wrong_a_long_poll_is_refused)
{
	apache_init(&technique_longpoll);
	conf_set_text(&stage.conf.handoff_secret, "");
	stage.conf.stand_in = true;
	apache_open();
	apache_ask("channel=news");
	assert_refused("503 Service Unavailable");
	apache_close();
}

TEST(a_program_without_hand_off_needs_no_secret)
{
	struct client *c;

	stage_init(&technique_sse);
	conf_set_text(&stage.conf.handoff_secret_file, "/nonexistent/secret");
	stage_open();
	c = stage_get("channel=news");
	TURN_UNTIL(client_has(c, "event: cursor"));
	ck_assert(client_has(c, "Status: 200 OK\r\n"));
	stage_close();
}
