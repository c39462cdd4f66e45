/* SPDX-License-Identifier: MIT */
/* conn_read_data() on a FastCGI conn (shared/net/conn_fastcgi.c). For HTTP see
 * test_conn_http.c, for CGI test_conn_cgi.c. */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <string.h>

#include "tests/unit/peer_stage.h"
#include "tests/unit/record_text.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

static void
start_with(uint8_t flags)
{
	peer_stage_open();
	host.reads_data = true;
	add_head(&in, 1, flags, "q");
}

static void
start(void)
{
	start_with(0);
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q");
}

TEST(data_is_called_for_each_stdin_record)
{
	start();
	add_text(&in, FCGI_STDIN, 1, "one");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "data:one");
	add(&in, FCGI_STDIN, 1, "two", 3, 5);
	add_text(&in, FCGI_STDIN, 1, "three");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "data:two data:three");
	peer_stage_close();
}

TEST(data_with_the_head_comes_after_the_request)
{
	start_with(0);
	add_text(&in, FCGI_STDIN, 1, "one");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q data:one");
	peer_stage_close();
}

TEST(a_record_may_come_in_parts)
{
	start();
	buf_put(&in, "\1\5\0\1\0\6\0\0ab", 10);
	peer_send(&host, fd, &in);
	host_assert_events(&host, "data:ab");
	buf_puts(&in, "cdef");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "data:cdef");
	peer_stage_close();
}

TEST(records_go_both_ways)
{
	start();
	host_send(&host, "out");
	add_text(&in, FCGI_STDIN, 1, "in");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "data:in");
	peer_assert(&host, fd, "out1:out");
	peer_stage_close();
}

TEST(the_end_of_stdin_closes_the_conn)
{
	start();
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "closed");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(abort_request_closes_the_conn)
{
	start();
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "closed");
	peer_stage_close();
}

TEST(reading_data_has_no_time_limit_and_no_input)
{
	start();
	ck_assert_ptr_null(host.conn->input);
	add_text(&in, FCGI_STDIN, 1, "x");
	peer_send(&host, fd, &in);
	ck_assert_ptr_null(host.conn->input);
	skip_ms(100 * HOST_TIMEOUT_MS);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 1);
	peer_stage_close();
}

TEST(data_is_not_limited_as_a_body_is)
{
	static char much[60000];

	memset(much, 'x', sizeof(much));
	start();
	host.body_max = 1;
	for (int i = 0; i < 10; i++) {
		add(&in, FCGI_STDIN, 1, much, sizeof(much), 0);
		peer_send(&host, fd, &in);
	}
	ck_assert_ptr_null(strstr(host.events, "too_large"));
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	peer_stage_close();
}

TEST(after_conn_cut_data_is_dropped_while_it_lingers)
{
	start();
	host_send(&host, "bye");
	conn_cut(host.conn);
	add_text(&in, FCGI_STDIN, 1, "more");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "");
	peer_assert(&host, fd, "out1:bye eof");
	ck_assert_uint_eq(host.conns.count, 1);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(conn_cut_in_data_ends_the_data)
{
	start();
	host.cut_after = 1;
	add_text(&in, FCGI_STDIN, 1, "one");
	add_text(&in, FCGI_STDIN, 1, "two");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "data:one");
	peer_assert(&host, fd, "eof");
	peer_stage_close();
}

TEST(conn_cut_closes_a_keep_conn_connection)
{
	start_with(FCGI_KEEP_CONN);
	peer_send(&host, fd, &in);
	conn_cut(host.conn);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "eof");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(a_keep_conn_connection_serves_data_after_a_refusal)
{
	start_with(FCGI_KEEP_CONN);
	host.reads_data = false;
	host.response = "400";
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:400 out1. end1:0");
	host.reads_data = true;
	add_head(&in, 2, FCGI_KEEP_CONN, "next");
	add_text(&in, FCGI_STDIN, 2, "one");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q request:next data:one");
	peer_stage_close();
}
