/* SPDX-License-Identifier: MIT */
/* shared/app/denials.c */
#include "config.h"

#include "shared/app/denials.h"

#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

static struct denials denials;
static unsigned int skipped;

static bool
logs(unsigned int status)
{
	const struct problem p = {.status = status};

	return denials_log(&denials, &p, &skipped);
}

TEST(the_first_of_a_second_is_logged)
{
	ck_assert(logs(403));
	ck_assert_uint_eq(skipped, 0);
	ck_assert(!logs(403));
	ck_assert(!logs(401));
	fake_clock_advance(999);
	ck_assert(!logs(401));
}

TEST(the_next_second_says_how_many_were_not_logged)
{
	ck_assert(logs(401));
	for (int i = 0; i < 5; i++)
		ck_assert(!logs(403));
	fake_clock_advance(1000);
	ck_assert(logs(403));
	ck_assert_uint_eq(skipped, 5);
	fake_clock_advance(1000);
	ck_assert(logs(403));
	ck_assert_uint_eq(skipped, 0);
}

TEST(other_refusals_are_always_logged)
{
	ck_assert(logs(401));
	ck_assert(!logs(401));
	ck_assert(logs(400));
	ck_assert_uint_eq(skipped, 0);
	ck_assert(logs(503));
	ck_assert(logs(404));
	fake_clock_advance(1000);
	ck_assert(logs(401));
	ck_assert_uint_eq(skipped, 1);
}
