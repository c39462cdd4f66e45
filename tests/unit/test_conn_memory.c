/* SPDX-License-Identifier: MIT */
/* Above max_memory the largest queues are cut (shared/net/conn.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <string.h>
#include <unistd.h>

#include "shared/base/rcbuf.h"
#include "tests/unit/peer.h"
#include "tests/unit/record_text.h"
#include "tests/unit/suite.h"

enum { PEERS = 40, LARGE = HOST_MAX_MEMORY / 8 };

static struct host host;
static struct buf in;
static struct conn *conns[PEERS];
static int fds[PEERS], count;
static char text[HOST_MAX_MEMORY];

static void
start(void)
{
	host_init(&host);
	host.sndbuf = 1; /* the minimum of the kernel, about 4.5 KB */
	buf_init(&in, 1 << 20);
	memset(text, 'x', sizeof(text));
	count = 0;
}

static void
stop(void)
{
	for (int i = 0; i < count; i++)
		close(fds[i]);
	host_run(&host);
	host_free(&host);
	buf_free(&in);
	ck_assert_uint_eq(queues_memory(), 0);
}

/* Another peer, which reads nothing. All of them must be connected before the
 * first is cut: the loop frees what was cut. */
static void
hold(void)
{
	fds[count] = host_connect(&host);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fds[count], &in);
	conns[count] = host.conn;
	host.events[0] = '\0';
	count++;
}

static void
hold_many(int n)
{
	for (int i = 0; i < n; i++)
		hold();
}

/* Gives it bytes of its own. */
static void
give(int i, size_t len)
{
	chain_clear(&host.chain);
	chain_add(&host.chain, text, len);
	conn_send(conns[i], &host.chain);
	chain_clear(&host.chain);
}

static bool
is_open(int i)
{
	return conns[i]->state != CONN_CLOSED;
}

static int
open_count(void)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		n += is_open(i);
	return n;
}

TEST(many_large_answers_stay_below_max_memory)
{
	int open;

	start();
	hold_many(PEERS);
	for (int i = 0; i < PEERS; i++) {
		give(i, LARGE);
		ck_assert(is_open(i)); /* never by its own first step */
		ck_assert_uint_le(queues_memory(), HOST_MAX_MEMORY);
	}
	open = open_count();
	ck_assert_int_ge(open, 6);
	host_assert_events(&host, ""); /* not within conn_send() */
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, (size_t)open);
	stop();
}

TEST(the_largest_are_cut_first)
{
	enum { SMALL, LARGEST, SMALL_TOO, LAST, ALL };

	start();
	hold_many(ALL);
	give(SMALL, LARGE / 4);
	give(LARGEST, HOST_MAX_MEMORY / 2);
	give(SMALL_TOO, LARGE / 4);
	give(LAST, HOST_MAX_MEMORY / 2);
	ck_assert(!is_open(LARGEST));
	ck_assert(is_open(SMALL) && is_open(SMALL_TOO) && is_open(LAST));
	stop();
}

TEST(of_equal_ones_the_one_that_waited_longest_is_cut_first)
{
	int open;

	start();
	hold_many(8);
	for (int i = 0; i < 8; i++)
		give(i, LARGE);
	open = open_count();
	ck_assert_int_lt(open, 8);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(is_open(i), i >= 8 - open);
	stop();
}

TEST(one_answer_above_max_memory_is_not_cut)
{
	start();
	hold();
	host.conns.max_memory = LARGE / 2;
	give(0, LARGE);
	ck_assert(is_open(0));
	stop();
}

/* Cutting those who share a large message would free nothing. */
TEST(shared_bytes_do_not_make_a_queue_large)
{
	enum { SHARE = 20, OWN = 8 };
	struct rcbuf *b = rcbuf_new(text, 4 * LARGE);

	start();
	hold_many(SHARE + OWN);
	chain_clear(&host.chain);
	chain_add_rcbuf(&host.chain, b);
	for (int i = 0; i < SHARE; i++)
		conn_send(conns[i], &host.chain);
	chain_clear(&host.chain);
	ck_assert_uint_lt(queues_memory(), 5 * LARGE);
	for (int i = SHARE; i < SHARE + OWN; i++)
		give(i, LARGE);
	ck_assert_uint_le(queues_memory(), HOST_MAX_MEMORY);
	for (int i = 0; i < SHARE; i++)
		ck_assert(is_open(i));
	ck_assert(!is_open(SHARE));
	rcbuf_unref(b);
	stop();
}

TEST(a_finished_answer_counts_and_is_cut)
{
	int open;

	start();
	hold_many(PEERS);
	for (int i = 0; i < PEERS; i++) {
		give(i, LARGE);
		conn_finish(conns[i]);
	}
	ck_assert_uint_le(queues_memory(), HOST_MAX_MEMORY);
	open = open_count();
	ck_assert_int_ge(open, 6);
	ck_assert_int_lt(open, 9);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, (size_t)open);
	host_assert_events(&host, "");
	stop();
}
