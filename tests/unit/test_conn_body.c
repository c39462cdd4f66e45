/* SPDX-License-Identifier: MIT */
/* Bodies on a FastCGI conn (shared/net/conn.c): one fact per test; the name is
 * the fact. */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/peer.h"
#include "tests/unit/suite.h"
#include "tests/unit/telling.h"

static struct host host;
static struct buf in;
static int fd;

static void
start(size_t body_max)
{
	host_init(&host);
	host.body_max = body_max;
	buf_init(&in, 1 << 22);
	fd = host_connect(&host);
}

static void
stop(void)
{
	close(fd);
	host_free(&host);
	buf_free(&in);
}

TEST(a_body_is_given_when_it_is_whole)
{
	start(100);
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "one,");
	add_text(&in, FCGI_STDIN, 1, "two");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "body:one,two");
	stop();
}

TEST(a_body_may_be_empty)
{
	start(1);
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q body:");
	stop();
}

TEST(a_body_of_just_the_limit_is_given)
{
	start(6);
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "abc");
	add_text(&in, FCGI_STDIN, 1, "def");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q body:abcdef");
	stop();
}

TEST(a_byte_over_the_limit_is_told_before_the_rest_comes)
{
	start(6);
	host.response = "413";
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "abc");
	add_text(&in, FCGI_STDIN, 1, "defg");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q body_too_large");
	peer_assert(&host, fd, "out1:413 out1. end1:0 eof");
	add_text(&in, FCGI_STDIN, 1, "and much more");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_body_nobody_wants_is_read_and_forgotten)
{
	char much[60000];

	memset(much, 'x', sizeof(much));
	start(0);
	add_head(&in, 1, 0, "q");
	for (int i = 0; i < 20; i++)
		add(&in, FCGI_STDIN, 1, much, sizeof(much), 0);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, "request:q");
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	ck_assert_ptr_null(host.conn->input);
	host_send(&host, "x", CONN_LIVE);
	peer_assert(&host, fd, "out1:x");
	stop();
}

TEST(what_is_left_of_a_refused_body_is_not_the_next_request)
{
	start(3);
	host.response = "413";
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	add_text(&in, FCGI_STDIN, 1, "more than three");
	add_text(&in, FCGI_STDIN, 1, "and more");
	add_text(&in, FCGI_STDIN, 1, "");
	add_head(&in, 2, FCGI_KEEP_CONN, "next");
	add_text(&in, FCGI_STDIN, 2, "abc");
	add_text(&in, FCGI_STDIN, 2, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host,
			 "request:q body_too_large request:next body:abc");
	stop();
}

TEST(a_held_request_keeps_no_input)
{
	start(0);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	ck_assert_ptr_null(host.conn->input);
	stop();
}

TEST(a_large_body_arrives_as_it_was)
{
	static char want[HOST_TOLD_SIZE];

	strcpy(want, "request:q body:");
	start(4000);
	add_head(&in, 1, 0, "q");
	for (int i = 0; i < 400; i++) {
		char piece[16];

		snprintf(piece, sizeof(piece), "%08d;", i);
		add(&in, FCGI_STDIN, 1, piece, 9, (uint8_t)i);
		strcat(want, piece);
	}
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_told(&host, want);
	stop();
}
