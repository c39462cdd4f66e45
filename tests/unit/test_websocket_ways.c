/* SPDX-License-Identifier: MIT */
/* A WebSocket over HTTP/1.1 and over FastCGI. Plain CGI: test_conn_cgi.c. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "shared/app/subscribers.h"
#include "tests/unit/client.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

#define OFFER "permessage-deflate; client_max_window_bits"

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_websocket);
	stage_open();
}

/* As lighttpd 1.4.74 asks: what the client sends comes as STDIN, whose end is
 * the client's. */
static struct client *
get_by_fastcgi(const char *query, const char *extensions)
{
	struct client *c = calloc(1, sizeof(*c));
	struct buf request;

	ck_assert_ptr_nonnull(c);
	client_begin(&request, "GET");
	client_variable(&request, "GATEWAY_INTERFACE", "CGI/1.1");
	client_variable(&request, "QUERY_STRING", query);
	client_variable(&request, "HTTP_UPGRADE", "websocket");
	client_variable(&request, "HTTP_SEC_WEBSOCKET_VERSION", "13");
	client_variable(&request, "HTTP_SEC_WEBSOCKET_KEY",
			"dGhlIHNhbXBsZSBub25jZQ==");
	client_variable(&request, "HTTP_SEC_WEBSOCKET_EXTENSIONS", extensions);
	client_end_head(&request);
	stage_ask(c, &request);
	return c;
}

static void
send_input(struct client *c, const char *bytes, size_t len)
{
	struct buf record;

	buf_init(&record, 1000);
	client_input(&record, bytes, len);
	ck_assert_int_eq(write(c->fd, record.bytes, record.len),
			 (ssize_t)record.len);
	buf_free(&record);
}

static void
assert_begins(const struct client *c, const char *head)
{
	suite_assert_same(c->text,
			  strlen(head) < c->len ? strlen(head) : c->len, head,
			  strlen(head));
}

TEST(over_http_the_response_is_101_and_then_frames)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=news");
	assert_begins(c, "HTTP/1.1 101 Switching Protocols\r\n"
			 "Upgrade: websocket\r\n"
			 "Connection: Upgrade\r\n"
			 "Sec-WebSocket-Accept: "
			 "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
			 "{\"cursor\":\"0-0\"}\n");
	stage_close();
}

TEST(over_fastcgi_the_response_is_101_and_then_frames_in_records)
{
	struct client *c;

	open_all();
	c = get_by_fastcgi("channel=news", "");
	TURN_UNTIL(client_has(c, "cursor"));
	assert_begins(c, "Status: 101 Switching Protocols\r\n"
			 "Upgrade: websocket\r\n"
			 "Connection: Upgrade\r\n"
			 "Sec-WebSocket-Accept: "
			 "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
			 "\x81\x10{\"cursor\":\"0-0\"}");
	stage_close();
}

TEST(over_fastcgi_frames_come_in_records)
{
	struct client *c;

	open_all();
	c = get_by_fastcgi("channel=news", "");
	TURN_UNTIL(client_has(c, "cursor"));
	send_input(c, "\x89\x83\0\0", 4);
	send_input(c, "\0\0abc", 5);
	TURN_UNTIL(client_has(c, "\x8a\x03"
				 "abc"));
	ck_assert(!c->closed);
	stage_close();
}

TEST(over_fastcgi_a_close_is_the_end_of_the_connection)
{
	struct client *c;

	open_all();
	c = get_by_fastcgi("channel=news", "");
	TURN_UNTIL(client_has(c, "cursor"));
	send_input(c, "\x88\x82\0\0\0\0\x03\xe8", 8);
	TURN_UNTIL(client_has(c, "\x88\x02\x03\xe8") && c->closed);
	ck_assert(!c->ended);
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 0);
	stage_close();
}

TEST(over_fastcgi_the_end_of_stdin_closes_it)
{
	struct client *c;

	open_all();
	c = get_by_fastcgi("channel=news", "");
	TURN_UNTIL(client_has(c, "cursor"));
	send_input(c, "", 0);
	TURN_UNTIL(c->closed &&
		   stage.dispatch.subscribing.subscribers.held == 0);
	stage_close();
}

TEST(subscribers_over_http_and_fastcgi_get_the_same_bytes)
{
	struct client *a, *b;

	open_all();
	a = ws_client_live("channel=news");
	b = get_by_fastcgi("channel=news", "");
	TURN_UNTIL(client_has(b, "cursor"));
	redis_publish("news", "hi");
	TURN_UNTIL(client_has(a, "\"data\":\"hi\"}") &&
		   client_has(b, "\"data\":\"hi\"}"));
	stage_close();
}

TEST(a_client_that_offers_deflate_gets_long_messages_compressed)
{
	static char much[2000];
	struct client *c;
	size_t before;

	open_all();
	memset(much, 'x', sizeof(much) - 1);
	c = get_by_fastcgi("channel=news", OFFER);
	TURN_UNTIL(client_has(c, "cursor"));
	ck_assert(client_has(c, "Sec-WebSocket-Extensions: "
				"permessage-deflate; "));
	before = c->len;
	redis_publish("news", much);
	TURN_UNTIL(c->len > before);
	ck_assert_int_eq((unsigned char)c->text[before], 0xC1);
	ck_assert_uint_lt(c->len - before, 200);
	stage_close();
}

TEST(history_is_not_compressed)
{
	static char much[2000];
	struct client *c;

	open_all();
	memset(much, 'x', sizeof(much) - 1);
	redis_publish("news", much);
	c = get_by_fastcgi("channel=news&since=0", OFFER);
	TURN_UNTIL(client_has(c, much));
	stage_close();
}

TEST(at_exit_it_closes_with_1001)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=news");
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	TURN_UNTIL(c->closed);
	ck_assert(client_has(c, "{\"retry\":"));
	ck_assert(client_has(c, "CLOSE 1001 Reconnect.\n"));
	stage_close();
}

TEST(above_hold_max_it_closes_with_1013)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_websocket);
	stage.hold_max = 0;
	stage_open();
	redis_publish("news", "old");
	c = ws_client_new("channel=news&since=0", "");
	TURN_UNTIL(c->closed);
	ck_assert_str_eq(ws_client_data(c), "old");
	ck_assert(client_has(c, "CLOSE 1013 "));
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(at_max_age_it_closes_with_1001)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.hold_max_age = 2;
	stage_open();
	c = ws_client_live("channel=news");
	TURN_UNTIL(c->closed);
	ck_assert(client_has(c, "CLOSE 1001 "));
	stage_close();
}
