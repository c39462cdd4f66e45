/* SPDX-License-Identifier: MIT */
/* Request bodies on a FastCGI conn (shared/net/conn_input.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/peer_stage.h"
#include "tests/unit/record_text.h"
#include "tests/unit/suite.h"

static void
start(size_t body_max)
{
	peer_stage_open();
	host.body_max = body_max;
}

TEST(body_is_called_when_the_body_is_complete)
{
	start(100);
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "one,");
	add_text(&in, FCGI_STDIN, 1, "two");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "body:one,two");
	peer_stage_close();
}

TEST(a_body_may_be_empty)
{
	start(1);
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q body:");
	peer_stage_close();
}

TEST(a_body_of_exactly_the_limit_is_accepted)
{
	start(6);
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "abc");
	add_text(&in, FCGI_STDIN, 1, "def");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q body:abcdef");
	peer_stage_close();
}

TEST(a_body_over_the_limit_is_refused_before_its_end)
{
	start(6);
	host.response = "413";
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "abc");
	add_text(&in, FCGI_STDIN, 1, "defg");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q body_too_large");
	peer_assert(&host, fd, "out1:413 out1. end1:0 eof");
	add_text(&in, FCGI_STDIN, 1, "and much more");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(an_unwanted_body_is_read_and_dropped)
{
	char much[60000];

	memset(much, 'x', sizeof(much));
	start(0);
	add_head(&in, 1, 0, "q");
	for (int i = 0; i < 20; i++)
		add(&in, FCGI_STDIN, 1, much, sizeof(much), 0);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q");
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	ck_assert_ptr_null(host.conn->input);
	host_send(&host, "x");
	peer_assert(&host, fd, "out1:x");
	peer_stage_close();
}

TEST(the_rest_of_a_refused_body_is_dropped)
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
	host_assert_events(&host,
			   "request:q body_too_large request:next body:abc");
	peer_stage_close();
}

TEST(a_held_request_has_no_input)
{
	start(0);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	ck_assert_ptr_null(host.conn->input);
	peer_stage_close();
}

TEST(a_body_of_many_records_is_joined)
{
	static char want[HOST_EVENTS_SIZE];

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
	host_assert_events(&host, want);
	peer_stage_close();
}
