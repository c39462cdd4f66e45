/* SPDX-License-Identifier: MIT */
/* Tests of shared/stats. */
#include "config.h"

#include "shared/stats/stats.h"

#include <string.h>

#include "shared/access/mark.h"
#include "shared/stats/stats_table.h"
#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

static const uint64_t NOW = UINT64_C(1769000000000);

static void
assert_rows(const struct stats_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ck_assert_ptr_nonnull(rows[i].name);
		ck_assert_ptr_nonnull(rows[i].unit);
		ck_assert_uint_gt(strlen(rows[i].help), 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(rows[i].name, rows[j].name);
	}
}

TEST(each_number_has_a_row_with_a_name_of_its_own)
{
	assert_rows(stats_counter_rows, STATS_COUNTERS);
	assert_rows(stats_refusal_rows, STATS_REFUSALS);
	assert_rows(stats_cut_rows, STATS_CUTS);
	assert_rows(stats_time_rows, STATS_TIMES);
	assert_rows(stats_way_rows, STATS_WAYS);
	assert_rows(stats_takes_rows, STATS_TAKES);
}

TEST(what_is_taken_has_the_numbers_of_the_mark)
{
	ck_assert_int_eq(STATS_NOTHING, MARK_NOTHING);
	ck_assert_int_eq(STATS_WORKER, MARK_WORKER);
	ck_assert_int_eq(STATS_DESCRIPTORS, MARK_DESCRIPTORS);
}

TEST(a_counter_rises_by_what_is_added)
{
	stats_add(STATS_MESSAGES_OUT, 3);
	stats_add(STATS_MESSAGES_OUT, 5000);
	ck_assert_uint_eq(stats.counters[STATS_MESSAGES_OUT], 5003);
	ck_assert_uint_eq(stats.counters[STATS_BYTES_OUT], 0);
}

TEST(a_status_counts_under_its_number)
{
	stats_refused_status(403);
	stats_refused_status(403);
	ck_assert_uint_eq(stats.refused[STATS_REFUSED_403], 2);
	ck_assert_str_eq(stats_refusal_rows[STATS_REFUSED_403].name, "403");
}

TEST(a_status_that_is_not_known_counts_as_other)
{
	stats_refused_status(418);
	ck_assert_uint_eq(stats.refused[STATS_REFUSED_OTHER], 1);
}

TEST(a_rate_is_counted_by_its_setting_only)
{
	stats_refused(STATS_REFUSED_PUBLISH_RATE);
	stats_refused_status(429);
	for (size_t i = 0; i < STATS_REFUSALS; i++)
		ck_assert_uint_eq(stats.refused[i],
				  i == STATS_REFUSED_PUBLISH_RATE);
}

TEST(what_is_held_is_divided_by_way_and_by_what_it_takes)
{
	stats_held(STATS_FASTCGI, STATS_DESCRIPTORS);
	stats_held(STATS_FASTCGI, STATS_NOTHING);
	stats_held(STATS_HTTP, STATS_WORKER);
	ck_assert_uint_eq(stats.held, 3);
	ck_assert_uint_eq(stats.ways[STATS_FASTCGI], 2);
	ck_assert_uint_eq(stats.ways[STATS_HTTP], 1);
	ck_assert_uint_eq(stats.takes[STATS_WORKER], 1);
	ck_assert_uint_eq(stats.takes[STATS_DESCRIPTORS], 1);
}

TEST(one_that_left_is_not_held_but_has_connected)
{
	stats_held(STATS_CGI, STATS_WORKER);
	stats_left(STATS_CGI, STATS_WORKER);
	ck_assert_uint_eq(stats.held, 0);
	ck_assert_uint_eq(stats.ways[STATS_CGI], 0);
	ck_assert_uint_eq(stats.takes[STATS_WORKER], 0);
	ck_assert_uint_eq(stats.counters[STATS_CONNECTS], 1);
}

TEST(a_time_counts_in_the_bucket_whose_limit_it_does_not_exceed)
{
	const struct stats_histogram *h = &stats.times[STATS_DELIVERY];

	stats_time(STATS_DELIVERY, 0, 1);
	stats_time(STATS_DELIVERY, 1000, 1);
	stats_time(STATS_DELIVERY, 1001, 5000);
	ck_assert_uint_eq(h->counts[0], 2);
	ck_assert_uint_eq(h->counts[1], 5000);
	ck_assert_uint_eq(h->sum_us, 1000 + 1001 * 5000);
}

TEST(a_time_above_all_limits_counts_in_the_last_bucket)
{
	stats_time(STATS_LOOP_LAG, UINT64_C(3600) * 1000 * 1000, 1);
	ck_assert_uint_eq(stats.times[STATS_LOOP_LAG].counts[STATS_LIMITS], 1);
}

TEST(the_limits_of_the_buckets_rise)
{
	for (size_t i = 1; i < STATS_LIMITS; i++)
		ck_assert_uint_gt(stats_le_ms[i], stats_le_ms[i - 1]);
}

TEST(clocks_are_taken_for_equal_until_redis_has_said_its_time)
{
	ck_assert_uint_eq(stats_age_us(NOW - 7, NOW), 7000);
}

TEST(a_message_from_the_future_is_not_old)
{
	ck_assert_uint_eq(stats_age_us(NOW + 4000, NOW), 0);
}

TEST(an_age_is_by_the_clock_of_redis)
{
	stats_redis_clock(NOW + 60 * 1000, NOW, NOW + 10);
	ck_assert_uint_eq(stats_age_us(NOW + 60 * 1000 + 20, NOW + 45),
			  20 * 1000);
	stats_redis_clock(NOW - 60 * 1000, NOW, NOW);
	ck_assert_uint_eq(stats_age_us(NOW - 60 * 1000, NOW + 30), 30 * 1000);
}

TEST(a_slow_reply_says_the_time_only_if_nothing_better_is_known)
{
	stats_redis_clock(NOW + 9000, NOW, NOW + 4000);
	ck_assert_int_eq(stats.redis_ahead_ms, 7000);
	stats_redis_clock(NOW + 50, NOW, NOW + 100);
	ck_assert_int_eq(stats.redis_ahead_ms, 0);
	stats_redis_clock(NOW + 9000, NOW, NOW + 4000);
	ck_assert_int_eq(stats.redis_ahead_ms, 0);
}

TEST(a_clock_that_was_set_back_while_redis_replied_does_no_harm)
{
	stats_redis_clock(NOW, NOW, NOW - 5000);
	ck_assert_int_eq(stats.redis_ahead_ms, 0);
}
