/* SPDX-License-Identifier: MIT */
/* shared/base/block.c, one fact per test; the name is the fact. */
#include "config.h"

#include "shared/base/block.h"

#include "tests/unit/nomem.h"
#include "tests/unit/suite.h"

START_TEST(a_block_is_a_copy_with_one_reference)
{
	char bytes[] = "abc";
	struct block *b = block_new(bytes, 3);

	bytes[0] = 'X';
	ck_assert_uint_eq(b->refs, 1);
	suite_assert_same(b->bytes, b->len, "abc", 3);
	block_unref(b);
}
END_TEST

START_TEST(an_empty_block_is_fine)
{
	struct block *b = block_new(NULL, 0);

	ck_assert_uint_eq(b->len, 0);
	block_unref(b);
}
END_TEST

START_TEST(only_the_last_unref_frees)
{
	struct block *b;
	size_t live[3];

	nomem_after(1);
	b = block_new("abc", 3);
	block_ref(b);
	live[0] = nomem_live();
	block_unref(b);
	live[1] = nomem_live();
	block_unref(b);
	live[2] = nomem_live();
	nomem_off();
	ck_assert_uint_eq(live[0], 1);
	ck_assert_uint_eq(live[1], 1);
	ck_assert_uint_eq(live[2], 0);
}
END_TEST

START_TEST(ref_returns_the_block)
{
	struct block *b = block_new("abc", 3);

	ck_assert_ptr_eq(block_ref(b), b);
	ck_assert_uint_eq(b->refs, 2);
	block_unref(b);
	block_unref(b);
}
END_TEST

START_TEST(null_may_be_referenced_and_unreferenced)
{
	ck_assert_ptr_null(block_ref(NULL));
	block_unref(NULL);
}
END_TEST

START_TEST(no_memory_is_null)
{
	struct block *b;
	bool refused;

	nomem_after(0);
	b = block_new("abc", 3);
	refused = nomem_off();
	ck_assert_ptr_null(b);
	ck_assert(refused);
}
END_TEST

SUITE("block", a_block_is_a_copy_with_one_reference, an_empty_block_is_fine,
      only_the_last_unref_frees, ref_returns_the_block,
      null_may_be_referenced_and_unreferenced, no_memory_is_null)
