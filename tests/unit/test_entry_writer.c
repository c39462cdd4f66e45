/* SPDX-License-Identifier: MIT */
/* shared/app/entry_writer.c and loop_lag.c, with a Redis of their own. */
#include "config.h"

#include "shared/app/entry_writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "shared/stats/stats.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static struct entry_writer writer;

static void
start(unsigned int interval)
{
	redis_server_start();
	stage_conf(&technique_sse);
	stage.conf.status_interval = interval;
	stage_open();
	entry_writer_start(&writer, turn_loop(), &stage.dispatch, &stage.conns);
}

static void
end(void)
{
	entry_writer_close(&writer);
	stage_close();
}

static bool
has_entry(void)
{
	return strstr(redis_ask("GET push:entry:%s", writer.entry.id),
		      "\"program\":\"sse\"") != NULL;
}

static bool
says_ending(void)
{
	return strstr(redis_ask("GET push:entry:%s", writer.entry.id),
		      "\"ending\":true") != NULL;
}

static unsigned int
counters_sent(void)
{
	const char *text = redis_ask("GET push:entry:%s", writer.entry.id);
	const char *at = strstr(text, "\"messages_out\":");

	return at != NULL ? (unsigned int)atoi(at + strlen("\"messages_out\":"))
			  : 0;
}

TEST(an_entry_is_written_and_written_again)
{
	start(1);
	TURN_UNTIL(has_entry());
	ck_assert_int_le(atoi(redis_ask("TTL push:entry:%s", writer.entry.id)),
			 ENTRY_LIVES);
	stats_add(STATS_MESSAGES_OUT, 17);
	TURN_UNTIL(counters_sent() == 17);
	end();
}

TEST(a_process_that_ends_says_so_and_still_writes)
{
	start(1);
	TURN_UNTIL(has_entry());
	ck_assert(!says_ending());
	entry_writer_end(&writer);
	dispatch_stop(&stage.dispatch);
	TURN_UNTIL(says_ending());
	stats_add(STATS_MESSAGES_OUT, 17);
	TURN_UNTIL(counters_sent() == 17);
	end();
}

TEST(the_end_removes_it_in_that_turn)
{
	start(60);
	TURN_UNTIL(has_entry());
	ck_assert(entry_writer_stop(&writer));
	ck_assert(!entry_writer_stop(&writer));
	TURN_UNTIL(strcmp(redis_ask("DBSIZE"), "0") == 0);
	end();
}

TEST(with_the_interval_0_none_is_written)
{
	start(0);
	turn_for(1.2);
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	ck_assert_uint_eq(stats.times[STATS_LOOP_LAG].sum_us, 0);
	end();
}

TEST(it_is_written_when_redis_comes_back)
{
	start(1);
	TURN_UNTIL(has_entry());
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(writer.bus));
	redis_server_start();
	TURN_UNTIL(has_entry());
	end();
}

TEST(redis_tells_its_time_with_the_entry)
{
	stats.redis_ahead_ms = 3600 * 1000;
	start(1);
	TURN_UNTIL(has_entry());
	TURN_UNTIL(llabs((long long)stats.redis_ahead_ms) < 1000);
	end();
}

static void
block(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
	usleep(30 * 1000);
}

TEST(a_turn_that_takes_long_counts_as_such)
{
	const struct stats_histogram *h = &stats.times[STATS_LOOP_LAG];
	struct loop_lag lag;
	struct ev_timer timer;
	uint64_t slow = 0;

	loop_lag_start(&lag, turn_loop());
	ev_timer_init(&timer, block, 0., 0.);
	ev_timer_start(turn_loop(), &timer);
	turn_for(0.1);
	loop_lag_stop(&lag);
	for (size_t i = 0; i <= STATS_LIMITS; i++)
		if (i == STATS_LIMITS || stats_le_ms[i] > 25)
			slow += h->counts[i];
	ck_assert_uint_ge(slow, 1);
	ck_assert_uint_ge(h->sum_us, 30 * 1000);
}
