/* SPDX-License-Identifier: MIT */
/* Output of a FastCGI conn to fast and slow peers (shared/net/conn.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/rcbuf.h"
#include "tests/unit/allocations.h"
#include "tests/unit/peer.h"
#include "tests/unit/record_text.h"
#include "tests/unit/suite.h"

enum { SMALL = 4000 };

static struct host host;
static struct buf in;
static char text[SMALL + 1];

static void
start(void)
{
	host_init(&host);
	host.sndbuf = 1; /* the minimum of the kernel, about 4.5 KB */
	buf_init(&in, 1 << 20);
	memset(text, 'x', SMALL);
}

static void
stop(void)
{
	host_free(&host);
	buf_free(&in);
}

static int
hold(const char *query)
{
	int fd = host_connect(&host);

	add_head(&in, 1, 0, query);
	peer_send(&host, fd, &in);
	host.events[0] = '\0';
	return fd;
}

/* Sends `count` numbered texts and appends them to `want`. */
static void
send_numbered(int count, struct buf *want)
{
	for (int i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%07d", i);
		text[7] = ' ';
		host_send(&host, text);
		buf_puts(want, text);
	}
}

TEST(partial_writes_keep_the_order)
{
	struct buf want;
	int fd;

	start();
	host.conns.max_backlog = 1 << 20;
	fd = hold("q");
	buf_init(&want, 1 << 20);
	buf_puts(&want, "out1:");
	send_numbered(50, &want);
	ck_assert(!conn_is_drained(host.conn));
	buf_putc(&want, '\0');
	peer_assert(&host, fd, want.bytes);
	ck_assert(conn_is_drained(host.conn));
	host_assert_events(&host, "drained");
	buf_free(&want);
	close(fd);
	stop();
}

TEST(drained_is_called_when_the_queue_is_empty)
{
	int fd;

	start();
	fd = hold("q");
	host_send(&host, "at once");
	host_run(&host);
	host_assert_events(&host, "");
	for (int i = 0; i < 4; i++)
		host_send(&host, text);
	host_run(&host);
	host_assert_events(&host, "");
	ck_assert_int_gt(read(fd, text, 1000), 0);
	host_run(&host);
	host_assert_events(&host, "");
	while (read(fd, text, SMALL) > 0)
		host_run(&host);
	host_assert_events(&host, "drained");
	close(fd);
	stop();
}

TEST(queues_share_the_bytes_of_a_chain)
{
	struct rcbuf *b;
	int fd[3];

	start();
	b = rcbuf_new(text, SMALL);
	chain_clear(&host.chain);
	for (int i = 0; i < 5; i++)
		chain_add_rcbuf(&host.chain, b);
	ck_assert_uint_eq(b->refs, 6);
	for (int i = 0; i < 3; i++) {
		fd[i] = hold("q");
		conn_send(host.conn, &host.chain);
		ck_assert(!conn_is_drained(host.conn));
	}
	/* ours, the chain's, and those of one parcel for all three */
	ck_assert_uint_eq(b->refs, 1 + 5 + 5);
	chain_clear(&host.chain);
	ck_assert_uint_eq(b->refs, 1 + 5);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	host_run(&host);
	ck_assert_uint_eq(b->refs, 1);
	rcbuf_unref(b);
	stop();
}

/* `sends` sends of one framed chain to each of 3 conns; returns how many
 * allocations that takes. */
static size_t
count_allocations(int sends)
{
	struct conn *conns[3];
	int fd[3];

	for (int i = 0; i < 3; i++) {
		fd[i] = hold("q");
		conns[i] = host.conn;
	}
	chain_clear(&host.chain);
	chain_add(&host.chain, text, SMALL);
	ck_assert(chain_frame(&host.chain, 1));
	allocations_start();
	for (int send = 0; send < sends; send++)
		for (int i = 0; i < 3; i++)
			conn_send(conns[i], &host.chain);
	allocations_stop();
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	host_run(&host);
	return allocations_count();
}

TEST(sending_to_drained_conns_allocates_nothing)
{
	start();
	ck_assert_uint_eq(count_allocations(1), 0);
	stop();
}

TEST(queueing_allocates_a_queue_and_items_per_conn_and_one_parcel)
{
	start();
	ck_assert_uint_eq(count_allocations(3), 3 * (1 + 2) + 1);
	stop();
}

/* With what malloc() adds they are 160 bytes of a 64-bit machine. */
TEST(a_conn_that_is_held_takes_few_bytes)
{
	ck_assert(sizeof(void *) > 8 || sizeof(struct conn) <= 152);
}

static size_t
backlog(void)
{
	return host.conn->unsent != NULL ? host.conn->unsent->queue.backlog : 0;
}

TEST(more_than_max_backlog_closes_the_conn)
{
	int fd, sent;

	start();
	fd = hold("q");
	for (sent = 0; sent < 20 && host.conn->state == CONN_SERVING; sent++) {
		ck_assert_uint_le(backlog(), HOST_MAX_BACKLOG);
		host_send(&host, text);
	}
	ck_assert_int_eq(host.conn->state, CONN_CLOSED);
	ck_assert_int_gt(sent, HOST_MAX_BACKLOG / (SMALL + 8));
	host_assert_events(&host, ""); /* not within conn_send() */
	host_run(&host);
	host_assert_events(&host, "closed");
	close(fd);
	stop();
}

TEST(what_an_empty_queue_is_given_does_not_close_the_conn)
{
	static char much[10 * HOST_MAX_BACKLOG];
	struct buf got;
	int fd;

	memset(much, 'x', sizeof(much) - 1);
	start();
	fd = hold("q");
	host_send(&host, much);
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	ck_assert_uint_eq(backlog(), 0);
	host_send(&host, text);
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	ck_assert_uint_eq(backlog(), SMALL + 8);
	buf_init(&got, 1 << 20);
	ck_assert(!peer_read(&host, fd, &got));
	host_send(&host, much);
	ck_assert_int_eq(host.conn->state, CONN_SERVING);
	buf_free(&got);
	close(fd);
	stop();
}

TEST(a_drained_queue_has_no_backlog)
{
	struct buf got;
	int fd;

	start();
	fd = hold("q");
	buf_init(&got, 1 << 20);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 4; i++)
			host_send(&host, text);
		ck_assert(!peer_read(&host, fd, &got));
		ck_assert_uint_eq(backlog(), 0);
	}
	ck_assert_uint_eq(got.len, 80 * (SMALL + 8));
	buf_free(&got);
	close(fd);
	stop();
}

TEST(a_slow_peer_does_not_delay_another)
{
	struct conn *slow;
	int fd[2];

	start();
	fd[0] = hold("slow");
	slow = host.conn;
	for (int i = 0; i < 4; i++)
		host_send(&host, text);
	fd[1] = hold("fast");
	host_send(&host, "hello");
	peer_assert(&host, fd[1], "out1:hello");
	ck_assert(!conn_is_drained(slow));
	close(fd[0]);
	close(fd[1]);
	stop();
}

TEST(conn_finish_sends_the_queue_first)
{
	struct buf got;
	int fd;

	start();
	fd = hold("q");
	for (int i = 0; i < 3; i++)
		host_send(&host, text);
	chain_clear(&host.chain);
	chain_end(&host.chain);
	conn_send(host.conn, &host.chain);
	conn_finish(host.conn);
	ck_assert_int_eq(host.conn->state, CONN_DRAINING);
	host_send(&host, "too late");
	buf_init(&got, 1 << 20);
	ck_assert(peer_read(&host, fd, &got));
	ck_assert_uint_eq(got.len, 3 * (SMALL + 8) + 8 + 16);
	host_assert_events(&host, "");
	buf_free(&got);
	close(fd);
	stop();
}

TEST(conn_cut_sends_the_queue_first)
{
	struct buf got;
	int fd;

	start();
	fd = hold("q");
	for (int i = 0; i < 3; i++)
		host_send(&host, text);
	conn_cut(host.conn);
	buf_init(&got, 1 << 20);
	ck_assert(peer_read(&host, fd, &got));
	ck_assert_uint_eq(got.len, 3 * (SMALL + 8));
	buf_free(&got);
	close(fd);
	stop();
}

TEST(sending_to_a_closed_peer_closes_the_conn)
{
	int fd;

	start();
	fd = hold("q");
	close(fd);
	host_send(&host, "x");
	ck_assert_int_eq(host.conn->state, CONN_CLOSED);
	host_assert_events(&host, "");
	host_run(&host);
	host_assert_events(&host, "closed");
	stop();
}

TEST(a_peer_that_closes_with_a_queue_closes_the_conn)
{
	int fd;

	start();
	fd = hold("q");
	for (int i = 0; i < 3; i++)
		host_send(&host, text);
	close(fd);
	host_run(&host);
	host_assert_events(&host, "closed");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_bad_chain_closes_the_conn)
{
	int fd;

	start();
	fd = hold("q");
	chain_clear(&host.chain);
	chain_add_rcbuf(&host.chain, NULL);
	conn_send(host.conn, &host.chain);
	host_run(&host);
	host_assert_events(&host, "closed");
	peer_assert(&host, fd, "eof");
	close(fd);
	stop();
}

TEST(an_empty_chain_sends_nothing)
{
	int fd;

	start();
	fd = hold("q");
	chain_clear(&host.chain);
	conn_send(host.conn, &host.chain);
	peer_assert(&host, fd, "");
	ck_assert(conn_is_drained(host.conn));
	close(fd);
	stop();
}

TEST(records_have_the_id_of_the_request)
{
	int fd;

	start();
	fd = host_connect(&host);
	add_head(&in, 65535, 0, "q");
	peer_send(&host, fd, &in);
	host_send(&host, "x");
	peer_assert(&host, fd, "out65535:x");
	close(fd);
	stop();
}
