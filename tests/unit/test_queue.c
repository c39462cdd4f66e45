/* SPDX-License-Identifier: MIT */
/* shared/net/queue.c. */
#include "config.h"

#include "shared/net/queue.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/allocations.h"
#include "tests/unit/suite.h"

enum { BIG = 100000 };

static struct queue q;
static struct chain c;
static struct buf want, got;
static int out, peer;
static char big[BIG];

static void
start(void)
{
	int ends[2], least = 1;

	signal(SIGPIPE, SIG_IGN);
	queue_init(&q);
	chain_init(&c);
	buf_init(&want, 1 << 24);
	buf_init(&got, 1 << 24);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	out = ends[0];
	peer = ends[1];
	setsockopt(out, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i % 251);
}

static void
stop(void)
{
	queue_free(&q);
	chain_free(&c);
	buf_free(&want);
	buf_free(&got);
	close(out);
	close(peer);
}

/* Makes the chain these bytes, raw. */
static void
fill(const void *bytes, size_t len)
{
	chain_clear(&c);
	chain_add(&c, bytes, len);
	ck_assert(chain_frame(&c, CHAIN_RAW));
}

/* Queues these bytes except for the first `sent`. */
static void
add(const void *bytes, size_t len, size_t sent)
{
	fill(bytes, len);
	queue_add(&q, &c, sent);
	buf_put(&want, (const char *)bytes + sent, len - sent);
}

/* The peer reads at most `most` bytes. */
static void
take(size_t most)
{
	static char bytes[BIG];
	ssize_t n = read(peer, bytes, most);

	if (n > 0)
		buf_put(&got, bytes, (size_t)n);
}

/* Writes until the queue is empty; the peer reads `most` bytes at a time. */
static void
drain(size_t most)
{
	for (int i = 0; !queue_is_empty(&q) && i < 1000000; i++) {
		ck_assert_int_ge(queue_write(&q, out), 0);
		take(most);
	}
	ck_assert(queue_is_empty(&q));
	for (size_t before = got.len + 1; before != got.len;) {
		before = got.len;
		take(BIG);
	}
	suite_assert_same(got.bytes, got.len, want.bytes, want.len);
}

TEST(a_new_queue_is_empty_and_writes_nothing)
{
	start();
	ck_assert(queue_is_empty(&q));
	ck_assert_int_eq(queue_write(&q, out), 0);
	queue_free(&q);
	stop();
}

TEST(bytes_are_written_in_the_order_they_were_queued)
{
	start();
	add("one ", 4, 0);
	add("two ", 4, 0);
	add("three", 5, 0);
	ck_assert(!queue_is_empty(&q));
	drain(BIG);
	stop();
}

TEST(partial_writes_keep_the_order)
{
	start();
	for (int i = 0; i < 10; i++) {
		memset(big, 'a' + i, BIG);
		add(big, BIG / 4, (size_t)i);
	}
	drain(777);
	stop();
}

TEST(bytes_that_were_sent_are_not_queued)
{
	for (size_t sent = 0; sent < 12; sent++) {
		struct rcbuf *b = rcbuf_new("45", 2);

		start();
		add("x", 1, 0);
		chain_clear(&c);
		chain_add(&c, "0123", 4);
		chain_add_rcbuf(&c, b);
		chain_add(&c, "678901", 6);
		ck_assert(chain_frame(&c, CHAIN_RAW));
		queue_add(&q, &c, sent);
		ck_assert_uint_eq(q.backlog, 12 - sent);
		buf_put(&want, &"012345678901"[sent], 12 - sent);
		drain(BIG);
		rcbuf_unref(b);
		stop();
	}
}

TEST(a_partial_bypass_and_the_queue_send_every_byte)
{
	ssize_t sent;

	start();
	fill(big, BIG);
	sent = queue_bypass(out, &c);
	ck_assert_int_gt(sent, 0);
	ck_assert_int_lt(sent, BIG);
	queue_add(&q, &c, (size_t)sent);
	buf_put(&want, big, BIG);
	drain(5000);
	stop();
}

TEST(a_full_socket_takes_0_bytes)
{
	start();
	fill(big, BIG);
	ck_assert_int_gt(queue_bypass(out, &c), 0);
	while (queue_bypass(out, &c) > 0)
		;
	ck_assert_int_eq(queue_bypass(out, &c), 0);
	queue_add(&q, &c, 0);
	ck_assert_int_eq(queue_write(&q, out), 0);
	ck_assert(!queue_is_empty(&q));
	stop();
}

TEST(a_closed_peer_is_an_error)
{
	start();
	close(peer);
	fill("x", 1);
	ck_assert_int_eq(queue_bypass(out, &c), -1);
	ck_assert_int_eq(errno, EPIPE);
	queue_add(&q, &c, 0);
	ck_assert_int_eq(queue_write(&q, out), -1);
	ck_assert_int_eq(errno, EPIPE);
	peer = dup(out);
	stop();
}

TEST(what_an_empty_queue_is_given_is_no_backlog)
{
	start();
	add(big, 50000, 0);
	ck_assert_uint_eq(q.backlog, 0);
	add(big, 300, 100);
	ck_assert_uint_eq(q.backlog, 200);
	add(big, 50, 0);
	ck_assert_uint_eq(q.backlog, 250);
	ck_assert_int_gt(queue_write(&q, out), 0);
	ck_assert_uint_eq(q.backlog, 250);
	drain(BIG);
	ck_assert_uint_eq(q.backlog, 0);
	add(big, 50000, 0);
	ck_assert_uint_eq(q.backlog, 0);
	drain(BIG);
	stop();
}

TEST(writing_reduces_the_backlog)
{
	size_t sent;

	start();
	add("x", 1, 0);
	add(big, BIG, 0);
	ck_assert_uint_eq(q.backlog, BIG);
	sent = (size_t)queue_write(&q, out);
	ck_assert_uint_gt(sent, 1);
	ck_assert_uint_eq(q.backlog, BIG - (sent - 1));
	stop();
}

TEST(memory_counts_shared_bytes_once)
{
	struct queue others[3];
	struct rcbuf *b;
	size_t one;

	start();
	ck_assert_uint_eq(queues_memory(), 0);
	b = rcbuf_new(big, BIG);
	chain_add_rcbuf(&c, b);
	ck_assert(chain_frame(&c, CHAIN_RAW));
	ck_assert_uint_eq(queues_memory(), 0); /* nothing is queued */
	for (int i = 0; i < 3; i++) {
		queue_init(&others[i]);
		queue_add(&others[i], &c, 0);
		if (i == 0)
			one = queues_memory();
	}
	ck_assert_uint_ge(one, BIG);
	ck_assert_uint_lt(queues_memory(), one + 2 * 100);
	chain_clear(&c); /* as after each send */
	ck_assert_uint_gt(queue_share(&others[0]), BIG / 3);
	ck_assert_uint_lt(queue_share(&others[0]), BIG / 3 + 200);
	queue_free(&others[0]);
	queue_free(&others[1]);
	ck_assert_uint_ge(queues_memory(), BIG);
	ck_assert_uint_ge(queue_share(&others[2]), BIG);
	queue_free(&others[2]);
	ck_assert_uint_eq(queues_memory(), 0);
	rcbuf_unref(b);
	stop();
}

TEST(an_rcbuf_in_several_chains_counts_once)
{
	struct queue others[10];
	struct rcbuf *b = rcbuf_new(big, BIG);

	start();
	for (int i = 0; i < 10; i++) {
		chain_clear(&c);
		chain_add_rcbuf(&c, b);
		chain_add(&c, "own suffix", 10);
		ck_assert(chain_frame(&c, 1)); /* several records */
		queue_init(&others[i]);
		queue_add(&others[i], &c, 0);
	}
	chain_clear(&c);
	ck_assert_uint_lt(queues_memory(), BIG + 10 * 500);
	for (int i = 0; i < 10; i++)
		ck_assert_uint_lt(queue_share(&others[i]), BIG / 10 + 500);
	for (int i = 0; i < 10; i++)
		queue_free(&others[i]);
	ck_assert_uint_eq(queues_memory(), 0);
	rcbuf_unref(b);
	stop();
}

/* A client that leaves the last byte in the queue would hold all of it. */
TEST(memory_is_what_is_allocated_not_what_is_unsent)
{
	start();
	add(big, BIG, BIG - 1);
	chain_clear(&c);
	ck_assert_uint_ge(queues_memory(), BIG);
	ck_assert_uint_ge(queue_share(&q), BIG);
	drain(BIG);
	ck_assert_uint_eq(queues_memory(), 0);
	stop();
}

TEST(items_without_bytes_of_their_own_take_memory)
{
	struct queue other;

	start();
	queue_init(&other);
	fill("x", 1);
	queue_add(&other, &c, 0);
	for (int i = 0; i < 1000; i++)
		queue_add(&q, &c, 0);
	ck_assert_uint_ge(queue_share(&q), 1000 * 64);
	ck_assert_uint_lt(queue_share(&other), 100);
	queue_free(&q);
	queue_free(&other);
	chain_clear(&c);
	ck_assert_uint_eq(queues_memory(), 0);
	stop();
}

TEST(rcbufs_are_shared_and_released_when_written)
{
	struct queue others[3];
	struct rcbuf *b;

	start();
	b = rcbuf_new(big, 6000);
	chain_add_rcbuf(&c, b);
	ck_assert(chain_frame(&c, CHAIN_RAW));
	for (int i = 0; i < 3; i++) {
		queue_init(&others[i]);
		queue_add(&others[i], &c, 0);
	}
	chain_clear(&c);
	ck_assert_uint_eq(b->refs, 2); /* one parcel for all */
	for (int i = 0; i < 2; i++)
		queue_free(&others[i]);
	ck_assert_uint_eq(b->refs, 2);
	q = others[2];
	buf_put(&want, big, 6000);
	drain(BIG);
	ck_assert_uint_eq(b->refs, 1);
	rcbuf_unref(b);
	stop();
}

TEST(more_iovecs_than_one_write_takes_are_all_written)
{
	start();
	for (int i = 0; i < 2000; i++)
		add("0123456789", 10, (size_t)(i % 10));
	drain(BIG);
	ck_assert_uint_eq(q.backlog, 0);
	stop();
}

TEST(a_freed_queue_is_empty_and_usable)
{
	start();
	add("lost", 4, 0);
	queue_free(&q);
	ck_assert(queue_is_empty(&q));
	ck_assert_uint_eq(q.backlog, 0);
	buf_clear(&want);
	add("kept", 4, 0);
	drain(BIG);
	stop();
}

TEST(an_item_and_one_parcel_for_all_are_all_that_is_allocated)
{
	struct queue queues[3];

	start();
	fill("bytes", 5);
	allocations_start();
	for (int i = 0; i < 3; i++) {
		queue_init(&queues[i]);
		queue_add(&queues[i], &c, 0);
	}
	for (int i = 0; i < 3; i++)
		queue_free(&queues[i]);
	chain_clear(&c);
	allocations_stop();
	ck_assert_uint_eq(allocations_count(), 3 + 1);
	ck_assert_uint_eq(allocations_live(), 0);
	stop();
}

TEST(writing_allocates_nothing)
{
	ssize_t sent;

	start();
	add(big, BIG, 0);
	allocations_start();
	sent = queue_write(&q, out);
	allocations_stop();
	ck_assert_int_gt(sent, 0);
	ck_assert_uint_eq(allocations_count(), 0);
	stop();
}
