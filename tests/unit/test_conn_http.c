/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 connections (shared/net/conn_http.c, conn_accept.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/conn_fastcgi.h"
#include "shared/net/conn_http.h"
#include "tests/unit/peer_stage.h"
#include "tests/unit/record_text.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

#define HEAD "GET /push/websocket?q HTTP/1.1\r\nHost: example.org\r\n\r\n"

static void
start(void)
{
	peer_stage_init();
	host.conns.http = true;
	fd = host_connect(&host);
}

static void
say(const char *text)
{
	buf_puts(&in, text);
	peer_send(&host, fd, &in);
}

static void
start_reading_data(void)
{
	start();
	host.reads_data = true;
	say(HEAD);
	host_assert_events(&host, "request:q");
}

/* The bytes of the response, and whether the connection was closed. */
static void
assert_got(const char *want, bool closed)
{
	struct buf got;

	buf_init(&got, 1 << 20);
	ck_assert_int_eq(peer_read(&host, fd, &got), closed);
	suite_assert_bytes(&got, want);
	buf_free(&got);
}

static void
pass(unsigned int ms)
{
	skip_ms(ms);
	host_run(&host);
}

/* --- the head ------------------------------------------------------------- */

TEST(the_first_byte_selects_fastcgi_or_http)
{
	int other;

	start();
	other = host_connect(&host);
	add_head(&in, 1, 0, "fastcgi");
	peer_send(&host, other, &in);
	host_assert_events(&host, "request:fastcgi");
	ck_assert_ptr_eq(host.conn->kind, &conn_fastcgi);
	say(HEAD);
	host_assert_events(&host, "request:q");
	ck_assert_ptr_eq(host.conn->kind, &conn_http);
	close(other);
	peer_stage_close();
}

TEST(fastcgi_may_come_byte_by_byte)
{
	start();
	add_head(&in, 1, 0, "q");
	for (size_t i = 0; i < in.len; i++) {
		ck_assert_int_eq(write(fd, in.bytes + i, 1), 1);
		host_run(&host);
	}
	host_assert_events(&host, "request:q");
	peer_stage_close();
}

TEST(http_is_refused_where_it_is_not_enabled)
{
	start();
	host.conns.http = false;
	close(fd);
	fd = host_connect(&host);
	say(HEAD);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(a_head_may_come_in_two_parts)
{
	for (size_t i = 1; i < strlen(HEAD); i++) {
		start();
		buf_put(&in, HEAD, i);
		peer_send(&host, fd, &in);
		host_assert_events(&host, "");
		say(&HEAD[i]);
		host_assert_events(&host, "request:q");
		peer_stage_close();
	}
}

TEST(a_head_may_come_byte_by_byte)
{
	start();
	for (size_t i = 0; i < strlen(HEAD); i++) {
		buf_putc(&in, HEAD[i]);
		peer_send(&host, fd, &in);
	}
	host_assert_events(&host, "request:q");
	peer_stage_close();
}

TEST(a_response_is_raw_bytes_then_close)
{
	start();
	host.response = "HTTP/1.1 400 Bad Request\r\n\r\n";
	say(HEAD);
	assert_got("HTTP/1.1 400 Bad Request\r\n\r\n", true);
	ck_assert_int_eq(host.conn->state, CONN_LINGERING);
	pass(3000);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

/* A head of that many bytes. */
static void
say_head_of(size_t len)
{
	const char start_of_it[] = "GET /?q HTTP/1.1\r\nHost: a\r\nX: ";

	buf_puts(&in, start_of_it);
	while (in.len < len - 4)
		buf_putc(&in, 'x');
	buf_puts(&in, "\r\n\r\n");
	peer_send(&host, fd, &in);
}

TEST(a_head_of_exactly_the_limit_is_accepted)
{
	start();
	say_head_of(HOST_MAX_HEAD);
	host_assert_events(&host, "request:q");
	peer_stage_close();
}

TEST(a_head_over_the_limit_is_431)
{
	start();
	host.response = "431";
	say_head_of(HOST_MAX_HEAD + 1);
	host_assert_events(&host, "bad_head:431");
	assert_got("431", true);
	peer_stage_close();
}

TEST(an_endless_head_is_431_at_the_limit)
{
	char much[HOST_MAX_HEAD + 1];

	memset(much, 'x', sizeof(much));
	start();
	host.response = "431";
	buf_puts(&in, "GET /");
	buf_put(&in, much, sizeof(much));
	peer_send(&host, fd, &in);
	host_assert_events(&host, "bad_head:431");
	buf_put(&in, much, sizeof(much));
	peer_send(&host, fd, &in);
	host_assert_events(&host, "");
	assert_got("431", true);
	peer_stage_close();
}

TEST(a_malformed_head_is_400)
{
	start();
	host.response = "400";
	say("hello\r\n\r\n");
	host_assert_events(&host, "bad_head:400");
	assert_got("400", true);
	peer_stage_close();
}

TEST(data_before_the_response_is_400)
{
	start();
	host.response = "400";
	say(HEAD "\x81");
	host_assert_events(&host, "bad_head:400");
	assert_got("400", true);
	peer_stage_close();
}

TEST(a_second_request_is_dropped)
{
	start();
	say(HEAD);
	say(HEAD);
	host_assert_events(&host, "request:q");
	host.response = NULL;
	host_send(&host, "still");
	assert_got("still", false);
	peer_stage_close();
}

TEST(more_of_a_head_does_not_extend_its_time_limit)
{
	start();
	host.response = "408";
	say("GET / HT");
	pass(HOST_TIMEOUT_MS - 1000);
	ck_assert_uint_eq(host.conns.count, 1);
	say("TP/1.1\r\n"); /* which does not extend it */
	pass(2000);
	host_assert_events(&host, "bad_head:408");
	say("Host: a\r\n");
	pass(3000);
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_events(&host, "");
	peer_stage_close();
}

TEST(the_first_byte_has_a_time_limit)
{
	start();
	pass(HOST_TIMEOUT_MS + 1000);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(closing_before_the_first_byte_closes_the_conn)
{
	start();
	shutdown(fd, SHUT_WR);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(closing_within_the_head_closes_the_conn)
{
	start();
	say("GET /");
	shutdown(fd, SHUT_WR);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_events(&host, "");
	peer_stage_close();
}

/* --- data ----------------------------------------------------------------- */

TEST(data_is_called_for_each_read)
{
	start_reading_data();
	say("one");
	host_assert_events(&host, "data:one");
	say("two");
	host_assert_events(&host, "data:two");
	peer_stage_close();
}

TEST(output_is_raw)
{
	start_reading_data();
	host_send(&host, "\x81\x02hi");
	assert_got("\x81\x02hi", false);
	peer_stage_close();
}

TEST(reading_data_has_no_time_limit_and_no_input)
{
	start_reading_data();
	ck_assert_ptr_null(host.conn->input);
	say("x");
	ck_assert_ptr_null(host.conn->input);
	pass(100 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	peer_stage_close();
}

TEST(the_end_of_the_data_closes_the_conn)
{
	start_reading_data();
	shutdown(fd, SHUT_WR);
	host_run(&host);
	host_assert_events(&host, "closed");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(after_conn_cut_data_is_dropped_while_it_lingers)
{
	start_reading_data();
	host_send(&host, "bye");
	conn_cut(host.conn);
	say("more");
	host_assert_events(&host, "");
	assert_got("bye", true);
	ck_assert_int_eq(host.conn->state, CONN_LINGERING);
	shutdown(fd, SHUT_WR);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(conn_cut_in_data_ends_the_data)
{
	start_reading_data();
	host.cut_after = 1;
	say("one");
	say("two");
	host_assert_events(&host, "data:one");
	assert_got("", true);
	peer_stage_close();
}

TEST(the_queue_is_sent_after_conn_cut_despite_more_data)
{
	static char much[300000];

	memset(much, 'x', sizeof(much) - 1);
	start_reading_data();
	host_send(&host, much);
	conn_cut(host.conn);
	say("more");
	assert_got(much, true);
	peer_stage_close();
}
