/* SPDX-License-Identifier: MIT */
/* Chains that are kept (shared/net/chain.c), and no memory: one fact per test;
 * the name is the fact. */
#include "config.h"

#include "shared/net/chain.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/chain_want.h"
#include "tests/unit/nomem.h"
#include "tests/unit/suite.h"

/* Too large to be copied even once. */
static struct rcbuf *
large_rcbuf(void)
{
	static char text[10000];

	memset(text, 'b', sizeof(text) - 1);
	return rcbuf_new(text, sizeof(text) - 1);
}

TEST(a_short_chain_is_one_piece)
{
	struct rcbuf *b = rcbuf_new("block", 5);

	chain_start();
	chain_add(&chain, "one ", 4);
	chain_add_rcbuf(&chain, b);
	chain_end(&chain);
	ck_assert(chain_frame(&chain, 1));
	ck_assert_uint_eq(chain.iov_count, 1);
	want_stdout(1, "one block");
	want_end(1);
	assert_iov(chain.iov, chain.iov_count, chain.len);
	rcbuf_unref(b);
	chain_stop();
}

TEST(a_parcel_is_the_framed_bytes_and_outlives_the_chain)
{
	struct rcbuf *b = large_rcbuf();
	char text[11000];
	struct parcel *p;

	chain_start();
	chain_add(&chain, "one ", 4);
	chain_add_rcbuf(&chain, b);
	chain_end(&chain);
	ck_assert(chain_frame(&chain, 1));
	p = chain_keep(&chain);
	chain_clear(&chain);
	chain_add(&chain, "other bytes", 11);
	ck_assert(chain_frame(&chain, 1));
	chain_free(&chain);
	snprintf(text, sizeof(text), "one %.*s", (int)b->len, b->bytes);
	want_stdout(1, text);
	want_end(1);
	assert_iov(p->iov, p->iov_count, p->len);
	ck_assert_uint_eq(b->refs, 2); /* by reference, not copied */
	parcel_unref(p);
	ck_assert_uint_eq(b->refs, 1);
	rcbuf_unref(b);
	chain_stop();
}

TEST(kept_again_it_is_the_same_parcel)
{
	struct parcel *one, *two, *three;

	chain_start();
	chain_add(&chain, "x", 1);
	ck_assert(chain_frame(&chain, 1));
	one = chain_keep(&chain);
	ck_assert(chain_frame(&chain, 1));
	two = chain_keep(&chain);
	ck_assert_ptr_eq(one, two);
	ck_assert_uint_eq(one->refs, 3);
	ck_assert(chain_frame(&chain, 2));
	three = chain_keep(&chain);
	ck_assert_ptr_ne(one, three);
	parcel_unref(one);
	parcel_unref(two);
	parcel_unref(three);
	parcel_unref(NULL);
	chain_stop();
}

/* One of everything. */
static bool
use(struct rcbuf *b, struct parcel **kept)
{
	struct buf some;
	bool ok;

	buf_init(&some, 100);
	buf_puts(&some, "some");
	for (int i = 0; i < 40; i++) {
		chain_add_rcbuf(&chain, b);
		chain_add_buf(&chain, &some);
	}
	chain_end(&chain);
	ok = chain_frame(&chain, 1);
	*kept = ok ? chain_keep(&chain) : NULL;
	buf_free(&some);
	return ok && *kept != NULL;
}

TEST(no_memory_is_said_and_leaks_nothing)
{
	struct rcbuf *b = rcbuf_new("block", 5);
	struct parcel *kept;
	size_t n;
	bool ok;

	chain_start();
	for (n = 0;; n++) {
		nomem_after(n);
		chain_init(&chain);
		ok = use(b, &kept);
		chain_free(&chain);
		parcel_unref(kept);
		if (!nomem_off())
			break;
		ck_assert(!ok);
		ck_assert_uint_eq(nomem_live(), 0);
		ck_assert_uint_eq(b->refs, 1);
	}
	ck_assert(ok);
	ck_assert_uint_gt(n, 5);
	rcbuf_unref(b);
	chain_stop();
}

TEST(after_no_memory_a_cleared_chain_is_good_again)
{
	struct parcel *kept;
	struct rcbuf *b = rcbuf_new("block", 5);
	bool ok;

	chain_start();
	for (size_t n = 0; n < 8; n++) {
		nomem_after(n);
		ok = use(b, &kept);
		nomem_off();
		ck_assert(!ok);
		parcel_unref(kept);
		chain_clear(&chain);
		chain_add(&chain, "x", 1);
		want_stdout(1, "x");
		assert_framed(1);
		chain_free(&chain);
	}
	rcbuf_unref(b);
	chain_stop();
}
