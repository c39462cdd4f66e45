/* SPDX-License-Identifier: MIT */
/* shared/bus/publish.c and publish.lua: what is stored. Failures are in
 * test_bus_publish_failed.c. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/bus/subscribe.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct bus *bus;

static void
open_bus(const char *after)
{
	redis_server_start();
	redis_server_conf(&conf, "", after);
	bus = bus_trace_open_plain(&conf);
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

static struct id
stored(const char *channel, const char *data, const char *key)
{
	struct bus_trace_publish answer =
	    bus_trace_publish_now(bus, channel, data, key);

	ck_assert_int_eq(answer.result.status, PUBLISHED_STORED);
	return answer.result.id;
}

static void
assert_same_id(struct id a, struct id b)
{
	ck_assert_int_eq(id_compare(a, b), 0);
}

static void
assert_text_of(struct id id, const char *got)
{
	char text[ID_TEXT_SIZE];

	id_format(text, id);
	ck_assert_str_eq(got, text);
}

static long
number(const char *text)
{
	return strtol(text, NULL, 10);
}

TEST(an_id_is_the_current_time)
{
	struct id id;
	long long now = (long long)time(NULL);

	open_bus("");
	id = stored("news", "hi", NULL);
	ck_assert_int_le(llabs((long long)(id.ms / 1000) - now), 60);
	close_all();
}

TEST(each_message_names_the_one_before_it)
{
	char want[512], first[ID_TEXT_SIZE], second[ID_TEXT_SIZE];

	open_bus("");
	id_format(first, stored("news", "one", NULL));
	id_format(second, stored("news", "two", NULL));
	snprintf(want, sizeof(want), "%s p 0-0 e  d one %s p %s e  d two",
		 first, second, first);
	ck_assert_str_eq(redis_ask("XRANGE push:{news}:log - +"), want);
	close_all();
}

TEST(the_event_type_is_stored)
{
	struct publication publication =
	    bus_trace_publication("news", "hi", NULL);
	struct bus_trace_publish answer = {.calls = 0};

	open_bus("");
	publication.event.bytes = "chat";
	publication.event.len = 4;
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, bus_trace_published, &answer));
	TURN_UNTIL(answer.calls == 1);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), " e chat d hi"));
	close_all();
}

TEST(the_publication_is_copied)
{
	char channel[] = "news", data[] = "mine";
	struct publication publication =
	    bus_trace_publication(channel, data, NULL);
	struct bus_trace_publish answer = {.calls = 0};

	open_bus("");
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, bus_trace_published, &answer));
	memset(channel, 'x', sizeof(channel) - 1);
	memset(data, 'x', sizeof(data) - 1);
	TURN_UNTIL(answer.calls == 1);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), "d mine"));
	close_all();
}

TEST(the_tip_is_the_last_id)
{
	struct id id;

	open_bus("");
	stored("news", "one", NULL);
	id = stored("news", "two", NULL);
	assert_text_of(id, redis_tip("news"));
	close_all();
}

static void
assert_ttl(const char *key, long want)
{
	ck_assert_int_le(labs(number(redis_ask("TTL %s", key)) - want), 60);
}

TEST(the_log_expires_after_history_ttl)
{
	open_bus("");
	conf.history_ttl = 1000;
	stored("news", "hi", NULL);
	assert_ttl("push:{news}:log", 1000);
	close_all();
}

TEST(the_tip_lives_30_days)
{
	open_bus("");
	conf.history_ttl = 1000;
	stored("news", "hi", NULL);
	assert_ttl("push:{news}:tip", 30 * 86400);
	close_all();
}

TEST(the_tip_of_a_long_history_lives_four_times_as_long)
{
	open_bus("");
	conf.history_ttl = 10 * 86400;
	stored("news", "hi", NULL);
	assert_ttl("push:{news}:tip", 40 * 86400);
	close_all();
}

TEST(each_message_renews_both_expiries)
{
	open_bus("");
	stored("news", "one", NULL);
	redis_ask("EXPIRE push:{news}:log 10");
	redis_ask("EXPIRE push:{news}:tip 10");
	stored("news", "two", NULL);
	ck_assert_int_gt(number(redis_ask("TTL push:{news}:log")), 1000);
	ck_assert_int_gt(number(redis_ask("TTL push:{news}:tip")), 1000);
	close_all();
}

TEST(messages_older_than_history_ttl_are_trimmed)
{
	open_bus("");
	redis_ask("XADD push:{news}:log 1000-0 p 0-0 e %s d old", "");
	redis_ask("SET push:{news}:tip 1000-0");
	stored("news", "new", NULL);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	close_all();
}

TEST(about_history_length_messages_are_kept)
{
	open_bus("");
	conf.history_length = 150;
	redis_ask("CONFIG SET stream-node-max-entries 50");
	for (int i = 0; i < 400; i++)
		stored("news", "hi", NULL);
	ck_assert_int_ge(number(redis_ask("XLEN push:{news}:log")), 150);
	ck_assert_int_le(number(redis_ask("XLEN push:{news}:log")), 200);
	close_all();
}

TEST(history_length_0_keeps_none_and_ids_still_chain)
{
	static char trace[BUS_TRACE_SIZE];
	struct bus *listener;
	char first[ID_TEXT_SIZE], want[ID_TEXT_SIZE + 16];

	open_bus("");
	conf.history_length = 0;
	listener = bus_trace_open(&conf, trace);
	TURN_UNTIL(bus_trace_has(trace, "up") &&
		   bus_trace_has(trace, "subscription_up"));
	bus_subscribe(listener, "news");
	TURN_UNTIL(strstr(trace, "subscribed:news") != NULL);
	id_format(first, stored("news", "one", NULL));
	stored("news", "two", NULL);
	TURN_UNTIL(strstr(trace, "::two") != NULL);
	snprintf(want, sizeof(want), ":%s::two", first);
	ck_assert_ptr_nonnull(strstr(trace, want));
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "0");
	bus_close(listener);
	close_all();
}

TEST(processes_counts_the_subscribed_processes)
{
	static char one[BUS_TRACE_SIZE], two[BUS_TRACE_SIZE];
	struct bus *a, *b;

	open_bus("");
	a = bus_trace_open(&conf, one);
	b = bus_trace_open(&conf, two);
	TURN_UNTIL(bus_trace_has(one, "subscription_up") &&
		   bus_trace_has(two, "subscription_up"));
	bus_subscribe(a, "news");
	bus_subscribe(b, "news");
	TURN_UNTIL(strstr(one, "subscribed") && strstr(two, "subscribed"));
	ck_assert_uint_eq(
	    bus_trace_publish_now(bus, "news", "hi", NULL).result.processes, 2);
	ck_assert_uint_eq(
	    bus_trace_publish_now(bus, "other", "hi", NULL).result.processes,
	    0);
	bus_close(a);
	bus_close(b);
	close_all();
}

TEST(a_repeated_key_gives_the_first_id_and_stores_nothing)
{
	struct bus_trace_publish answer;
	struct id first;

	open_bus("");
	first = stored("news", "one", "k1");
	answer = bus_trace_publish_now(bus, "news", "again", "k1");
	ck_assert_int_eq(answer.result.status, PUBLISHED_SEEN);
	assert_same_id(answer.result.id, first);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	close_all();
}

TEST(a_key_belongs_to_its_channel)
{
	open_bus("");
	stored("news", "one", "k1");
	stored("sport", "one", "k1");
	close_all();
}

TEST(a_key_expires_after_publish_key_ttl)
{
	open_bus("");
	conf.publish_key_ttl = 500;
	stored("news", "one", "k1");
	ck_assert_int_le(
	    labs(number(redis_ask("TTL push:{news}:key:k1")) - 500), 60);
	close_all();
}

TEST(ids_rise_in_a_log_ahead_of_the_clock)
{
	struct id id;

	open_bus("");
	redis_ask("XADD push:{news}:log 9999999999999-5 p 0-0 e %s d ahead",
		  "");
	redis_ask("SET push:{news}:tip 9999999999999-5");
	id = stored("news", "hi", NULL);
	ck_assert_uint_eq(id.ms, 9999999999999);
	ck_assert_uint_gt(id.seq, 5);
	close_all();
}

TEST(ids_rise_from_a_tip_ahead_of_the_clock_without_its_log)
{
	struct id id;

	open_bus("");
	redis_ask("SET push:{news}:tip 9999999999999-41");
	id = stored("news", "hi", NULL);
	ck_assert_uint_eq(id.ms, 9999999999999);
	ck_assert_uint_gt(id.seq, 41);
	ck_assert_ptr_nonnull(strstr(redis_ask("XRANGE push:{news}:log - +"),
				     "p 9999999999999-41 "));
	close_all();
}

TEST(after_a_tip_behind_the_clock_the_id_is_the_current_time)
{
	struct id id;

	open_bus("");
	redis_ask("SET push:{news}:tip 1000-7");
	id = stored("news", "hi", NULL);
	ck_assert_uint_gt(id.ms, 1500000000000);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), "p 1000-7 "));
	close_all();
}

TEST(without_a_tip_prev_is_the_last_entry_of_the_log)
{
	char want[64] = "p ";

	open_bus("");
	id_format(want + 2, stored("news", "one", NULL));
	redis_ask("DEL push:{news}:tip");
	stored("news", "two", NULL);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), want));
	close_all();
}

TEST(publishing_works_after_script_flush)
{
	open_bus("");
	stored("news", "one", NULL);
	stored("news", "two", NULL);
	redis_ask("SCRIPT FLUSH");
	stored("news", "three", NULL);
	stored("news", "four", NULL);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "4");
	close_all();
}

TEST(the_script_is_sent_once)
{
	open_bus("");
	TURN_UNTIL(bus_is_up(bus));
	stored("news", "one", NULL);
	redis_ask("CONFIG RESETSTAT");
	for (int i = 0; i < 10; i++)
		stored("news", "hi", NULL);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("INFO commandstats"), "cmdstat_evalsha:calls=10"));
	ck_assert_ptr_null(
	    strstr(redis_ask("INFO commandstats"), "cmdstat_eval:"));
	close_all();
}

TEST(databases_are_separate)
{
	static char trace[BUS_TRACE_SIZE];
	static struct conf other;
	struct bus *listener;

	open_bus("");
	redis_server_conf(&other, "", "?db=1");
	listener = bus_trace_open(&other, trace);
	TURN_UNTIL(bus_trace_has(trace, "up") &&
		   bus_trace_has(trace, "subscription_up"));
	bus_subscribe(listener, "news");
	TURN_UNTIL(strstr(trace, "subscribed:news") != NULL);
	stored("news", "for 0", NULL);
	ck_assert_uint_eq(bus_trace_publish_now(listener, "news", "for 1", NULL)
			      .result.processes,
			  1);
	TURN_UNTIL(strstr(trace, "for 1") != NULL);
	ck_assert_ptr_null(strstr(trace, "for 0"));
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	bus_close(listener);
	close_all();
}
