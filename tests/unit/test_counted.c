/* SPDX-License-Identifier: MIT */
/* What a process counts while it serves (shared/stats). On a fake bus and a
 * fake clock. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/stats/stats.h"
#include "tests/unit/client.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

TESTS_NEED_PROCESSES

static void
open_stage(const struct technique *technique)
{
	stage_init(technique);
	stage_open();
}

static uint64_t
counted(enum stats_counter counter)
{
	return stats.counters[counter];
}

static struct client *
follow(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

static uint64_t
sum(const uint64_t *counts, size_t count)
{
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += counts[i];
	return all;
}

/* --- what goes out -------------------------------------------------------- */

TEST(a_message_counts_once_for_each_that_gets_it)
{
	const struct stats_histogram *h = &stats.times[STATS_DELIVERY];
	struct client *all[3];

	open_stage(&technique_sse);
	all[0] = follow("channel=a");
	all[1] = follow("channel=a");
	all[2] = follow("channel=a&channel=b");
	fake_bus_publish("a", "one");
	fake_bus_publish("b", "two");
	TURN_UNTIL(client_has(all[2], "two"));
	TURN_UNTIL(client_has(all[0], "one") && client_has(all[1], "one"));
	ck_assert_uint_eq(counted(STATS_MESSAGES_OUT), 4);
	ck_assert_uint_eq(sum(h->counts, STATS_LIMITS + 1), 4);
	ck_assert_uint_eq(counted(STATS_GAPS), 0);
	stage_close();
}

TEST(a_delivery_takes_the_time_since_the_id_of_its_message)
{
	struct client *c;

	open_stage(&technique_sse);
	c = follow("channel=a");
	/* the id is 1-0 */
	stats.redis_ahead_ms = -(int64_t)(FAKE_CLOCK_UNIX * 1000);
	fake_clock_advance(21);
	fake_bus_publish("a", "one");
	TURN_UNTIL(client_has(c, "one"));
	ck_assert_uint_eq(stats.times[STATS_DELIVERY].sum_us, 20 * 1000);
	stage_close();
}

TEST(all_bytes_count_for_each_that_gets_them)
{
	enum { HEADER = 8, PADDED_MAX = 7 };
	struct client *one, *two;
	uint64_t before, bytes;
	size_t had;

	open_stage(&technique_sse);
	one = follow("channel=a");
	two = follow("channel=a");
	before = counted(STATS_BYTES_OUT);
	ck_assert_uint_ge(before, one->len + two->len);
	had = one->len;
	fake_bus_publish("a", "one");
	TURN_UNTIL(client_has(one, "one") && client_has(two, "one"));
	bytes = counted(STATS_BYTES_OUT) - before;
	ck_assert_uint_ge(bytes, 2 * (one->len - had + HEADER));
	ck_assert_uint_le(bytes, 2 * (one->len - had + HEADER + PADDED_MAX));
	stage_close();
}

TEST(messages_of_history_count_and_so_does_who_catches_up)
{
	struct client *c;

	open_stage(&technique_sse);
	fake_bus_publish("a", "one");
	fake_bus_publish("a", "two");
	c = stage_get("channel=a&since=0");
	TURN_UNTIL(client_has(c, "two"));
	ck_assert_uint_eq(counted(STATS_MESSAGES_OUT), 2);
	ck_assert_uint_eq(counted(STATS_CATCH_UPS), 1);
	follow("channel=a");
	ck_assert_uint_eq(counted(STATS_CATCH_UPS), 1);
	stage_close();
}

TEST(a_gap_that_is_told_counts)
{
	struct client *c;

	open_stage(&technique_sse);
	fake_bus_publish("a", "one");
	fake_bus_publish("a", "two");
	fake_bus_publish("a", "three");
	fake_bus_trim(2);
	c = stage_get("channel=a&since=1-0");
	TURN_UNTIL(client_has(c, "three"));
	ck_assert(client_has(c, "event: gap"));
	ck_assert_uint_eq(counted(STATS_GAPS), 1);
	stage_close();
}

TEST(a_long_poll_that_waited_counts_its_message)
{
	struct client *c;

	open_stage(&technique_longpoll);
	fake_bus_publish("a", "one");
	c = stage_get("channel=a&since=1-0&wait=20");
	TURN_UNTIL(stats.held == 1);
	turn_for(0.05);
	fake_bus_publish("a", "two");
	TURN_UNTIL(c->ended);
	ck_assert_uint_eq(counted(STATS_MESSAGES_OUT), 1);
	ck_assert_uint_eq(stats.held, 0);
	stage_close();
}

TEST(a_poll_counts_its_messages_and_is_not_held)
{
	struct client *c;

	open_stage(&technique_poll);
	fake_bus_publish("a", "one");
	fake_bus_publish("a", "two");
	c = stage_get("channel=a&since=0");
	TURN_UNTIL(c->ended);
	ck_assert_uint_eq(counted(STATS_MESSAGES_OUT), 2);
	ck_assert_uint_eq(counted(STATS_CONNECTS), 0);
	stage_close();
}

/* --- who is held ---------------------------------------------------------- */

static struct client *
get_marked(const char *mark)
{
	struct client *c = calloc(1, sizeof(*c));
	struct buf request;

	client_begin(&request, "GET");
	client_variable(&request, "QUERY_STRING", "channel=a");
	client_variable(&request, "PUSH_BUDGET", mark);
	client_finish(&request, "");
	stage_ask(c, &request);
	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

TEST(what_a_held_request_takes_is_counted_while_it_is_held)
{
	struct client *c;

	open_stage(&technique_sse);
	c = get_marked("worker");
	get_marked("descriptors");
	follow("channel=a");
	ck_assert_uint_eq(stats.held, 3);
	ck_assert_uint_eq(stats.ways[STATS_FASTCGI], 3);
	ck_assert_uint_eq(stats.takes[STATS_WORKER], 1);
	ck_assert_uint_eq(stats.takes[STATS_DESCRIPTORS], 1);
	ck_assert_uint_eq(stats.takes[STATS_NOTHING], 1);
	client_leave(c);
	TURN_UNTIL(stats.held == 2);
	ck_assert_uint_eq(stats.takes[STATS_WORKER], 0);
	ck_assert_uint_eq(counted(STATS_CONNECTS), 3);
	stage_close();
	ck_assert_uint_eq(stats.held, 0);
}

/* --- who is not ----------------------------------------------------------- */

TEST(one_above_hold_max_counts_as_refused_and_as_cut)
{
	struct client *c;

	stage_init(&technique_sse);
	stage.hold_max = 0;
	stage_open();
	c = follow("channel=a");
	stage_advance(1);
	TURN_UNTIL(c->closed);
	ck_assert_uint_eq(stats.refused[STATS_REFUSED_HOLD_MAX], 1);
	ck_assert_uint_eq(stats.cut[STATS_CUT_LATER], 1);
	ck_assert_uint_eq(sum(stats.refused, STATS_REFUSALS), 1);
	ck_assert_uint_eq(sum(stats.cut, STATS_CUTS), 1);
	stage_close();
}

TEST(one_above_a_limit_counts_by_its_setting)
{
	stage_init(&technique_sse);
	stage.conf.hold_budget = 1;
	stage_open();
	get_marked("worker");
	get_marked("worker");
	ck_assert_uint_eq(stats.refused[STATS_REFUSED_BUDGET], 1);
	ck_assert_uint_eq(sum(stats.refused, STATS_REFUSALS), 1);
	stage_close();
}

TEST(a_wrong_request_counts_by_its_status)
{
	struct client *c;

	open_stage(&technique_sse);
	c = stage_get("");
	TURN_UNTIL(c->ended);
	ck_assert_uint_eq(stats.refused[STATS_REFUSED_400], 1);
	ck_assert_uint_eq(sum(stats.refused, STATS_REFUSALS), 1);
	stage_close();
}

/* --- how streams end ------------------------------------------------------ */

TEST(a_stream_that_ends_with_its_process_counts_as_cut)
{
	struct client *c;

	open_stage(&technique_sse);
	c = follow("channel=a");
	dispatch_stop(&stage.dispatch);
	TURN_UNTIL(c->closed);
	ck_assert_uint_eq(stats.cut[STATS_CUT_ENDS], 1);
	ck_assert_uint_eq(sum(stats.cut, STATS_CUTS), 1);
	follow("channel=a");
	ck_assert_uint_eq(stats.refused[STATS_REFUSED_STOPPING], 1);
	stage_close();
}

TEST(a_stream_that_is_old_counts_as_cut_for_its_age)
{
	struct client *c;

	stage_init(&technique_sse);
	stage.conf.hold_max_age = 60;
	stage_open();
	c = follow("channel=a");
	for (int i = 0; i < 61 && !c->closed; i++) {
		stage_advance(1);
		turn_for(0.);
	}
	TURN_UNTIL(c->closed);
	ck_assert_uint_eq(stats.cut[STATS_CUT_AGE], 1);
	ck_assert_uint_eq(sum(stats.cut, STATS_CUTS), 1);
	stage_close();
}

TEST(a_client_that_reads_nothing_counts_as_cut_for_its_backlog)
{
	static char data[50 * 1024];
	struct client *c;

	memset(data, 'x', sizeof(data) - 1);
	stage_init(&technique_sse);
	stage.conf.hold_max_backlog = sizeof(data);
	stage_open();
	c = follow("channel=a");
	client_pause(c);
	for (int i = 0; i < 200 && stats.held > 0; i++) {
		fake_bus_publish("a", data);
		turn_for(0.);
	}
	ck_assert_uint_eq(stats.held, 0);
	ck_assert_uint_eq(stats.cut[STATS_CUT_BACKLOG], 1);
	ck_assert_uint_eq(sum(stats.cut, STATS_CUTS), 1);
	stage_close();
}

TEST(a_client_that_leaves_is_not_cut)
{
	struct client *c;

	open_stage(&technique_sse);
	c = follow("channel=a");
	client_leave(c);
	TURN_UNTIL(stats.held == 0);
	ck_assert_uint_eq(sum(stats.cut, STATS_CUTS), 0);
	stage_close();
}

/* --- publishing ----------------------------------------------------------- */

TEST(a_publication_counts_and_a_refused_one_does_not)
{
	struct client *c;

	stage_init(&technique_publish);
	stage.conf.access_publish = WHO_ANY;
	stage.conf.limit_publish_rate = 1;
	stage_open();
	c = stage_post("application/x-www-form-urlencoded", "channel=a&data=1");
	TURN_UNTIL(c->ended);
	ck_assert_uint_eq(counted(STATS_PUBLISHED), 1);
	c = stage_post("application/x-www-form-urlencoded", "data=1");
	TURN_UNTIL(c->ended);
	ck_assert_uint_eq(counted(STATS_PUBLISHED), 1);
	ck_assert_uint_eq(stats.refused[STATS_REFUSED_400], 1);
	stage_close();
}
