/* SPDX-License-Identifier: MIT */
/* shared/base/rcbuf.c. */
#include "config.h"

#include "shared/base/rcbuf.h"

#include <stdint.h>

#include "tests/unit/allocations.h"
#include "tests/unit/suite.h"

TEST(an_rcbuf_is_a_copy_with_one_reference)
{
	char bytes[] = "abc";
	struct rcbuf *b = rcbuf_new(bytes, 3);

	bytes[0] = 'X';
	ck_assert_uint_eq(b->refs, 1);
	suite_assert_same(b->bytes, b->len, "abc", 3);
	rcbuf_unref(b);
}

TEST(an_rcbuf_may_be_empty)
{
	struct rcbuf *b = rcbuf_new(NULL, 0);

	ck_assert_uint_eq(b->len, 0);
	rcbuf_unref(b);
}

TEST(the_last_unref_frees)
{
	struct rcbuf *b;
	size_t live[3];

	allocations_start();
	b = rcbuf_new("abc", 3);
	rcbuf_ref(b);
	live[0] = allocations_live();
	rcbuf_unref(b);
	live[1] = allocations_live();
	rcbuf_unref(b);
	live[2] = allocations_live();
	allocations_stop();
	ck_assert_uint_eq(live[0], 1);
	ck_assert_uint_eq(live[1], 1);
	ck_assert_uint_eq(live[2], 0);
}

TEST(ref_returns_the_rcbuf)
{
	struct rcbuf *b = rcbuf_new("abc", 3);

	ck_assert_ptr_eq(rcbuf_ref(b), b);
	ck_assert_uint_eq(b->refs, 2);
	rcbuf_unref(b);
	rcbuf_unref(b);
}

TEST(null_may_be_passed_to_ref_and_unref)
{
	ck_assert_ptr_null(rcbuf_ref(NULL));
	rcbuf_unref(NULL);
}
