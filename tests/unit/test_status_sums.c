/* SPDX-License-Identifier: MIT */
/* shared/status/status.c and numbers.c: sums, channels, what is wrong. */
#include "config.h"

#include "shared/status/status.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/status_entry.h"
#include "tests/unit/suite.h"

#define HELD(n) ",\"held\":{\"total\":" #n "},\"redis\":{\"up\":true}"

static const struct status *s;

TEST(numbers_are_summed_by_host_by_program_and_of_all)
{
	entries_begin();
	entries_add("web2", "sse", 3, HELD(30));
	entries_add("web1", "sse", 1, HELD(1));
	entries_add("web1", "poll", 9, HELD(0));
	entries_add("web1", "sse", 2, HELD(2));
	s = entries_end();
	ck_assert_uint_eq(s->all.processes, 4);
	ck_assert_uint_eq(s->all.held, 33);
	ck_assert_uint_eq(s->host_count, 2);
	ck_assert_str_eq(s->hosts[0].host, "web1");
	ck_assert_uint_eq(s->hosts[0].n.processes, 3);
	ck_assert_uint_eq(s->hosts[0].n.held, 3);
	ck_assert_uint_eq(s->program_count, 3);
	ck_assert_str_eq(s->programs[0].program, "poll");
	ck_assert_str_eq(s->programs[1].program, "sse");
	ck_assert_uint_eq(s->programs[1].n.held, 3);
	ck_assert_str_eq(s->programs[2].host, "web2");
	ck_assert(status_is_well(s));
}

TEST(a_machine_of_the_same_name_is_another_one)
{
	static const char down[] = ",\"boot\":\"b\",\"redis\":{\"up\":false}";

	entries_begin();
	strcpy(entries_status()->boot, "a");
	entries_add("web1", "sse", 1, down);
	s = entries_end();
	ck_assert_uint_eq(s->troubled, 1);
	ck_assert_uint_eq(s->troubled_here, 0);
	entries_begin(); /* one of them does not know it */
	entries_add("web1", "sse", 1, down);
	ck_assert_uint_eq(entries_end()->troubled_here, 1);
}

TEST(a_channel_of_several_processes_counts_once)
{
	entries_begin();
	entries_add("web1", "sse", 1,
		    ",\"channels\":{\"top\":[[\"b\",3],[\"a\",2]]}");
	entries_add("web1", "poll", 2,
		    ",\"channels\":{\"top\":[[\"a\",2],[\"c\",1]]}");
	s = entries_end();
	ck_assert_uint_eq(s->channels.count, 3);
	ck_assert_str_eq(s->channels.at[0].name, "a");
	ck_assert_uint_eq(s->channels.at[0].held, 4);
	ck_assert_str_eq(s->channels.at[2].name, "c");
}

TEST(the_newest_presence_of_a_channel_counts)
{
	entries_begin();
	entries_add("web1", "sse", 1,
		    ",\"channels\":{\"top\":[[\"a\",3,30,5000],[\"b\",1]]}");
	entries_add("web1", "poll", 2,
		    ",\"channels\":{\"top\":[[\"a\",2,9,6000]]}");
	entries_add("web2", "sse", 3,
		    ",\"channels\":{\"top\":[[\"a\",1,31,4000]]}");
	s = entries_end();
	ck_assert_uint_eq(s->channels.at[0].held, 6);
	ck_assert_uint_eq(s->channels.at[0].present, 9);
	ck_assert_uint_eq(s->channels.at[1].at, 0);
}

TEST(only_the_largest_channels_are_kept)
{
	char more[2000];

	entries_begin();
	for (unsigned int pid = 1; pid <= 2; pid++) {
		strcpy(more, ",\"channels\":{\"top\":[[\"all\",1]");
		for (unsigned int i = 0; i < STATUS_TOP_MAX - 1; i++)
			sprintf(more + strlen(more), ",[\"%u-%u\",%u]", pid, i,
				i + 2);
		strcat(more, "]}");
		entries_add("web1", "sse", pid, more);
	}
	s = entries_end();
	ck_assert_uint_eq(s->channels.count, STATUS_TOP_MAX);
	ck_assert_uint_eq(s->channels.at[0].held, STATUS_TOP_MAX);
}

TEST(processes_above_the_most_are_counted_as_left_out)
{
	entries_begin();
	for (unsigned int pid = 1; pid <= STATUS_PROCESSES_MAX + 2; pid++)
		entries_add("web1", "sse", pid, HELD(1));
	s = entries_end();
	ck_assert_uint_eq(s->count, STATUS_PROCESSES_MAX);
	ck_assert_uint_eq(s->all.held, STATUS_PROCESSES_MAX);
	ck_assert_uint_eq(s->left_out, 2);
}

TEST(without_processes_nothing_is_wrong)
{
	entries_begin();
	s = entries_end();
	ck_assert_uint_eq(s->count, 0);
	ck_assert(status_is_well(s));
	ck_assert(status_is_healthy(s));
}

/* --- times ---------------------------------------------------------------- */

TEST(a_percentile_is_the_limit_of_its_bucket)
{
	struct stats_histogram h = {.counts = {98, 1, 0, 1}};

	ck_assert_uint_eq(status_times_percentile(&h, 98), stats_le_ms[0]);
	ck_assert_uint_eq(status_times_percentile(&h, 99), stats_le_ms[1]);
	ck_assert_uint_eq(status_times_percentile(&h, 100), stats_le_ms[3]);
}

TEST(a_percentile_of_nothing_is_0_and_above_all_limits_the_most)
{
	struct stats_histogram h = {.sum_us = 0};

	ck_assert_uint_eq(status_times_percentile(&h, 50), 0);
	h.counts[STATS_LIMITS] = 1;
	ck_assert_uint_eq(status_times_percentile(&h, 50), UINT32_MAX);
}

/* --- what is wrong -------------------------------------------------------- */

/* One process whose entry has this state of Redis. */
static void
look_at(const char *host, const char *redis)
{
	char more[300];

	snprintf(more, sizeof(more), ",\"redis\":{%s}", redis);
	entries_begin();
	entries_add(host, "sse", 7, more);
	s = entries_end();
}

static void
assert_trouble(const char *want)
{
	ck_assert_uint_eq(s->trouble_count, 1);
	ck_assert_str_eq(s->troubles[0].sentence, want);
	ck_assert(!status_is_well(s));
}

TEST(a_process_that_proved_its_subscription_is_well)
{
	look_at("web1", "\"up\":true,\"subscription\":true,"
			"\"proved\":1799999985000,\"audit\":5");
	ck_assert(status_is_well(s));
	ck_assert(status_is_healthy(s));
}

TEST(a_process_without_redis_is_named_with_the_fault)
{
	look_at("web1", "\"up\":false,\"fault\":\"a:1: Connection refused\"");
	assert_trouble("sse (pid 7) on web1 has no connection to Redis: a:1: "
		       "Connection refused.");
	ck_assert(!status_is_healthy(s));
}

TEST(a_process_whose_subscription_is_not_confirmed_is_deaf)
{
	look_at("web1", "\"up\":true,\"subscription\":false");
	assert_trouble("sse (pid 7) on web1 is deaf: Redis has not confirmed "
		       "its subscription.");
}

TEST(a_process_whose_proof_is_old_is_deaf)
{
	look_at("web1", "\"up\":true,\"subscription\":true,"
			"\"proved\":1799999978000,\"audit\":5");
	assert_trouble("sse (pid 7) on web1 is deaf: for 20 seconds no message "
		       "has been seen to arrive.");
}

TEST(one_that_never_proved_it_is_deaf_from_its_start_on)
{
	look_at("web1", "\"up\":true,\"subscription\":true,\"proved\":0");
	ck_assert_uint_eq(s->trouble_count, 1);
}

TEST(a_late_entry_is_that_of_a_process_that_hangs)
{
	entries_begin_at(NOW_MS + 6000); /* it is 8 seconds old */
	entries_add("web1", "sse", 7, HELD(1));
	s = entries_end();
	ck_assert(status_is_well(s));
	entries_begin_at(NOW_MS + 6001);
	entries_add("web1", "sse", 7, HELD(1));
	s = entries_end();
	assert_trouble("sse (pid 7) on web1 has not said for 8 seconds how it "
		       "is: it hangs, was stopped or killed, or has lost "
		       "Redis.");
}

TEST(a_trouble_of_another_host_is_none_of_this_one)
{
	look_at("web2", "\"up\":false");
	ck_assert(!status_is_well(s));
	ck_assert(status_is_healthy(s));
	ck_assert_uint_eq(s->troubled, 1);
	ck_assert_uint_eq(s->troubled_here, 0);
}

TEST(troubles_of_this_host_come_first)
{
	entries_begin();
	entries_add("db", "sse", 1, "");
	entries_add("web1", "sse", 2, "");
	s = entries_end();
	ck_assert_uint_eq(s->trouble_count, 2);
	ck_assert(s->troubles[0].is_here);
	ck_assert_str_eq(s->troubles[0].process->host, "web1");
}
