/* SPDX-License-Identifier: MIT */
/* conn_hear() on FastCGI (shared/net/conn_fastcgi.c): one fact per test; the
 * name is the fact. Over HTTP it is in test_conn_http.c, under CGI in
 * test_conn_cgi.c. */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/peer.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"
#include "tests/unit/telling.h"

static struct host host;
static struct buf in;
static int fd;

static void
start_with(uint8_t flags)
{
	host_init(&host);
	host.hears = true;
	buf_init(&in, 1 << 20);
	fd = host_connect(&host);
	add_head(&in, 1, flags, "q");
}

static void
start(void)
{
	start_with(0);
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q");
}

static void
stop(void)
{
	close(fd);
	host_free(&host);
	buf_free(&in);
}

TEST(each_piece_of_stdin_is_told_as_it_comes)
{
	start();
	add_text(&in, FCGI_STDIN, 1, "one");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "heard:one");
	add(&in, FCGI_STDIN, 1, "two", 3, 5);
	add_text(&in, FCGI_STDIN, 1, "three");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "heard:two heard:three");
	stop();
}

TEST(what_comes_with_the_head_is_told_after_it)
{
	start_with(0);
	add_text(&in, FCGI_STDIN, 1, "one");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q heard:one");
	stop();
}

TEST(a_record_may_come_in_pieces)
{
	start();
	buf_put(&in, "\1\5\0\1\0\6\0\0ab", 10);
	peer_send(&host, fd, &in);
	host_assert_told(&host, "heard:ab");
	buf_puts(&in, "cdef");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "heard:cdef");
	stop();
}

TEST(records_go_both_ways)
{
	start();
	host_send(&host, "out", CONN_LIVE);
	add_text(&in, FCGI_STDIN, 1, "in");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "heard:in");
	peer_assert(&host, fd, "out1:out");
	stop();
}

TEST(the_end_of_stdin_is_a_client_that_left)
{
	start();
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "gone");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(an_abort_is_a_client_that_left)
{
	start();
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "gone");
	stop();
}

TEST(held_it_has_all_the_time_and_keeps_no_input)
{
	start();
	ck_assert_ptr_null(host.conn->input);
	add_text(&in, FCGI_STDIN, 1, "x");
	peer_send(&host, fd, &in);
	ck_assert_ptr_null(host.conn->input);
	skip_ms(100 * HOST_TIMEOUT_MS);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 1);
	stop();
}

TEST(a_piece_is_no_body)
{
	static char much[60000];

	memset(much, 'x', sizeof(much));
	start();
	host.body_max = 1;
	for (int i = 0; i < 10; i++) {
		add(&in, FCGI_STDIN, 1, much, sizeof(much), 0);
		peer_send(&host, fd, &in);
	}
	ck_assert_ptr_null(strstr(host.told, "too_large"));
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	stop();
}

TEST(cut_it_lingers_without_end_request_and_hears_no_more)
{
	start();
	host_send(&host, "bye", CONN_LIVE);
	conn_cut(host.conn);
	add_text(&in, FCGI_STDIN, 1, "more");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "");
	peer_assert(&host, fd, "out1:bye eof");
	ck_assert_uint_eq(host.conns.count, 1);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(it_may_be_cut_while_it_is_heard)
{
	start();
	host.hears_until = 1;
	add_text(&in, FCGI_STDIN, 1, "one");
	add_text(&in, FCGI_STDIN, 1, "two");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "heard:one");
	peer_assert(&host, fd, "eof");
	stop();
}

TEST(a_cut_connection_is_not_kept_though_it_might_be)
{
	start_with(FCGI_KEEP_CONN);
	peer_send(&host, fd, &in);
	conn_cut(host.conn);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "eof");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_refused_request_is_answered_and_its_connection_kept)
{
	start_with(FCGI_KEEP_CONN);
	host.hears = false;
	host.response = "400";
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:400 out1. end1:0");
	host.hears = true;
	add_head(&in, 2, FCGI_KEEP_CONN, "next");
	add_text(&in, FCGI_STDIN, 2, "one");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q request:next heard:one");
	stop();
}
