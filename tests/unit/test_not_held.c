/* SPDX-License-Identifier: MIT */
/* shared/app/: a subscriber that there is no room for, or that comes while the
 * process ends. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/app/subscribers.h"
#include "shared/wire/ws_frame.h"
#include "tests/unit/client.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/signed_query.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

/* Of a stream that must not seem complete. */
#define LENGTH "Content-Length: 9007199254740991\r\n"

enum { RETRY_MIN = 10000, RETRY_MAX = 15000 };

static void
open_full(const struct technique *technique)
{
	stage_init(technique);
	stage.hold_max = 0;
	stage_open();
	fake_bus_publish("news", "one");
}

/* A moment after `last`, the begin of what it gets last, its stream ends
 * without END_REQUEST. None is held. */
static struct client *
cut(struct client *c, const char *last)
{
	TURN_UNTIL(client_has(c, last));
	ck_assert(!c->closed);
	stage_advance(1);
	TURN_UNTIL(c->closed);
	ck_assert_msg(!c->ended, "a proper end of %s", c->text);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	return c;
}

static struct client *
answered(struct client *c)
{
	TURN_UNTIL(c->ended && c->closed);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	return c;
}

static void
assert_has(const struct client *c, const char *text)
{
	ck_assert_msg(client_has(c, text), "no %s in %s", text, c->text);
}

/* The number after the last `before`: when it comes back, in ms. */
static unsigned long
number_after(const struct client *c, const char *before)
{
	const char *at = c->text, *last = NULL;

	while ((at = strstr(at, before)) != NULL)
		last = at += strlen(before);
	ck_assert_msg(last != NULL, "no %s in %s", before, c->text);
	return strtoul(last, NULL, 10);
}

static void
assert_comes_back(const struct client *c, const char *before)
{
	unsigned long ms = number_after(c, before);

	ck_assert_uint_ge(ms, RETRY_MIN);
	ck_assert_uint_le(ms, RETRY_MAX);
}

/* --- streams -------------------------------------------------------------- */

TEST(sse_gets_what_there_is_a_time_to_come_back_and_a_cut)
{
	struct client *c;

	open_full(&technique_sse);
	c = cut(stage_get("channel=news&since=0"), "\nretry: 1");
	assert_has(c, "Status: 200 ");
	assert_has(c, LENGTH);
	ck_assert_str_eq(client_lines(c, "\ndata: "), "one");
	assert_comes_back(c, "\nretry: ");
	stage_close();
}

TEST(sse_without_a_cursor_gets_one)
{
	struct client *c;

	open_full(&technique_sse);
	c = cut(stage_get("channel=news"), "\nretry: 1");
	ck_assert_str_eq(client_cursor(c), "1-0");
	assert_comes_back(c, "\nretry: ");
	stage_close();
}

TEST(a_stream_gets_what_there_is_a_time_to_come_back_and_a_cut)
{
	struct client *c;

	open_full(&technique_stream);
	c = cut(stage_get("channel=news&since=0"), "{\"retry\":");
	assert_has(c, "\"data\":\"one\"}\n{\"retry\":");
	assert_comes_back(c, "{\"retry\":");
	stage_close();
}

TEST(an_iframe_gets_what_there_is_a_time_to_come_back_and_a_cut)
{
	struct client *c;

	open_full(&technique_iframe);
	c = cut(stage_get("channel=news&since=0&callback=f"), "{\"retry\":");
	assert_has(c, "\"data\":\"one\"})</script>\n<script>push({\"retry\":");
	assert_comes_back(c, "push({\"retry\":");
	stage_close();
}

static void
assert_websocket_comes_back(void)
{
	struct client *c =
	    cut(ws_client_new("channel=news&since=0", ""), "CLOSE 1013 ");

	ck_assert_str_eq(ws_client_data(c), "one");
	assert_comes_back(c, "{\"retry\":");
	assert_has(c, "CLOSE 1013 ");
}

TEST(a_websocket_gets_what_there_is_a_time_to_come_back_and_1013)
{
	open_full(&technique_websocket);
	assert_websocket_comes_back();
	stage_close();
}

TEST(a_stream_is_200_and_cut_while_redis_is_away)
{
	struct client *c;

	stage_init(&technique_sse);
	stage.hold_max = 0;
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	fake_bus_down();
	c = cut(stage_get("channel=news&since=0"), "\nretry: 1");
	assert_has(c, "Status: 200 ");
	assert_comes_back(c, "\nretry: ");
	stage_close();
}

TEST(clients_come_back_at_different_times)
{
	enum { CLIENTS = 20 };
	unsigned long first = 0;
	int same = 0;

	open_full(&technique_sse);
	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = cut(stage_get("channel=news"), "\nretry: 1");
		unsigned long ms = number_after(c, "\nretry: ");

		first = i == 0 ? ms : first;
		same += ms == first;
	}
	ck_assert_int_lt(same, CLIENTS);
	stage_close();
}

TEST(hold_retry_sets_the_time)
{
	unsigned long ms;

	stage_init(&technique_sse);
	stage.hold_max = 0;
	stage.conf.hold_retry = 60;
	stage_open();
	ms = number_after(cut(stage_get("channel=news"), "id: "), "\nretry: ");
	ck_assert_uint_ge(ms, 60000);
	ck_assert_uint_le(ms, 90000);
	stage_close();
}

TEST(a_websocket_that_is_told_to_come_back_changes_no_channels)
{
	struct client *c;

	open_full(&technique_websocket);
	c = ws_client_new("channel=news&since=0", "");
	TURN_UNTIL(client_has(c, "CLOSE 1013 "));
	ws_client_text(c, "{\"subscribe\":[\"sport\"]}");
	turn_for(0.1);
	ck_assert(!client_has(c, "\"ok\""));
	ck_assert_uint_eq(client_count(c, "CLOSE "), 1);
	cut(c, "CLOSE 1013 ");
	stage_close();
}

/* Another one is held, so the process follows the channels. The message "two"
 * is not announced to it. */
TEST(a_websocket_that_drops_a_channel_gets_what_was_stored_before)
{
	const char *names = "channel=news&channel=sport";
	struct client *held, *c;
	char query[128];

	stage_init(&technique_websocket);
	stage.hold_max = 1;
	stage_open();
	held = ws_client_new(names, "");
	TURN_UNTIL(client_has(held, "cursor"));
	fake_bus_publish("news", "one");
	fake_bus_publish("sport", "other");
	TURN_UNTIL(client_has(held, "other"));
	fake_bus_hold_answers(true);
	snprintf(query, sizeof(query), "%s&since=%s", names,
		 client_cursor(held));
	c = ws_client_new(query, "");
	TURN_UNTIL(client_has(c, "101 "));
	fake_bus_store("news", "two");
	ws_client_text(c, "{\"unsubscribe\":[\"sport\"]}");
	turn_for(0.05);
	fake_bus_hold_answers(false);
	TURN_UNTIL(client_has(c, "CLOSE 1013 "));
	assert_has(c, "two");
	stage_close();
}

/* --- nothing follows the close frame -------------------------------------- */

/* Its close frame was the last. */
static void
assert_silent(struct client *c)
{
	const char *at;

	cut(c, "CLOSE 1013 ");
	at = strstr(c->text, "CLOSE 1013 ");
	ck_assert_ptr_eq(strchr(at, '\n'), c->text + c->len - 1);
}

TEST(a_websocket_that_is_told_to_come_back_gets_no_pong)
{
	struct client *c;

	open_full(&technique_websocket);
	c = ws_client_new("channel=news&since=0", "");
	TURN_UNTIL(client_has(c, "CLOSE 1013 "));
	ws_client_frame(c, WS_FIN | WS_PING, "abc", 3);
	turn_for(0.05);
	assert_silent(c);
	stage_close();
}

TEST(a_websocket_that_is_told_to_come_back_gets_no_reply)
{
	struct client *c;

	stage_init(&technique_websocket);
	stage.conf.access_publish = WHO_ANY;
	stage.hold_max = 0;
	stage_open();
	fake_bus_hold_answers(true);
	c = ws_client_new("channel=news&since=0", "");
	TURN_UNTIL(client_has(c, "101 "));
	ws_client_text(c,
		       "{\"publish\":{\"channel\":\"news\",\"data\":\"two\"}}");
	TURN_UNTIL(fake_bus_tip("news").ms > 0);
	stage_advance(stage.conf.bus_timeout + 1);
	TURN_UNTIL(client_has(c, "CLOSE 1013 "));
	fake_bus_hold_answers(false);
	turn_for(0.05);
	assert_silent(c);
	stage_close();
}

TEST(a_websocket_that_is_told_to_come_back_is_not_told_that_a_right_ended)
{
	struct client *c;
	char query[600];

	stage_init(&technique_websocket);
	signed_query_conf();
	stage.hold_max = 0;
	stage_open();
	fake_bus_hold_answers(true);
	snprintf(query, sizeof(query), "%s", signed_query("news", 100));
	c = ws_client_new(query, "");
	TURN_UNTIL(client_has(c, "101 "));
	snprintf(query, sizeof(query), "{\"subscribe\":[\"sport\"]%s}",
		 signed_members(ACCESS_SUBSCRIBE, "sport", 1));
	ws_client_text(c, query);
	turn_for(0.05);
	fake_bus_hold_answers(false);
	TURN_UNTIL(client_has(c, "CLOSE 1013 "));
	stage_advance(2);
	assert_silent(c);
	stage_close();
}

/* --- when descriptors are short ------------------------------------------- */

static void
open_short(const struct technique *technique)
{
	stage_init(technique);
	stage_open();
	fake_bus_publish("news", "one");
	stage.conns.room.crowded = stage.conns.room.full = 1;
	client_pause(stage_get("channel=news"));
	TURN_UNTIL(stage.conns.count == 1);
}

TEST(when_full_a_stream_gets_a_time_to_come_back_at_once)
{
	struct client *c;

	open_short(&technique_sse);
	fake_bus_hold_history(true);
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(c->closed);
	ck_assert(!c->ended);
	assert_has(c, "Status: 200 ");
	assert_comes_back(c, "\nretry: ");
	ck_assert(!client_has(c, "data: "));
	fake_bus_hold_history(false);
	stage_close();
}

TEST(when_full_a_websocket_gets_a_time_to_come_back_at_once)
{
	struct client *c;

	stage_init(&technique_websocket);
	stage_open();
	stage.conns.room.crowded = stage.conns.room.full = 1;
	ws_client_new("channel=news", "");
	TURN_UNTIL(stage.conns.count == 1);
	c = ws_client_new("channel=news&since=0", "");
	TURN_UNTIL(c->closed);
	assert_comes_back(c, "{\"retry\":");
	assert_has(c, "CLOSE 1013 ");
	stage_close();
}

TEST(when_full_a_long_poll_is_answered_as_a_poll)
{
	struct client *c;

	open_short(&technique_longpoll);
	c = stage_get("channel=news&since=1-0");
	TURN_UNTIL(c->ended);
	assert_has(c, "{\"messages\":[],\"cursor\":\"1-0\",\"retry\":");
	stage_close();
}

/* --- long-polls ----------------------------------------------------------- */

static void
assert_retry_after(const struct client *c)
{
	assert_has(c, "Status: 200 ");
	ck_assert_uint_ge(number_after(c, "Retry-After: "), RETRY_MIN / 1000);
	ck_assert_uint_le(number_after(c, "Retry-After: "), RETRY_MAX / 1000);
	assert_comes_back(c, ",\"retry\":");
}

TEST(a_long_poll_gets_an_empty_batch_and_a_time_to_come_back)
{
	struct client *c;

	open_full(&technique_longpoll);
	c = answered(stage_get("channel=news&since=1-0"));
	assert_has(c, "{\"messages\":[],\"cursor\":\"1-0\",\"retry\":");
	assert_retry_after(c);
	stage_close();
}

TEST(a_long_poll_gets_what_there_is_and_a_time_to_come_back)
{
	struct client *c;

	open_full(&technique_longpoll);
	c = answered(stage_get("channel=news&since=0"));
	assert_has(c, "\"data\":\"one\"");
	assert_retry_after(c);
	stage_close();
}

TEST(a_long_poll_without_a_cursor_gets_one_and_a_time_to_come_back)
{
	struct client *c;

	open_full(&technique_longpoll);
	c = answered(stage_get("channel=news"));
	ck_assert_str_eq(client_cursor(c), "1-0");
	assert_retry_after(c);
	stage_close();
}

TEST(a_script_gets_the_time_to_come_back_in_its_batch)
{
	struct client *c;

	open_full(&technique_jsonp);
	c = answered(stage_get("channel=news&since=1-0&callback=f"));
	assert_has(c, "f({\"messages\":[],\"cursor\":\"1-0\",\"retry\":");
	assert_retry_after(c);
	stage_close();
}

TEST(a_full_batch_is_followed_by_the_next_at_once)
{
	struct client *c;

	open_full(&technique_longpoll);
	fake_bus_publish("news", "two");
	c = answered(stage_get("channel=news&since=0&limit=1"));
	ck_assert(!client_has(c, "Retry-After"));
	ck_assert(!client_has(c, "\"retry\""));
	stage_close();
}

TEST(a_long_poll_that_does_not_wait_is_told_no_time)
{
	struct client *c;

	open_full(&technique_longpoll);
	c = answered(stage_get("channel=news&since=1-0&wait=0"));
	ck_assert(!client_has(c, "Retry-After"));
	ck_assert(!client_has(c, "\"retry\""));
	stage_close();
}

TEST(a_long_poll_that_does_not_wait_does_not_count_as_held)
{
	struct client *c;

	stage_init(&technique_longpoll);
	stage_open();
	fake_bus_publish("news", "one");
	fake_bus_hold_history(true);
	c = stage_get("channel=news&since=0&wait=0");
	TURN_UNTIL(fake_bus_pages_held() == 1);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	fake_bus_hold_history(false);
	assert_has(answered(c), "\"data\":\"one\"");
	stage_close();
}

TEST(a_long_poll_that_needs_redis_is_503_while_it_is_away)
{
	struct client *c;

	stage_init(&technique_longpoll);
	stage.hold_max = 0;
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	fake_bus_down();
	c = answered(stage_get("channel=news&since=0"));
	assert_has(c, "Status: 503 ");
	assert_has(c, "Retry-After: ");
	stage_close();
}

/* --- while the process ends ----------------------------------------------- */

static void
open_ending(const struct technique *technique)
{
	stage_init(technique);
	stage_open();
	fake_bus_publish("news", "one");
	dispatch_stop(&stage.dispatch);
}

TEST(sse_that_comes_while_the_process_ends_is_answered_the_same)
{
	struct client *c;

	open_ending(&technique_sse);
	c = cut(stage_get("channel=news&since=0"), "\nretry: 1");
	ck_assert_str_eq(client_lines(c, "\ndata: "), "one");
	assert_comes_back(c, "\nretry: ");
	stage_close();
}

TEST(a_websocket_that_comes_while_the_process_ends_is_answered_the_same)
{
	open_ending(&technique_websocket);
	assert_websocket_comes_back();
	stage_close();
}

TEST(a_long_poll_that_comes_while_the_process_ends_is_answered_the_same)
{
	open_ending(&technique_longpoll);
	assert_retry_after(answered(stage_get("channel=news&since=1-0")));
	stage_close();
}

TEST(a_poll_that_is_read_when_the_process_ends_gets_its_batch)
{
	struct client *c;

	stage_init(&technique_poll);
	stage_open();
	fake_bus_publish("news", "one");
	fake_bus_hold_history(true);
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(fake_bus_pages_held() == 1);
	dispatch_stop(&stage.dispatch);
	fake_bus_hold_history(false);
	answered(c);
	assert_has(c, "Status: 200 ");
	assert_has(c, "\"data\":\"one\"");
	stage_close();
}

TEST(a_poll_is_503_when_the_process_ends_and_redis_does_not_answer)
{
	struct client *c;

	stage_init(&technique_poll);
	stage.conf.hold_drain = 1;
	stage_open();
	fake_bus_publish("news", "one");
	fake_bus_hold_history(true);
	c = stage_get("channel=news&since=0");
	TURN_UNTIL(fake_bus_pages_held() == 1);
	dispatch_stop(&stage.dispatch);
	stage_advance(1);
	answered(c);
	assert_has(c, "Status: 503 ");
	stage_close();
}

/* --- the length of a stream ----------------------------------------------- */

/* A stream whose web server is `software`, which gives `file`, and maybe one
 * more variable. */
static struct client *
get_from(const char *software, const char *file, const char *name,
	 const char *value)
{
	struct client *c = calloc(1, sizeof(*c));
	struct buf request;

	ck_assert_ptr_nonnull(c);
	client_begin(&request, "GET");
	client_variable(&request, "QUERY_STRING", "channel=news");
	client_variable(&request, "SERVER_SOFTWARE", software);
	client_variable(&request, "SCRIPT_FILENAME", file);
	if (name != NULL)
		client_variable(&request, name, value);
	client_finish(&request, "");
	stage_ask(c, &request);
	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

static bool
has_length_with(enum content_length set, const char *software, const char *file,
		const char *name, const char *value)
{
	bool has;

	stage_init(&technique_sse);
	stage.conf.hold_content_length = set;
	stage_open();
	has = client_has(get_from(software, file, name, value), LENGTH);
	stage_close();
	return has;
}

static bool
has_length(enum content_length set, const char *software, const char *file)
{
	return has_length_with(set, software, file, NULL, NULL);
}

TEST(behind_mod_fcgid_a_stream_has_a_length)
{
	ck_assert(has_length(CONTENT_LENGTH_AUTO, "Apache/2.4.71 (Debian)",
			     "/usr/libexec/pushcgi/sse.fcgi"));
}

TEST(behind_servers_that_pass_a_cut_on_a_stream_has_no_length)
{
	ck_assert(!has_length(CONTENT_LENGTH_AUTO, "Apache/2.4.71 (Debian)",
			      "proxy:fcgi://push/push/sse"));
	ck_assert(!has_length(CONTENT_LENGTH_AUTO, "lighttpd/1.4.69",
			      "/var/www/html/push/sse"));
}

/* Apache passes the length on only if this is set. */
TEST(behind_mod_proxy_fcgi_a_stream_has_a_length_that_is_trusted)
{
	ck_assert(has_length_with(CONTENT_LENGTH_AUTO, "Apache",
				  "proxy:fcgi://push/sse",
				  "ap_trust_cgilike_cl", "1"));
}

/* WebKit waits for the rest of such a stream. */
TEST(over_http2_a_stream_has_no_length)
{
	ck_assert(!has_length_with(CONTENT_LENGTH_AUTO, "Apache/2.4.71",
				   "/usr/libexec/pushcgi/sse.fcgi",
				   "SERVER_PROTOCOL", "HTTP/2.0"));
	ck_assert(has_length_with(CONTENT_LENGTH_YES, "Apache/2.4.71",
				  "/usr/libexec/pushcgi/sse.fcgi",
				  "SERVER_PROTOCOL", "HTTP/2.0"));
}

/* One that is not held, behind `software`: how it ends. */
static void
end_over_http2(const char *software)
{
	struct client *c;

	open_full(&technique_sse);
	c = get_from(software, "proxy:fcgi://push/sse", "SERVER_PROTOCOL",
		     "HTTP/2.0");
	TURN_UNTIL(client_has(c, "\nretry: 1"));
	stage_advance(1);
	ck_assert(!client_has(c, LENGTH));
	answered(c);
	stage_close();
}

/* mod_proxy_fcgi does not pass every cut on. */
TEST(over_http2_a_stream_ends_properly)
{
	end_over_http2("Apache/2.4.71");
	end_over_http2("lighttpd/1.4.69");
}

TEST(hold_content_length_decides)
{
	ck_assert(!has_length(CONTENT_LENGTH_NO, "Apache",
			      "/usr/libexec/pushcgi/sse.fcgi"));
	ck_assert(has_length(CONTENT_LENGTH_YES, "lighttpd/1.4.69", ""));
}

TEST(a_websocket_has_no_length)
{
	struct client *c;

	stage_init(&technique_websocket);
	stage.conf.hold_content_length = CONTENT_LENGTH_YES;
	stage_open();
	c = ws_client_live("channel=news");
	ck_assert(!client_has(c, "Content-Length"));
	stage_close();
}

/* mod_fcgid ends a process that ends no request. */
TEST(behind_mod_fcgid_a_stream_is_cut_by_its_length_alone)
{
	struct client *c;

	open_full(&technique_sse);
	c = get_from("Apache", "/usr/libexec/pushcgi/sse.fcgi", NULL, NULL);
	TURN_UNTIL(client_has(c, "\nretry: 1"));
	stage_advance(1);
	answered(c);
	assert_has(c, LENGTH);
	assert_comes_back(c, "\nretry: ");
	stage_close();
}
