/* SPDX-License-Identifier: MIT */
/* shared/net/queue.c, one fact per test; the name is the fact. */
#include "config.h"

#include "shared/net/queue.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/nomem.h"
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
	memset(&q, 0, sizeof(q));
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

/* Queues these bytes but for the first `sent`. */
static void
add(const void *bytes, size_t len, size_t sent, bool counts)
{
	fill(bytes, len);
	ck_assert(queue_add(&q, &c, sent, counts));
	buf_put(&want, (const char *)bytes + sent, len - sent);
}

/* The peer takes what there is, at most `most` bytes. */
static void
take(size_t most)
{
	static char bytes[BIG];
	ssize_t n = read(peer, bytes, most);

	if (n > 0)
		buf_put(&got, bytes, (size_t)n);
}

/* Writes until nothing is left; the peer takes `most` at a time. */
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

TEST(a_zeroed_queue_is_empty_and_writes_nothing)
{
	start();
	ck_assert(queue_is_empty(&q));
	ck_assert_int_eq(queue_write(&q, out), 0);
	queue_free(&q);
	stop();
}

TEST(bytes_come_in_the_order_they_were_queued)
{
	start();
	add("one ", 4, 0, true);
	add("two ", 4, 0, false);
	add("three", 5, 0, true);
	ck_assert(!queue_is_empty(&q));
	drain(BIG);
	stop();
}

TEST(the_order_is_kept_over_partial_writes)
{
	start();
	for (int i = 0; i < 10; i++) {
		memset(big, 'a' + i, BIG);
		add(big, BIG / 4, (size_t)i, i % 2 == 0);
	}
	drain(777);
	stop();
}

TEST(what_was_sent_before_is_not_sent_again)
{
	for (size_t sent = 0; sent < 12; sent++) {
		struct rcbuf *b = rcbuf_new("45", 2);

		start();
		chain_add(&c, "0123", 4);
		chain_add_rcbuf(&c, b);
		chain_add(&c, "678901", 6);
		ck_assert(chain_frame(&c, CHAIN_RAW));
		ck_assert(queue_add(&q, &c, sent, true));
		ck_assert_uint_eq(q.backlog, 12 - sent);
		buf_put(&want, "012345678901" + sent, 12 - sent);
		drain(BIG);
		rcbuf_unref(b);
		stop();
	}
}

TEST(bypass_and_queue_together_lose_nothing)
{
	ssize_t sent;

	start();
	fill(big, BIG);
	sent = queue_bypass(out, &c);
	ck_assert_int_gt(sent, 0);
	ck_assert_int_lt(sent, BIG);
	ck_assert(queue_add(&q, &c, (size_t)sent, true));
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
	ck_assert(queue_add(&q, &c, 0, true));
	ck_assert_int_eq(queue_write(&q, out), 0);
	ck_assert_uint_eq(q.backlog, BIG);
	stop();
}

TEST(a_peer_that_left_is_an_error)
{
	start();
	close(peer);
	fill("x", 1);
	ck_assert_int_eq(queue_bypass(out, &c), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert(queue_add(&q, &c, 0, true));
	ck_assert_int_eq(queue_write(&q, out), -1);
	ck_assert_int_eq(errno, EPIPE);
	peer = dup(out);
	stop();
}

TEST(only_what_counts_is_backlog)
{
	start();
	add(big, 50000, 0, false);
	ck_assert_uint_eq(q.backlog, 0);
	add(big, 300, 100, true);
	ck_assert_uint_eq(q.backlog, 200);
	add(big, 50, 0, true);
	ck_assert_uint_eq(q.backlog, 250);
	ck_assert_int_gt(queue_write(&q, out), 0);
	ck_assert_uint_eq(q.backlog, 250);
	drain(BIG);
	ck_assert_uint_eq(q.backlog, 0);
	stop();
}

TEST(backlog_falls_by_what_was_written)
{
	ssize_t sent;

	start();
	add(big, BIG, 0, true);
	sent = queue_write(&q, out);
	ck_assert_int_gt(sent, 0);
	ck_assert_uint_eq(q.backlog, BIG - (size_t)sent);
	stop();
}

TEST(rcbufs_are_referred_to_and_let_go_when_written)
{
	struct queue others[3] = {{.head = NULL}};
	struct rcbuf *b;

	start();
	b = rcbuf_new(big, 6000);
	chain_add_rcbuf(&c, b);
	ck_assert(chain_frame(&c, CHAIN_RAW));
	for (int i = 0; i < 3; i++)
		ck_assert(queue_add(&others[i], &c, 0, true));
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

TEST(more_pieces_than_one_write_takes_are_fine)
{
	start();
	for (int i = 0; i < 2000; i++)
		add("0123456789", 10, (size_t)(i % 10), true);
	drain(BIG);
	ck_assert_uint_eq(q.backlog, 0);
	stop();
}

TEST(dropping_all_makes_it_empty_and_usable)
{
	start();
	add("lost", 4, 0, true);
	queue_free(&q);
	ck_assert(queue_is_empty(&q));
	ck_assert_uint_eq(q.backlog, 0);
	buf_clear(&want);
	add("kept", 4, 0, true);
	drain(BIG);
	stop();
}

TEST(no_memory_queues_nothing_and_leaks_nothing)
{
	struct queue with = {.head = NULL};
	size_t n;
	bool ok;

	start();
	add("before", 6, 0, true);
	for (n = 0;; n++) {
		fill("bytes", 5);
		nomem_after(n);
		ok = queue_add(&with, &c, 0, true);
		chain_clear(&c);
		if (!nomem_off())
			break;
		ck_assert(!ok);
		ck_assert(queue_is_empty(&with));
		ck_assert_uint_eq(with.backlog, 0);
		ck_assert_uint_eq(nomem_live(), 0);
	}
	ck_assert(ok);
	ck_assert_uint_eq(n, 2);
	queue_free(&with);
	drain(BIG);
	stop();
}

TEST(writing_allocates_nothing)
{
	ssize_t sent;

	start();
	add(big, BIG, 0, true);
	nomem_after(0);
	sent = queue_write(&q, out);
	ck_assert(!nomem_off());
	ck_assert_int_gt(sent, 0);
	stop();
}
