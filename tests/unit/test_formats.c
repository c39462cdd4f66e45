/* SPDX-License-Identifier: MIT */
/* shared/hub/formats.c: one fact a test. */
#include "config.h"

#include "shared/hub/formats.h"

#include "tests/unit/suite.h"

static struct formats all;

TEST(equal_formats_are_one_object)
{
	struct format a = {.limit = 1}, b = {.limit = 1};
	const struct format *one = formats_get(&all, &a);
	const struct format *two = formats_get(&all, &b);

	ck_assert_ptr_eq(one, two);
	ck_assert_ptr_ne(one, &a);
	formats_release(&all, one);
	formats_release(&all, two);
}

TEST(different_formats_are_different_objects)
{
	struct format a = {.limit = 1}, b = {.callback = "f"};
	const struct format *one = formats_get(&all, &a);
	const struct format *two = formats_get(&all, &b);

	ck_assert_ptr_ne(one, two);
	ck_assert_uint_eq(one->limit, 1);
	ck_assert_str_eq(two->callback, "f");
	formats_release(&all, one);
	formats_release(&all, two);
}

TEST(a_format_lives_until_its_last_user_releases_it)
{
	struct format a = {.limit = 7};
	const struct format *one = formats_get(&all, &a);
	const struct format *two = formats_get(&all, &a);

	formats_release(&all, one);
	ck_assert_uint_eq(two->limit, 7);
	formats_release(&all, two);
	ck_assert_ptr_null(all.tree);
}
