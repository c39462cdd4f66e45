/* SPDX-License-Identifier: MIT */
/* Tests of shared/base/backoff.c. */
#include "config.h"

#include "shared/base/backoff.h"

#include "tests/unit/suite.h"

TEST(delays_double_from_50_ms_to_the_limit_and_vary_by_half)
{
	static const double want[] = {.05, .1, .2, .4, .8, 1.6, 2., 2., 2.};
	struct backoff b = {0};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		double delay = backoff_delay(&b, 2.);

		ck_assert_double_ge(delay, 0.5 * want[i]);
		ck_assert_double_le(delay, 1.5 * want[i] + 1e-9);
	}
}

TEST(a_zeroed_backoff_begins_again)
{
	struct backoff b = {0};

	for (int i = 0; i < 10; i++)
		ck_assert_double_gt(backoff_delay(&b, 2.), 0.);
	b = (struct backoff){0};
	ck_assert_double_le(backoff_delay(&b, 2.), 0.075 + 1e-9);
}

TEST(a_lower_limit_counts_at_once)
{
	struct backoff b = {0};

	for (int i = 0; i < 10; i++)
		ck_assert_double_gt(backoff_delay(&b, 2.), 0.);
	ck_assert_double_le(backoff_delay(&b, 0.4), 0.6 + 1e-9);
}
