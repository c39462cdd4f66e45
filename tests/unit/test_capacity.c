/* SPDX-License-Identifier: MIT */
/* shared/app/capacity.c */
#include "config.h"

#include "shared/app/capacity.h"

#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/suite.h"

static struct conf conf;

static size_t
held_max(size_t descriptors)
{
	const struct capacity c = {.descriptors = descriptors};

	return capacity_held_max(&c, &conf);
}

TEST(most_descriptors_are_for_subscribers_and_some_for_those_not_held)
{
	conf_init(&conf);
	ck_assert_uint_eq(held_max(332), 300 - 75);
	ck_assert_uint_eq(held_max(2032), 2000 - 256);
	ck_assert_uint_eq(held_max(64032), 64000 - 4000);
	ck_assert_uint_eq(held_max(20), 0);
	conf_free(&conf);
}

TEST(hold_max_is_what_it_says_as_far_as_descriptors_allow)
{
	conf_init(&conf);
	conf.hold_max = 5000;
	ck_assert_uint_eq(held_max(64032), 5000);
	ck_assert_uint_eq(held_max(2032), 2000 - 192);
	conf.hold_max = 0;
	ck_assert_uint_eq(held_max(2032), 0);
	conf_free(&conf);
}

TEST(refusals_begin_before_descriptors_run_out)
{
	const struct capacity c = {.descriptors = 2032};
	struct conns conns = {.count = 0};

	conf_init(&conf);
	capacity_limit_conns(&c, &conns);
	ck_assert_uint_gt(conns.room.crowded, held_max(2032));
	ck_assert_uint_gt(conns.room.full, conns.room.crowded);
	ck_assert_uint_le(conns.room.full + conns.room.max_asking, 2000);
	conf_free(&conf);
}
