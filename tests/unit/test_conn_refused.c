/* SPDX-License-Identifier: MIT */
/* What a FastCGI conn answers or refuses on its own
 * (shared/net/conn_fastcgi.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/peer_stage.h"
#include "tests/unit/record_text.h"
#include "tests/unit/suite.h"

TEST(get_values_is_answered_before_a_request)
{
	peer_stage_open();
	add(&in, FCGI_GET_VALUES, 0,
	    "\016\0FCGI_MAX_CONNS\017\0FCGI_MPXS_CONNS", 33, 0);
	peer_send(&host, fd, &in);
	peer_assert(&host, fd,
		    "values:\016\002FCGI_MAX_CONNS77\017\001FCGI_MPXS_CONNS0");
	host_assert_events(&host, "");
	peer_stage_close();
}

TEST(get_values_is_answered_during_a_request)
{
	peer_stage_open();
	add_head(&in, 1, 0, "q");
	add(&in, FCGI_GET_VALUES, 0, "\015\0FCGI_MAX_REQS", 15, 0);
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "values:\015\002FCGI_MAX_REQS77");
	host_send(&host, "x");
	peer_assert(&host, fd, "out1:x");
	peer_stage_close();
}

TEST(an_unknown_management_record_is_answered)
{
	peer_stage_open();
	add_text(&in, 42, 0, "what is this");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "unknown:42");
	ck_assert_uint_eq(host.conns.count, 1);
	peer_stage_close();
}

TEST(a_second_request_id_is_refused)
{
	peer_stage_open();
	host.response = "first";
	host.body_max = 10;
	add_head(&in, 1, 0, "one");
	add_head(&in, 2, 0, "two");
	add_text(&in, FCGI_STDIN, 2, "2");
	add_text(&in, FCGI_STDIN, 2, "");
	add_text(&in, FCGI_STDIN, 1, "1");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "end2:1 out1:first out1. end1:0 eof");
	host_assert_events(&host, "request:one body:1");
	peer_stage_close();
}

TEST(a_second_begin_within_a_head_is_refused)
{
	peer_stage_open();
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_head(&in, 2, 0, "two");
	add_param(&in, 1, "QUERY_STRING", "one");
	add_text(&in, FCGI_PARAMS, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "end2:1");
	host_assert_events(&host, "request:one");
	peer_stage_close();
}

TEST(another_role_is_refused_and_closed)
{
	peer_stage_open();
	add_begin(&in, 1, FCGI_AUTHORIZER, 0);
	add_param(&in, 1, "QUERY_STRING", "q");
	add_text(&in, FCGI_PARAMS, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "end1:3 eof");
	host_assert_events(&host, "");
	close(fd);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	fd = host_connect(&host);
	peer_stage_close();
}

TEST(another_role_is_refused_and_keep_conn_kept)
{
	peer_stage_open();
	host.response = "ok";
	add_begin(&in, 1, FCGI_FILTER, FCGI_KEEP_CONN);
	add_text(&in, FCGI_PARAMS, 1, "");
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "end1:3 out1:ok out1. end1:0");
	host_assert_events(&host, "request:q");
	peer_stage_close();
}

TEST(garbage_closes_the_connection)
{
	peer_stage_open();
	buf_puts(&in, "GET / HTTP/1.1\r\n\r\n");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "eof");
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_events(&host, "");
	peer_stage_close();
}

TEST(garbage_during_a_request_closes_the_conn)
{
	peer_stage_open();
	add_head(&in, 1, 0, "q");
	buf_puts(&in, "nonsense");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "eof");
	host_assert_events(&host, "request:q closed");
	peer_stage_close();
}

/* One parameter, so that the content of PARAMS is `size` bytes. */
static void
add_head_of(size_t size, uint8_t flags)
{
	char pair[HOST_MAX_HEAD * 2];
	size_t value = size - 6;

	memset(pair, 'v', sizeof(pair));
	memcpy(pair, "\1\200\0\0\0N", 6);
	pair[3] = (char)(value >> 8);
	pair[4] = (char)value;
	add_begin(&in, 1, FCGI_RESPONDER, flags);
	for (size_t at = 0; at < size; at += 100)
		add(&in, FCGI_PARAMS, 1, pair + at,
		    size - at < 100 ? size - at : 100, 0);
	add_text(&in, FCGI_PARAMS, 1, "");
}

TEST(a_head_within_the_limit_is_accepted)
{
	peer_stage_open();
	host.response = "ok";
	add_head_of(HOST_MAX_HEAD / 2, 0);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:ok out1. end1:0 eof");
	host_assert_events(&host, "request:");
	peer_stage_close();
}

TEST(a_head_over_the_limit_is_431)
{
	peer_stage_open();
	host.response = "431";
	add_head_of(HOST_MAX_HEAD * 3 / 2, 0);
	add_text(&in, FCGI_STDIN, 1, "body");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:431 out1. end1:0 eof");
	host_assert_events(&host, "bad_head:431");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(keep_conn_holds_after_a_head_over_the_limit)
{
	peer_stage_open();
	host.response = "ok";
	add_head_of(HOST_MAX_HEAD * 3 / 2, FCGI_KEEP_CONN);
	add_text(&in, FCGI_STDIN, 1, "");
	add_head(&in, 1, FCGI_KEEP_CONN, "next");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:ok out1. end1:0 out1:ok out1. end1:0");
	host_assert_events(&host, "bad_head:431 request:next");
	peer_stage_close();
}

TEST(a_head_libfcgi_cannot_read_closes_only_that_conn)
{
	int other;

	peer_stage_open();
	other = host_connect(&host);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add(&in, FCGI_PARAMS, 1, "\200\377\377\377\1short", 10, 0);
	add_text(&in, FCGI_PARAMS, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "eof");
	host_assert_events(&host, "");
	host.response = "ok";
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	peer_send(&host, other, &in);
	peer_assert(&host, other, "out1:ok out1. end1:0");
	host_assert_events(&host, "request:q");
	close(other);
	peer_stage_close();
}

TEST(the_peer_may_close_at_any_byte)
{
	struct buf all;

	peer_stage_open();
	buf_init(&all, 1 << 16);
	host.body_max = 100;
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	add_text(&in, FCGI_STDIN, 1, "body");
	add_text(&in, FCGI_STDIN, 1, "");
	buf_put(&all, in.bytes, in.len);
	for (size_t len = 0; len < all.len; len++) {
		buf_clear(&in);
		buf_put(&in, all.bytes, len);
		peer_send(&host, fd, &in);
		close(fd);
		host_run(&host);
		ck_assert_uint_eq(host.conns.count, 0);
		ck_assert_uint_eq(host.conns.busy, 0);
		ck_assert(host.events[0] == '\0' ||
			  strstr(host.events, " closed") != NULL);
		host.events[0] = '\0';
		fd = host_connect(&host);
	}
	buf_free(&all);
	peer_stage_close();
}
