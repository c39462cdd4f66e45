/* SPDX-License-Identifier: MIT */
/* Tests of bench/load/histogram.c. */
#include "config.h"

#include "bench/load/histogram.h"

#include "tests/unit/suite.h"

static struct histogram h;

static void
empty(void)
{
	h = (struct histogram){0};
}

TEST(of_nothing_every_percentile_is_zero)
{
	empty();
	ck_assert_uint_eq(histogram_at(&h, 50), 0);
	ck_assert_uint_eq(histogram_at(&h, 100), 0);
}

TEST(short_durations_are_exact)
{
	empty();
	for (uint64_t ns = 1; ns <= 1000; ns++)
		histogram_add(&h, ns);
	ck_assert_uint_eq(histogram_at(&h, 50), 500);
	ck_assert_uint_eq(histogram_at(&h, 99), 990);
	ck_assert_uint_eq(histogram_at(&h, 99.9), 999);
}

TEST(a_percentile_is_at_most_a_512th_too_long)
{
	for (uint64_t ns = 1; ns < 2000000000000; ns = ns * 5 / 3 + 1) {
		empty();
		histogram_add(&h, ns);
		histogram_add(&h, ns * 2);
		ck_assert_uint_ge(histogram_at(&h, 50), ns);
		ck_assert_uint_le(histogram_at(&h, 50), ns + ns / 512);
	}
}

TEST(the_last_percentile_is_the_longest_exactly)
{
	empty();
	histogram_add(&h, 5);
	histogram_add(&h, 123456789);
	ck_assert_uint_eq(histogram_at(&h, 100), 123456789);
	ck_assert_uint_eq(h.max_ns, 123456789);
}

TEST(one_of_a_thousand_does_not_move_the_99_9th_percentile)
{
	empty();
	for (int i = 0; i < 999; i++)
		histogram_add(&h, 100);
	histogram_add(&h, 900);
	ck_assert_uint_eq(histogram_at(&h, 99.9), 100);
	ck_assert_uint_eq(histogram_at(&h, 99.95), 900);
}

TEST(hours_are_counted_in_the_last_step)
{
	empty();
	histogram_add(&h, UINT64_C(7200000000000));
	histogram_add(&h, UINT64_C(9000000000000));
	ck_assert_uint_eq(h.count, 2);
	ck_assert_uint_eq(histogram_at(&h, 50), UINT64_C(9000000000000));
}
