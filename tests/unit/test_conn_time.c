/* SPDX-License-Identifier: MIT */
/* How long a FastCGI conn waits (shared/net/conn.c): one fact per test; the
 * name is the fact. */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/peer.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"
#include "tests/unit/telling.h"

enum { ALMOST_MS = HOST_TIMEOUT_MS - 500, MORE_MS = 1500 };

static struct host host;
static struct buf in;
static int fd;

static void
start(void)
{
	skip_only();
	host_init(&host);
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

TEST(a_silent_peer_is_closed_in_time_and_not_before)
{
	start();
	pass(ALMOST_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	pass(MORE_MS);
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_told(&host, "");
	stop();
}

TEST(a_head_that_drips_gets_no_more_time)
{
	int s;

	start();
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	peer_send(&host, fd, &in);
	for (s = 0; s < 15 && host.conns.count > 0; s++) {
		add_param(&in, 1, "N", "V");
		peer_send(&host, fd, &in);
		pass(1000);
	}
	ck_assert_int_ge(s, 10);
	ck_assert_int_le(s, 11);
	host_assert_told(&host, "");
	stop();
}

TEST(a_body_that_stops_coming_is_a_client_that_left)
{
	start();
	host.body_max = 100;
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "some");
	peer_send(&host, fd, &in);
	pass(ALMOST_MS);
	host_assert_told(&host, "request:q");
	pass(MORE_MS);
	host_assert_told(&host, "gone");
	stop();
}

TEST(a_held_request_has_all_the_time)
{
	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(100 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	stop();
}

TEST(a_whole_body_stops_the_clock)
{
	start();
	host.body_max = 100;
	add_head(&in, 1, 0, "q");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	pass(100 * HOST_TIMEOUT_MS);
	host_assert_told(&host, "request:q body:");
	ck_assert_uint_eq(host.conns.count, 1);
	stop();
}

TEST(a_held_request_survives_a_record_in_two_pieces)
{
	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	send_half_a_record();
	send_its_rest();
	pass(2 * HOST_TIMEOUT_MS);
	ck_assert_uint_eq(host.conns.count, 1);
	ck_assert_ptr_null(host.conn->input);
	stop();
}

TEST(a_record_that_stops_in_the_middle_is_closed)
{
	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	send_half_a_record();
	pass(HOST_TIMEOUT_MS + MORE_MS);
	host_assert_told(&host, "request:q gone");
	stop();
}

TEST(a_kept_connection_may_be_idle_as_long_as_it_likes)
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
	stop();
}

TEST(the_next_head_on_a_kept_connection_has_its_own_time)
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
	pass(MORE_MS);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(an_response_may_go_out_slower_than_a_head_must_come)
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
	stop();
}

TEST(an_response_nobody_takes_is_given_up_after_a_minute)
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
	stop();
}

TEST(an_response_nobody_takes_is_given_up_whatever_comes_in)
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
	stop();
}

TEST(lingering_is_short)
{
	start();
	host.response = "ok";
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(1900);
	ck_assert_uint_eq(host.conns.count, 1);
	pass(1000);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(lingering_is_short_even_in_the_middle_of_a_record)
{
	start();
	host.response = "ok";
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(1500);
	buf_put(&in, "\1\5\0\1", 4);
	peer_send(&host, fd, &in);
	pass(1500);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(the_last_write_is_remembered)
{
	uint64_t before;

	start();
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	pass(5000);
	before = clock_ms();
	host_send(&host, "x", CONN_LIVE);
	ck_assert_uint_ge(host.conn->last_write, before);
	pass(5000);
	ck_assert_uint_lt(host.conn->last_write, clock_ms() - 4000);
	stop();
}
