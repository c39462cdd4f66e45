/* SPDX-License-Identifier: MIT */
/* shared/base/rcbuf.c, one fact per test; the name is the fact. */
#include "config.h"

#include "shared/base/rcbuf.h"

#include "tests/unit/nomem.h"
#include "tests/unit/suite.h"

TEST(a_rcbuf_is_a_copy_with_one_reference)
{
	char bytes[] = "abc";
	struct rcbuf *b = rcbuf_new(bytes, 3);

	bytes[0] = 'X';
	ck_assert_uint_eq(b->refs, 1);
	suite_assert_same(b->bytes, b->len, "abc", 3);
	rcbuf_unref(b);
}

TEST(an_empty_rcbuf_is_fine)
{
	struct rcbuf *b = rcbuf_new(NULL, 0);

	ck_assert_uint_eq(b->len, 0);
	rcbuf_unref(b);
}

TEST(only_the_last_unref_frees)
{
	struct rcbuf *b;
	size_t live[3];

	nomem_after(1);
	b = rcbuf_new("abc", 3);
	rcbuf_ref(b);
	live[0] = nomem_live();
	rcbuf_unref(b);
	live[1] = nomem_live();
	rcbuf_unref(b);
	live[2] = nomem_live();
	nomem_off();
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

TEST(null_may_be_referenced_and_unreferenced)
{
	ck_assert_ptr_null(rcbuf_ref(NULL));
	rcbuf_unref(NULL);
}

TEST(no_memory_is_null)
{
	struct rcbuf *b;
	bool refused;

	nomem_after(0);
	b = rcbuf_new("abc", 3);
	refused = nomem_off();
	ck_assert_ptr_null(b);
	ck_assert(refused);
}
