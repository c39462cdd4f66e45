/* SPDX-License-Identifier: MIT */
/* Parcels (shared/net/chain.c). */
#include "config.h"

#include "shared/net/chain.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/allocations.h"
#include "tests/unit/chain_want.h"
#include "tests/unit/suite.h"

/* Too long to be copied into one piece. */
static struct rcbuf *
large_rcbuf(void)
{
	static char text[10000];

	memset(text, 'b', sizeof(text) - 1);
	return rcbuf_new(text, sizeof(text) - 1);
}

TEST(a_short_chain_is_one_iovec)
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

TEST(a_parcel_outlives_its_chain)
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

TEST(chain_keep_returns_the_same_parcel_again)
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

TEST(a_reused_chain_allocates_only_its_parcel)
{
	struct rcbuf *b = large_rcbuf();
	size_t allocations[2];
	bool ok;

	chain_start();
	for (int i = 0; i < 2; i++) {
		allocations_start();
		for (int j = 0; j < 40; j++) {
			chain_add_rcbuf(&chain, b);
			chain_add(&chain, "some", 4);
		}
		chain_end(&chain);
		ok = chain_frame(&chain, 1);
		parcel_unref(chain_keep(&chain));
		parcel_unref(chain_keep(&chain));
		chain_clear(&chain);
		allocations_stop();
		ck_assert(ok);
		allocations[i] = allocations_count();
	}
	ck_assert_uint_gt(allocations[0], 1);
	ck_assert_uint_eq(allocations[1], 1); /* the parcel */
	ck_assert_uint_eq(b->refs, 1);
	rcbuf_unref(b);
	chain_stop();
}
