/* SPDX-License-Identifier: MIT */
/* A connection that speaks HTTP/1.1 (shared/net/conn_http.c): one fact per
 * test; the name is the fact. */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/peer.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"
#include "tests/unit/telling.h"

#define HEAD "GET /push/websocket?q HTTP/1.1\r\nHost: example.org\r\n\r\n"

static struct host host;
static struct buf in;
static int fd;

static void
start(void)
{
	host_init(&host);
	host.conns.http = true;
	buf_init(&in, 1 << 20);
	fd = host_connect(&host);
}

static void
stop(void)
{
	close(fd);
	host_free(&host);
	buf_free(&in);
}

static void
say(const char *text)
{
	buf_puts(&in, text);
	peer_send(&host, fd, &in);
}

static void
start_hearing(void)
{
	start();
	host.hears = true;
	say(HEAD);
	host_assert_told(&host, "request:q");
}

/* What came, and whether the connection was closed. */
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

TEST(the_first_byte_tells_fastcgi_from_http)
{
	int other;

	start();
	other = host_connect(&host);
	add_head(&in, 1, 0, "fastcgi");
	peer_send(&host, other, &in);
	host_assert_told(&host, "request:fastcgi");
	ck_assert_int_eq(host.conn->kind, CONN_FASTCGI);
	say(HEAD);
	host_assert_told(&host, "request:q");
	ck_assert_int_eq(host.conn->kind, CONN_HTTP);
	close(other);
	stop();
}

TEST(fastcgi_may_come_byte_by_byte)
{
	start();
	add_head(&in, 1, 0, "q");
	for (size_t i = 0; i < in.len; i++) {
		ck_assert_int_eq(write(fd, in.bytes + i, 1), 1);
		host_run(&host);
	}
	host_assert_told(&host, "request:q");
	stop();
}

TEST(where_http_is_not_spoken_it_is_no_fastcgi)
{
	start();
	host.conns.http = false;
	close(fd);
	fd = host_connect(&host);
	say(HEAD);
	host_assert_told(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_head_may_be_cut_anywhere)
{
	for (size_t i = 1; i < strlen(HEAD); i++) {
		start();
		buf_put(&in, HEAD, i);
		peer_send(&host, fd, &in);
		host_assert_told(&host, "");
		say(HEAD + i);
		host_assert_told(&host, "request:q");
		stop();
	}
}

TEST(a_head_may_come_byte_by_byte)
{
	start();
	for (size_t i = 0; i < strlen(HEAD); i++) {
		buf_putc(&in, HEAD[i]);
		peer_send(&host, fd, &in);
	}
	host_assert_told(&host, "request:q");
	stop();
}

TEST(an_response_is_bytes_then_the_end)
{
	start();
	host.response = "HTTP/1.1 400 Bad Request\r\n\r\n";
	say(HEAD);
	assert_got("HTTP/1.1 400 Bad Request\r\n\r\n", true);
	ck_assert_int_eq(host.conn->state, CONN_LINGERING);
	pass(3000);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
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

TEST(a_head_of_just_the_limit_is_read)
{
	start();
	say_head_of(HOST_MAX_HEAD);
	host_assert_told(&host, "request:q");
	stop();
}

TEST(a_byte_more_is_431)
{
	start();
	host.response = "431";
	say_head_of(HOST_MAX_HEAD + 1);
	host_assert_told(&host, "bad_head:431");
	assert_got("431", true);
	stop();
}

TEST(a_head_without_end_is_431_before_it_ends)
{
	char much[HOST_MAX_HEAD + 1];

	memset(much, 'x', sizeof(much));
	start();
	host.response = "431";
	buf_puts(&in, "GET /");
	buf_put(&in, much, sizeof(much));
	peer_send(&host, fd, &in);
	host_assert_told(&host, "bad_head:431");
	buf_put(&in, much, sizeof(much));
	peer_send(&host, fd, &in);
	host_assert_told(&host, "");
	assert_got("431", true);
	stop();
}

TEST(what_is_no_head_is_400)
{
	start();
	host.response = "400";
	say("hello\r\n\r\n");
	host_assert_told(&host, "bad_head:400");
	assert_got("400", true);
	stop();
}

TEST(what_follows_a_head_unasked_is_400)
{
	start();
	host.response = "400";
	say(HEAD "\x81");
	host_assert_told(&host, "bad_head:400");
	assert_got("400", true);
	stop();
}

TEST(a_second_request_is_not_heard)
{
	start();
	say(HEAD);
	say(HEAD);
	host_assert_told(&host, "request:q");
	host.response = NULL;
	host_send(&host, "still", CONN_LIVE);
	assert_got("still", false);
	stop();
}

TEST(half_a_head_has_its_time_and_no_more)
{
	start();
	say("GET / HT");
	pass(HOST_TIMEOUT_MS - 1000);
	ck_assert_uint_eq(host.conns.count, 1);
	say("TP/1.1\r\n"); /* which gains it none */
	pass(2000);
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_told(&host, "");
	stop();
}

TEST(nothing_at_all_has_its_time_too)
{
	start();
	pass(HOST_TIMEOUT_MS + 1000);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_peer_that_leaves_before_its_first_byte_is_forgotten)
{
	start();
	shutdown(fd, SHUT_WR);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_peer_that_leaves_in_its_head_is_forgotten)
{
	start();
	say("GET /");
	shutdown(fd, SHUT_WR);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_told(&host, "");
	stop();
}

/* --- hearing -------------------------------------------------------------- */

TEST(what_comes_is_told_as_it_comes)
{
	start_hearing();
	say("one");
	host_assert_told(&host, "heard:one");
	say("two");
	host_assert_told(&host, "heard:two");
	stop();
}

TEST(what_goes_out_is_bytes_as_they_are)
{
	start_hearing();
	host_send(&host, "\x81\x02hi", CONN_LIVE);
	assert_got("\x81\x02hi", false);
	stop();
}

TEST(held_it_has_all_the_time_and_keeps_no_input)
{
	start_hearing();
	ck_assert_ptr_null(host.conn->input);
	say("x");
	ck_assert_ptr_null(host.conn->input);
	pass(100 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	stop();
}

TEST(the_end_of_what_comes_is_a_client_that_left)
{
	start_hearing();
	shutdown(fd, SHUT_WR);
	host_run(&host);
	host_assert_told(&host, "gone");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(after_the_last_response_it_lingers_and_hears_no_more)
{
	start_hearing();
	host_send(&host, "bye", CONN_LIVE);
	conn_cut(host.conn);
	say("more");
	host_assert_told(&host, "");
	assert_got("bye", true);
	ck_assert_int_eq(host.conn->state, CONN_LINGERING);
	shutdown(fd, SHUT_WR);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(it_may_be_cut_while_it_is_heard)
{
	start_hearing();
	host.hears_until = 1;
	say("one");
	say("two");
	host_assert_told(&host, "heard:one");
	assert_got("", true);
	stop();
}

TEST(a_last_response_goes_out_though_more_comes_in)
{
	static char much[300000];

	memset(much, 'x', sizeof(much) - 1);
	start_hearing();
	host_send(&host, much, CONN_HISTORY);
	conn_cut(host.conn);
	say("more");
	assert_got(much, true);
	stop();
}

/* --- memory --------------------------------------------------------------- */
