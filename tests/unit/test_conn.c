/* SPDX-License-Identifier: MIT */
/* The life of a FastCGI conn (shared/net/conn.c, conn_fastcgi.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/allocations.h"
#include "tests/unit/peer.h"
#include "tests/unit/record_text.h"
#include "tests/unit/suite.h"

static struct host host;
static struct buf in;

static void
start(void)
{
	host_init(&host);
	buf_init(&in, 1 << 20);
}

static void
stop(void)
{
	host_free(&host);
	buf_free(&in);
}

/* A complete request with a body. */
static void
add_request(uint16_t id, uint8_t flags, const char *query)
{
	add_head(&in, id, flags, query);
	add_text(&in, FCGI_STDIN, id, "body");
	add_text(&in, FCGI_STDIN, id, "");
}

TEST(request_is_called_when_the_head_is_complete)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_param(&in, 1, "QUERY_STRING", "a=b");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "");
	add_text(&in, FCGI_PARAMS, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:a=b");
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	close(fd);
	stop();
}

TEST(a_response_is_stdout_then_end_request_then_close)
{
	int fd;

	start();
	host.response = "hello";
	fd = host_connect(&host);
	add_request(9, 0, "q");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out9:hello out9. end9:0 eof");
	host_assert_events(&host, "request:q");
	ck_assert_uint_eq(host.conns.count, 0);
	close(fd);
	stop();
}

/* The same request on a new connection: `cut` bytes, then pieces of `step`. */
static void
assert_served(const struct buf *request, size_t cut, size_t step)
{
	struct buf piece;
	int fd = host_connect(&host);

	buf_init(&piece, request->len);
	buf_put(&piece, request->bytes, cut);
	peer_send(&host, fd, &piece);
	for (size_t at = cut; at < request->len; at += step) {
		size_t left = request->len - at;

		buf_put(&piece, request->bytes + at, left < step ? left : step);
		peer_send(&host, fd, &piece);
	}
	peer_assert(&host, fd,
		    "values:\017\001FCGI_MPXS_CONNS0 end2:1 "
		    "out1:hello out1. end1:0 eof");
	host_assert_events(&host, "request:q=1 body:body");
	ck_assert_uint_eq(host.conns.count, 0);
	buf_free(&piece);
	close(fd);
}

TEST(the_split_of_the_input_does_not_matter)
{
	start();
	host.response = "hello";
	host.body_max = 100;
	add(&in, FCGI_GET_VALUES, 0, "\017\0FCGI_MPXS_CONNS", 17, 3);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_begin(&in, 2, FCGI_RESPONDER, 0);
	add_param(&in, 1, "QUERY_STRING", "q=1");
	add_text(&in, FCGI_PARAMS, 1, "");
	add(&in, FCGI_STDIN, 1, "bo", 2, 6);
	add_text(&in, FCGI_STDIN, 1, "dy");
	add_text(&in, FCGI_STDIN, 1, "");
	for (size_t cut = 0; cut <= in.len; cut++)
		assert_served(&in, cut, in.len);
	for (size_t step = 1; step < 20; step++)
		assert_served(&in, 0, step);
	stop();
}

TEST(keep_conn_requests_are_served_one_after_another)
{
	int fd;

	start();
	fd = host_connect(&host);
	host.response = "first";
	add_head(&in, 1, FCGI_KEEP_CONN, "one=1");
	add_param(&in, 1, "HTTP_LATE", "x"); /* after the end: skipped */
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:first out1. end1:0");
	host.response = "second";
	add_begin(&in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	add_param(&in, 1, "REQUEST_METHOD", "GET");
	add_text(&in, FCGI_PARAMS, 1, "");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:second out1. end1:0");
	host_assert_events(&host, "request:one=1 request:");
	ck_assert_uint_eq(host.conns.count, 1);
	ck_assert_uint_eq(host.conns.busy, 0);
	close(fd);
	stop();
}

TEST(a_body_is_not_part_of_the_next_body)
{
	int fd;

	start();
	host.response = "ok";
	host.body_max = 100;
	fd = host_connect(&host);
	add_request(1, FCGI_KEEP_CONN, "1");
	add_head(&in, 1, FCGI_KEEP_CONN, "2");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:1 body:body request:2 body:");
	close(fd);
	stop();
}

TEST(a_request_without_keep_conn_closes_the_connection)
{
	int fd;

	start();
	host.response = "ok";
	fd = host_connect(&host);
	add_request(1, FCGI_KEEP_CONN, "1");
	add_request(2, 0, "2");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:ok out1. end1:0 out2:ok out2. end2:0 eof");
	close(fd);
	stop();
}

TEST(a_conn_lingers_until_the_end_of_stdin)
{
	int fd;

	start();
	host.response = "ok";
	fd = host_connect(&host);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "out1:ok out1. end1:0 eof");
	ck_assert_uint_eq(host.conns.count, 1);
	add_text(&in, FCGI_STDIN, 1, "much");
	peer_send(&host, fd, &in);
	ck_assert_uint_eq(host.conns.count, 1);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_events(&host, "request:q");
	close(fd);
	stop();
}

TEST(lingering_ends_when_the_peer_closes)
{
	int fd;

	start();
	host.response = "ok";
	fd = host_connect(&host);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	close(fd);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(closed_is_called_at_the_end_of_the_turn)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_request(1, 0, "q");
	peer_send(&host, fd, &in);
	close(fd);
	ev_run(host.loop, EVRUN_NOWAIT);
	host_assert_events(&host, "request:q");
	ev_run(host.loop, EVRUN_NOWAIT);
	host_assert_events(&host, "closed");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(closed_is_not_called_without_an_owner)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_request(1, 0, "q");
	peer_send(&host, fd, &in);
	host.conn->owner = NULL;
	close(fd);
	host_run(&host);
	host_assert_events(&host, "request:q");
	stop();
}

TEST(abort_request_closes_the_conn)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_request(1, 0, "q");
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q closed");
	peer_assert(&host, fd, "eof");
	close(fd);
	stop();
}

TEST(abort_request_keeps_a_connection_with_keep_conn)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_request(1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd, &in);
	host_send(&host, "some");
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q closed");
	peer_assert(&host, fd, "out1:some out1. end1:0");
	ck_assert_uint_eq(host.conns.busy, 0);
	host.response = "hello";
	add_request(2, 0, "next");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:next");
	peer_assert(&host, fd, "out2:hello out2. end2:0 eof");
	close(fd);
	stop();
}

TEST(abort_request_ends_a_head_and_a_body)
{
	int fd;

	start();
	host.body_max = 100;
	fd = host_connect(&host);
	add_begin(&in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	add_param(&in, 1, "QUERY_STRING", "never");
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "end1:0");
	ck_assert_ptr_null(LIST_FIRST(&host.conns.open)->input);
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	add_text(&in, FCGI_STDIN, 1, "half of a bo");
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q closed");
	peer_assert(&host, fd, "out1. end1:0");
	add_request(1, FCGI_KEEP_CONN, "next");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:next body:body");
	close(fd);
	stop();
}

TEST(abort_request_after_the_response_is_ignored)
{
	static char much[300001];
	struct buf got;
	int fd;

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	fd = host_connect(&host);
	add_request(1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd, &in);
	ck_assert_int_eq(host.conn->state, CONN_DRAINING);
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	buf_init(&got, 1 << 20);
	ck_assert(!peer_read(&host, fd, &got));
	/* 5 records, the empty one, one END_REQUEST */
	ck_assert_uint_eq(got.len, sizeof(much) - 1 + 5 * 8 + 8 + 16);
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	peer_send(&host, fd, &in);
	peer_assert(&host, fd, "");
	buf_free(&got);
	host_assert_events(&host, "request:q");
	close(fd);
	stop();
}

TEST(conn_abort_closes_at_once_without_calling_closed)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_request(1, 0, "q");
	peer_send(&host, fd, &in);
	conn_abort(host.conn);
	host_send(&host, "not sent");
	conn_finish(host.conn);
	peer_assert(&host, fd, "eof");
	host_assert_events(&host, "request:q");
	ck_assert_uint_eq(host.conns.count, 0);
	close(fd);
	stop();
}

TEST(conn_cut_sends_no_end_request)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_request(1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd, &in);
	host_send(&host, "bye");
	conn_cut(host.conn);
	peer_assert(&host, fd, "out1:bye eof");
	host_assert_events(&host, "request:q");
	close(fd);
	stop();
}

TEST(a_cut_conn_waits_for_the_end_of_stdin)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	host_send(&host, "bye");
	conn_cut(host.conn);
	peer_assert(&host, fd, "out1:bye eof");
	ck_assert_uint_eq(host.conns.count, 1);
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	ck_assert_uint_eq(host.conns.count, 0);
	close(fd);
	stop();
}

TEST(a_request_frees_all_it_allocated)
{
	static uint8_t bytes[200];
	size_t len;
	int fd;

	start();
	host.response = "hello";
	host.body_max = 100;
	add_request(1, FCGI_KEEP_CONN, "q");
	len = in.len;
	memcpy(bytes, in.bytes, len);
	allocations_start();
	fd = host_connect(&host);
	for (size_t at = 0; at < len; at++) {
		if (write(fd, bytes + at, 1) != 1)
			abort();
		host_run(&host);
	}
	close(fd);
	host_run(&host);
	stop();
	allocations_stop();
	ck_assert_uint_gt(allocations_count(), 2);
	ck_assert_uint_eq(allocations_live(), 0);
	ck_assert_str_eq(host.events, "request:q body:body");
}

TEST(a_conn_is_fresh_until_its_first_request)
{
	int fd[2];

	start();
	host.response = "hello";
	for (int i = 0; i < 2; i++)
		fd[i] = host_connect(&host);
	ck_assert_uint_eq(host.conns.fresh, 2);
	add_request(1, FCGI_KEEP_CONN, "q");
	peer_send(&host, fd[0], &in);
	peer_assert(&host, fd[0], "out1:hello out1. end1:0");
	ck_assert_uint_eq(host.conns.busy, 0);
	ck_assert_uint_eq(host.conns.fresh, 1);
	close(fd[0]);
	close(fd[1]);
	stop();
}

TEST(conns_close_calls_closed_for_each_conn)
{
	int fd[2];

	start();
	for (int i = 0; i < 2; i++) {
		fd[i] = host_connect(&host);
		add_request(1, 0, "q");
		peer_send(&host, fd[i], &in);
	}
	ck_assert_uint_eq(host.conns.busy, 2);
	conns_close(&host.conns);
	host_assert_events(&host, "request:q request:q closed closed");
	ck_assert_uint_eq(host.conns.count, 0);
	ck_assert_uint_eq(host.conns.busy, 0);
	close(fd[0]);
	close(fd[1]);
	stop();
}
