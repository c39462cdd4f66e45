/* SPDX-License-Identifier: MIT */
/* Time limits of a FastCGI conn (shared/net/conn.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/peer_stage.h"
#include "tests/unit/record_text.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

enum { ALMOST_MS = HOST_TIMEOUT_MS - 500, MORE_MS = 1500 };

static void
start(void)
{
	skip_only();
	peer_stage_open();
}

static void
pass(unsigned int ms)
{
	skip_ms(ms);
	host_run(&host);
}

static void
send_half_a_record(void)
{
	buf_put(&in, "\1\11\0\0", 4); /* GET_VALUES */
	peer_send(&host, fd, &in);
}

static void
send_its_rest(void)
{
	buf_put(&in, "\0\0\0\0", 4);
	peer_send(&host, fd, &in);
}

TEST(a_silent_peer_is_closed_at_the_time_limit)
{
	start();
	pass(ALMOST_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	pass(MORE_MS);
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_events(&host, "");
	peer_stage_close();
}

TEST(more_of_a_head_does_not_extend_its_time_limit)
{
	int s;

	start();
	host.response = "408";
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	peer_send(&host, fd, &in);
	for (s = 0; s < 15 && host.conns.count > 0; s++) {
		add_param(&in, 1, "N", "V");
		peer_send(&host, fd, &in);
		pass(1000);
	}
	/* refused, it lingers */
	ck_assert_int_ge(s, 12);
	ck_assert_int_le(s, 14);
	host_assert_events(&host, "bad_head:408");
	peer_stage_close();
}

TEST(an_incomplete_body_is_late_and_lingers_a_moment)
{
	start();
	host.body_max = 100;
	host.response = "408";
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "some");
	peer_send(&host, fd, &in);
	pass(ALMOST_MS);
	host_assert_events(&host, "request:q");
	pass(MORE_MS);
	host_assert_events(&host, "body_late");
	peer_assert(&host, fd, "out1:408 out1. end1:0 eof");
	add_text(&in, FCGI_STDIN, 1, "more");
	peer_send(&host, fd, &in);
	pass(3000);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(an_incomplete_head_is_408_and_keeps_the_connection)
{
	start();
	host.response = "408";
	add_begin(&in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	add_param(&in, 1, "N", "V");
	peer_send(&host, fd, &in);
	pass(HOST_TIMEOUT_MS + MORE_MS);
	host_assert_events(&host, "bad_head:408");
	peer_assert(&host, fd, "out1:408 out1. end1:0");
	host.response = "ok";
	add_param(&in, 1, "QUERY_STRING", "late");
	add_text(&in, FCGI_PARAMS, 1, "");
	add_head(&in, 2, 0, "q");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q");
	peer_assert(&host, fd, "out2:ok out2. end2:0 eof");
	pass(ALMOST_MS);
	ck_assert_uint_eq(host.conns.count, 1); /* for the body */
	pass(MORE_MS);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(a_held_request_has_no_time_limit)
{
	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(100 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	peer_stage_close();
}

TEST(a_complete_body_ends_its_time_limit)
{
	start();
	host.body_max = 100;
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	pass(100 * HOST_TIMEOUT_MS);
	host_assert_events(&host, "request:q body:");
	ck_assert_uint_eq(host.conns.count, 1);
	peer_stage_close();
}

TEST(a_record_in_two_parts_leaves_no_time_limit)
{
	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	send_half_a_record();
	send_its_rest();
	pass(2 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	ck_assert_ptr_null(host.conn->input);
	peer_stage_close();
}

TEST(an_incomplete_record_closes_the_conn)
{
	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	send_half_a_record();
	pass(HOST_TIMEOUT_MS + MORE_MS);
	host_assert_events(&host, "request:q closed");
	peer_stage_close();
}

TEST(an_idle_keep_conn_connection_has_no_time_limit)
{
	start();
	host.response = "ok";
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd, &in);
	pass(100 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	send_half_a_record();
	send_its_rest();
	pass(100 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	peer_stage_close();
}

TEST(the_next_head_has_a_time_limit_of_its_own)
{
	start();
	host.response = "ok";
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd, &in);
	pass(5 * HOST_TIMEOUT_MS);
	add_begin(&in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	peer_send(&host, fd, &in);
	pass(ALMOST_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	host_assert_events(&host, "request:q");
	pass(MORE_MS);
	host_assert_events(&host, "bad_head:408");
	peer_stage_close();
}

TEST(a_slow_response_outlasts_the_input_time_limit)
{
	static char much[300000];
	struct buf got;

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd, &in);
	ck_assert(!conn_is_drained(host.conn));
	pass(3 * HOST_TIMEOUT_MS);
	buf_init(&got, 1 << 20);
	ck_assert(!peer_read(&host, fd, &got));
	/* 5 records, the empty one, END_REQUEST */
	ck_assert_uint_eq(got.len, sizeof(much) - 1 + 5 * 8 + 8 + 16);
	buf_free(&got);
	peer_stage_close();
}

TEST(a_stalled_response_is_dropped_after_a_minute)
{
	static char much[300000];

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(CONN_STALLED_MS - 1000);
	ck_assert_uint_eq(host.conns.count, 1);
	pass(2000);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(a_stalled_response_is_dropped_despite_input)
{
	static char much[300000];

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	buf_put(&in, "\1\5\0\1", 4);
	peer_send(&host, fd, &in);
	send_its_rest();
	pass(CONN_STALLED_MS + 1000);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

/* A stream whose queue is not empty. */
static void
hold_with_a_queue(void)
{
	static char much[300000];

	memset(much, 'x', sizeof(much) - 1);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	host_send(&host, much);
	ck_assert(!conn_is_drained(host.conn));
}

TEST(a_stalled_stream_is_closed_after_a_minute)
{
	start();
	hold_with_a_queue();
	pass(CONN_STALLED_MS - 1000);
	host_assert_events(&host, "request:q");
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	pass(2000);
	host_assert_events(&host, "closed");
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(a_minute_of_silence_before_does_not_count)
{
	static char much[300000];

	memset(much, 'x', sizeof(much) - 1);
	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(10 * CONN_STALLED_MS);
	host_send(&host, much);
	pass(CONN_STALLED_MS - 1000);
	ck_assert_uint_eq(host.conns.count, 1);
	peer_stage_close();
}

TEST(a_peer_that_takes_bytes_now_and_then_is_not_stalled)
{
	static char bytes[1 << 16];

	start();
	hold_with_a_queue();
	for (int minute = 0; minute < 2; minute++) {
		pass(CONN_STALLED_MS - 1000);
		ck_assert_int_gt(read(fd, bytes, sizeof(bytes)), 0);
		host_run(&host);
		ck_assert_uint_eq(host.conns.count, 1);
	}
	peer_stage_close();
}

TEST(only_the_stalled_one_of_two_is_closed)
{
	int stalled;

	start();
	stalled = fd;
	hold_with_a_queue();
	pass(CONN_STALLED_MS / 2);
	fd = host_connect(&host);
	hold_with_a_queue();
	pass(CONN_STALLED_MS / 2 + 1000);
	ck_assert_uint_eq(host.conns.count, 1);
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	pass(CONN_STALLED_MS / 2 + 1000);
	ck_assert_uint_eq(host.conns.count, 0);
	close(stalled);
	peer_stage_close();
}

/* It leaves too much for the socket to become writable. */
TEST(what_a_peer_takes_at_first_is_not_seen_a_minute_later)
{
	static char bytes[1 << 16];

	start();
	hold_with_a_queue();
	ck_assert_int_gt(read(fd, bytes, sizeof(bytes)), 0);
	pass(CONN_RETRY_MS + 500);
	pass(CONN_STALLED_MS - 1000);
	ck_assert_uint_eq(host.conns.count, 1);
	pass(2000);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

/* The process was stopped, and the peer has read meanwhile. */
TEST(a_stalled_peer_is_tried_once_more)
{
	static char bytes[1 << 16];
	struct buf got;

	start();
	hold_with_a_queue();
	for (int i = 0; i < 4; i++)
		ck_assert_int_gt(read(fd, bytes, sizeof(bytes)), 0);
	skip_ms(2 * CONN_STALLED_MS);
	wheel_turn(&host.wheel);
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	buf_init(&got, 1 << 20);
	ck_assert(!peer_read(&host, fd, &got));
	ck_assert(conn_is_drained(host.conn));
	buf_free(&got);
	peer_stage_close();
}

TEST(a_conn_is_draining_until_its_queue_is_empty_or_dropped)
{
	struct buf got;

	start();
	hold_with_a_queue();
	ck_assert_uint_eq(host.conns.draining, 0);
	conn_finish(host.conn);
	ck_assert_uint_eq(host.conns.draining, 1);
	buf_init(&got, 1 << 20);
	(void)!peer_read(&host, fd, &got);
	ck_assert_uint_eq(host.conns.draining, 0);
	buf_free(&got);
	close(fd);
	fd = host_connect(&host);
	hold_with_a_queue();
	conn_finish(host.conn);
	pass(CONN_STALLED_MS - 1000);
	ck_assert_uint_eq(host.conns.draining, 1);
	pass(2000);
	ck_assert_uint_eq(host.conns.draining, 0);
	peer_stage_close();
}

TEST(a_body_that_nobody_wants_is_read_until_the_time_limit)
{
	start();
	host.response = "ok";
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	for (int i = 0; i < 9; i++) {
		add_text(&in, FCGI_STDIN, 1, "some of it");
		peer_send(&host, fd, &in);
		pass(1000);
		ck_assert_uint_eq(host.conns.count, 1);
	}
	pass(2000);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(lingering_ends_within_a_record)
{
	start();
	host.response = "ok";
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(ALMOST_MS);
	buf_put(&in, "\1\5\0\1", 4);
	peer_send(&host, fd, &in);
	pass(MORE_MS);
	ck_assert_uint_eq(host.conns.count, 0);
	peer_stage_close();
}

TEST(last_write_is_the_time_of_the_last_write)
{
	uint64_t before;

	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(5000);
	before = clock_ms();
	host_send(&host, "x");
	ck_assert_uint_ge(host.conn->last_write, before);
	pass(5000);
	ck_assert_uint_lt(host.conn->last_write, clock_ms() - 4000);
	peer_stage_close();
}
