/* SPDX-License-Identifier: MIT */
/* shared/app/entry.c: what a process says of itself. On a fake bus and a fake
 * clock. */
#include "config.h"

#include "shared/app/entry.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "shared/stats/memory.h"
#include "shared/stats/stats.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

TESTS_NEED_PROCESSES

static json_t *entry;

static void
make(void)
{
	struct entry e = {.dispatch = &stage.dispatch,
			  .conns = &stage.conns,
			  .bus = stage.dispatch.bus,
			  .started = FAKE_CLOCK_UNIX,
			  .ticks = 99,
			  .boot = "a-b",
			  .id = "0123456789abcdef"};
	char *text = entry_json(&e);

	ck_assert_ptr_nonnull(text);
	ck_assert_uint_lt(strlen(text), ENTRY_MAX);
	json_decref(entry);
	entry = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(entry);
	free(text);
}

/* The member at a path such as "held/ways/fastcgi". */
static json_t *
at(const char *path)
{
	char copy[100], *rest = copy, *name;
	json_t *value = entry;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&rest, "/")) != NULL)
		value = json_object_get(value, name);
	return value;
}

static long long
number(const char *path)
{
	ck_assert_msg(json_is_integer(at(path)), "%s is no integer", path);
	return json_integer_value(at(path));
}

static const char *
text(const char *path)
{
	ck_assert_msg(json_is_string(at(path)), "%s is no text", path);
	return json_string_value(at(path));
}

/* A limit as "used/most". */
static const char *
limit(const char *name)
{
	static char out[64];
	json_t *used = json_object_get(at("limits"), name);

	if (used == NULL)
		return "none";
	snprintf(out, sizeof(out), "%lld/%lld",
		 json_integer_value(json_array_get(used, 0)),
		 json_integer_value(json_array_get(used, 1)));
	return out;
}

static void
open_stage(const struct technique *technique)
{
	stage_init(technique);
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.bus));
}

static void
close_all(void)
{
	stage_close();
	json_decref(entry);
	entry = NULL;
}

static struct client *
follow(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

TEST(it_says_which_process_it_is)
{
	char host[256] = "";

	ck_assert_int_eq(gethostname(host, sizeof(host) - 1), 0);
	open_stage(&technique_sse);
	fake_clock_advance(7);
	make();
	ck_assert_str_eq(text("boot"), "a-b");
	ck_assert_int_eq(number("ticks"), 99);
	ck_assert_int_eq(number("v"), ENTRY_VERSION);
	ck_assert_str_eq(text("id"), "0123456789abcdef");
	ck_assert_str_eq(text("host"), host);
	ck_assert_int_eq(number("pid"), getpid());
	ck_assert_str_eq(text("program"), "sse");
	ck_assert_str_eq(text("version"), PACKAGE_VERSION);
	ck_assert_int_eq(number("started"), FAKE_CLOCK_UNIX);
	ck_assert_int_eq(number("at"), FAKE_CLOCK_UNIX * 1000ll + 7);
	ck_assert_int_eq(number("interval"), 5);
	close_all();
}

TEST(its_time_is_that_of_redis)
{
	open_stage(&technique_sse);
	stats.redis_ahead_ms = -2000;
	make();
	ck_assert_int_eq(number("at"), FAKE_CLOCK_UNIX * 1000ll - 2000);
	close_all();
}

TEST(it_says_who_is_held)
{
	open_stage(&technique_sse);
	follow("channel=a");
	follow("channel=a");
	make();
	ck_assert_int_eq(number("held/total"), 2);
	ck_assert_int_eq(
	    number("held/max"),
	    (long long)stage.dispatch.subscribing.subscribers.held_max);
	ck_assert_int_eq(number("held/ways/fastcgi"), 2);
	ck_assert_int_eq(number("held/ways/cgi"), 0);
	ck_assert_int_eq(number("held/takes/nothing"), 2);
	ck_assert_int_eq(number("held/takes/worker"), 0);
	ck_assert_int_eq(number("counters/connects"), 2);
	close_all();
}

TEST(it_names_the_channels_with_most_subscribers_first)
{
	char *top;

	open_stage(&technique_sse);
	follow("channel=b");
	follow("channel=a&channel=b");
	follow("channel=c&channel=b");
	follow("channel=c&channel=d");
	make();
	ck_assert_int_eq(number("channels/count"), 4);
	top = json_dumps(at("channels/top"), JSON_COMPACT);
	ck_assert_str_eq(top, "[[\"b\",3],[\"c\",2],[\"a\",1],[\"d\",1]]");
	free(top);
	close_all();
}

TEST(it_names_at_most_50_channels)
{
	char query[32];

	open_stage(&technique_sse);
	for (int i = 0; i < 60; i++) {
		snprintf(query, sizeof(query), "channel=c%02d", i);
		follow(query);
	}
	follow("channel=c59");
	make();
	ck_assert_int_eq(number("channels/count"), 60);
	ck_assert_uint_eq(json_array_size(at("channels/top")), ENTRY_TOP);
	ck_assert_str_eq(json_string_value(json_array_get(
			     json_array_get(at("channels/top"), 0), 0)),
			 "c59");
	close_all();
}

TEST(a_channel_without_subscribers_is_not_named)
{
	struct client *c;

	open_stage(&technique_sse);
	c = follow("channel=a");
	client_leave(c);
	TURN_UNTIL(stats.held == 0);
	make();
	ck_assert_int_eq(number("channels/count"), 0);
	ck_assert_uint_eq(json_array_size(at("channels/top")), 0);
	close_all();
}

TEST(it_has_all_counters_and_only_the_reasons_that_were)
{
	open_stage(&technique_sse);
	stats_add(STATS_MESSAGES_OUT, 5);
	stats_refused(STATS_REFUSED_HOLD_MAX);
	stats_cut(STATS_CUT_AGE);
	make();
	ck_assert_int_eq(number("counters/messages_out"), 5);
	ck_assert_int_eq(number("counters/published"), 0);
	ck_assert_uint_eq(json_object_size(at("counters")), STATS_COUNTERS);
	ck_assert_int_eq(number("refused/hold.max"), 1);
	ck_assert_uint_eq(json_object_size(at("refused")), 1);
	ck_assert_int_eq(number("cut/age"), 1);
	ck_assert_uint_eq(json_object_size(at("cut")), 1);
	close_all();
}

TEST(it_has_the_times_as_histograms)
{
	open_stage(&technique_sse);
	stats_time(STATS_DELIVERY, 1500, 3);
	make();
	ck_assert_uint_eq(json_array_size(at("delivery/le_ms")), STATS_LIMITS);
	ck_assert_uint_eq(json_array_size(at("delivery/counts")),
			  STATS_LIMITS + 1);
	ck_assert_int_eq(
	    json_integer_value(json_array_get(at("delivery/counts"), 1)), 3);
	ck_assert_double_eq(json_real_value(at("delivery/sum_ms")), 4.5);
	ck_assert_double_eq(json_real_value(at("loop_lag/sum_ms")), 0.);
	close_all();
}

TEST(it_says_whether_redis_is_there)
{
	open_stage(&technique_sse);
	make();
	ck_assert(json_is_true(at("redis/up")));
	ck_assert(json_is_true(at("redis/subscription")));
	ck_assert_int_eq(number("redis/proved"), 0);
	ck_assert_int_eq(number("redis/audit"), 5);
	ck_assert_str_eq(text("redis/fault"), "");
	ck_assert_str_eq(text("redis/server"), "127.0.0.1:6379/0");
	fake_bus_down();
	make();
	ck_assert(json_is_false(at("redis/up")));
	ck_assert(json_is_false(at("redis/subscription")));
	ck_assert_str_eq(text("redis/fault"), "the fake Redis is down");
	close_all();
}

TEST(a_program_that_publishes_says_nothing_of_subscribers)
{
	open_stage(&technique_publish);
	make();
	ck_assert_str_eq(text("program"), "publish");
	ck_assert_int_eq(number("held/max"), 0);
	ck_assert_int_eq(number("channels/count"), 0);
	ck_assert_ptr_null(at("redis/subscription"));
	ck_assert_ptr_null(at("redis/proved"));
	ck_assert_str_eq(limit("hold.max"), "none");
	ck_assert_str_eq(limit("hold.budget"), "none");
	close_all();
}

TEST(it_says_how_near_the_limits_are)
{
	char want[64];

	stage_init(&technique_sse);
	stage.conf.hold_budget_lighttpd = 40;
	stage.conf.limit_user_held = 0;
	stage_open();
	follow("channel=a");
	make();
	snprintf(want, sizeof(want), "1/%zu",
		 stage.dispatch.subscribing.subscribers.held_max);
	ck_assert_str_eq(limit("hold.max"), want);
	ck_assert_str_eq(limit("hold.max_memory"), "0/268435456");
	ck_assert_str_eq(limit("hold.budget"), "0/100");
	ck_assert_str_eq(limit("hold.budget_lighttpd"), "0/40");
	/* no limit of an address is for one of loopback */
	ck_assert_str_eq(limit("limit.address_held"), "0/200");
	ck_assert_str_eq(limit("limit.user_held"), "none");
	close_all();
}

TEST(it_says_what_memory_it_takes)
{
	memory_open();
	open_stage(&technique_sse);
	make();
	ck_assert_int_gt(number("memory/private"), 0);
	ck_assert_int_gt(number("memory/rss"), number("memory/private"));
	close_all();
}
