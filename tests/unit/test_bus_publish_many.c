/* SPDX-License-Identifier: MIT */
/* shared/bus/publish.c: many messages at once. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/bus/subscribe.h"
#include "shared/conf/conf_channel.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

enum { MANY = 200 };

static struct conf conf;
static struct bus *bus;
static struct bus_trace_publish answers[MANY];

static void
open_bus_as(const char *user)
{
	redis_server_conf(&conf, user, "");
	bus = bus_trace_open_plain(&conf);
}

static void
open_bus(void)
{
	redis_server_start();
	open_bus_as("");
}

/* The script is loaded, and nothing is counted yet. */
static void
open_loaded(void)
{
	open_bus();
	bus_trace_publish_now(bus, "before", "hi", NULL);
	bus_trace_publish_now(bus, "before", "hi", NULL);
	redis_ask("CONFIG RESETSTAT");
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

static void
publish(size_t i, const char *channel, const char *data, const char *key)
{
	struct publication p = bus_trace_publication(channel, data, key);

	ck_assert_ptr_nonnull(
	    bus_publish(bus, &p, bus_trace_published, &answers[i]));
}

static bool
all_answered(size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (answers[i].calls == 0)
			return false;
	return true;
}

static void
await(size_t count)
{
	TURN_UNTIL(all_answered(count));
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(answers[i].calls, 1);
}

static void
assert_stored_in_order(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(answers[i].result.status, PUBLISHED_STORED);
		if (i > 0)
			ck_assert_int_lt(id_compare(answers[i - 1].result.id,
						    answers[i].result.id),
					 0);
	}
}

static int
script_calls(void)
{
	const char *at =
	    strstr(redis_ask("INFO commandstats"), "cmdstat_evalsha:calls=");

	return at != NULL ? atoi(strchr(at, '=') + 1) : 0;
}

TEST(the_messages_of_one_turn_are_one_call_in_order)
{
	open_loaded();
	publish(0, "news", "one", NULL);
	publish(1, "news", "two", "k");
	publish(2, "news", "three", NULL);
	await(3);
	assert_stored_in_order(3);
	ck_assert_int_eq(script_calls(), 1);
	close_all();
}

TEST(each_message_of_a_call_names_the_one_before_it)
{
	char want[512], id[3][ID_TEXT_SIZE];

	open_loaded();
	publish(0, "news", "one", NULL);
	publish(1, "news", "two", NULL);
	publish(2, "news", "three", NULL);
	await(3);
	for (size_t i = 0; i < 3; i++)
		id_format(id[i], answers[i].result.id);
	snprintf(want, sizeof(want),
		 "%s p 0-0 e  d one %s p %s e  d two %s p %s e  d three", id[0],
		 id[1], id[0], id[2], id[1]);
	ck_assert_str_eq(redis_ask("XRANGE push:{news}:log - +"), want);
	ck_assert_str_eq(redis_tip("news"), id[2]);
	close_all();
}

TEST(each_message_of_a_call_is_announced_in_order)
{
	static char trace[BUS_TRACE_SIZE];
	struct bus *listener;
	const char *one, *two;

	open_bus();
	listener = bus_trace_open(&conf, trace);
	TURN_UNTIL(bus_trace_has(trace, "subscription_up"));
	bus_subscribe(listener, "news");
	TURN_UNTIL(strstr(trace, "subscribed:news") != NULL);
	publish(0, "news", "one", NULL);
	publish(1, "news", "two", NULL);
	await(2);
	ck_assert_uint_eq(answers[1].result.processes, 1);
	TURN_UNTIL((two = strstr(trace, ":two")) != NULL);
	one = strstr(trace, ":one");
	ck_assert(one != NULL && one < two);
	bus_close(listener);
	close_all();
}

TEST(each_channel_has_a_call_of_its_own)
{
	open_loaded();
	publish(0, "news", "one", NULL);
	publish(1, "sport", "two", NULL);
	publish(2, "news", "three", NULL);
	await(3);
	ck_assert_int_eq(script_calls(), 2);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "2");
	ck_assert_str_eq(redis_ask("XLEN push:{sport}:log"), "1");
	close_all();
}

TEST(one_call_takes_64_messages)
{
	open_loaded();
	for (size_t i = 0; i < MANY; i++)
		publish(i, "news", "hi", NULL);
	await(MANY);
	assert_stored_in_order(MANY);
	ck_assert_int_eq(script_calls(), 4);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "200");
	close_all();
}

TEST(one_call_takes_256_kb)
{
	static char big[100 * 1024 + 1];

	memset(big, 'x', sizeof(big) - 1);
	open_loaded();
	for (size_t i = 0; i < 5; i++)
		publish(i, "news", big, NULL);
	await(5);
	assert_stored_in_order(5);
	ck_assert_int_eq(script_calls(), 3);
	close_all();
}

TEST(a_message_that_is_larger_than_a_call_is_sent_alone)
{
	static char big[300 * 1024 + 1];

	memset(big, 'x', sizeof(big) - 1);
	open_loaded();
	publish(0, "news", big, NULL);
	publish(1, "news", big, NULL);
	await(2);
	assert_stored_in_order(2);
	ck_assert_int_eq(script_calls(), 2);
	close_all();
}

TEST(messages_that_waited_for_the_connection_are_one_call)
{
	open_bus();
	for (size_t i = 0; i < 10; i++)
		publish(i, "news", "hi", NULL);
	await(10);
	assert_stored_in_order(10);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("INFO commandstats"), "cmdstat_eval:calls=1"));
	close_all();
}

TEST(the_order_is_kept_when_redis_forgets_the_script)
{
	open_loaded();
	redis_ask("SCRIPT FLUSH");
	for (size_t i = 0; i < MANY; i++) {
		publish(i, "news", "hi", NULL);
		if (i % 10 == 0)
			turn_once("nothing");
	}
	await(MANY);
	assert_stored_in_order(MANY);
	close_all();
}

TEST(a_key_that_is_twice_in_a_call_is_seen_the_second_time)
{
	open_loaded();
	publish(0, "news", "one", "k");
	publish(1, "news", "again", "k");
	publish(2, "news", "two", "other");
	await(3);
	ck_assert_int_eq(answers[0].result.status, PUBLISHED_STORED);
	ck_assert_int_eq(answers[1].result.status, PUBLISHED_SEEN);
	ck_assert_int_eq(id_compare(answers[0].result.id, answers[1].result.id),
			 0);
	ck_assert_int_eq(answers[2].result.status, PUBLISHED_STORED);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "2");
	close_all();
}

TEST(messages_beside_one_with_a_key_seen_before_are_stored)
{
	open_loaded();
	publish(0, "news", "one", "k");
	await(1);
	publish(1, "news", "again", "k");
	publish(2, "news", "two", NULL);
	await(3);
	ck_assert_int_eq(answers[1].result.status, PUBLISHED_SEEN);
	ck_assert_int_eq(answers[2].result.status, PUBLISHED_STORED);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "2");
	close_all();
}

TEST(a_key_seen_before_lives_on)
{
	open_loaded();
	publish(0, "news", "one", "k");
	await(1);
	redis_ask("EXPIRE push:{news}:key:k 10");
	publish(1, "news", "again", "k");
	await(2);
	ck_assert_int_eq(answers[1].result.status, PUBLISHED_SEEN);
	ck_assert_int_gt(atoi(redis_ask("TTL push:{news}:key:k")), 1000);
	close_all();
}

TEST(a_key_that_holds_no_id_is_replaced)
{
	open_loaded();
	redis_ask("SET push:{news}:key:k rubbish");
	publish(0, "news", "one", "k");
	await(1);
	ck_assert_int_eq(answers[0].result.status, PUBLISHED_STORED);
	publish(1, "news", "again", "k");
	await(2);
	ck_assert_int_eq(answers[1].result.status, PUBLISHED_SEEN);
	close_all();
}

TEST(without_the_right_to_announce_each_message_is_stored)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* resetchannels +@all");
	open_bus_as("bob:secret@");
	publish(0, "news", "one", NULL);
	publish(1, "news", "two", NULL);
	await(2);
	assert_stored_in_order(2);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "2");
	close_all();
}

TEST(what_redis_refuses_is_refused_to_each)
{
	open_loaded();
	redis_ask("SET push:{news}:log text");
	publish(0, "news", "one", NULL);
	publish(1, "news", "two", NULL);
	publish(2, "sport", "three", NULL);
	await(3);
	ck_assert_int_eq(answers[0].result.status, PUBLISHED_NOT_STORED);
	ck_assert_int_eq(answers[1].result.status, PUBLISHED_NOT_STORED);
	ck_assert_int_eq(answers[2].result.status, PUBLISHED_STORED);
	close_all();
}

TEST(what_waits_behind_a_call_is_not_stored_when_redis_dies)
{
	open_loaded();
	redis_server_freeze();
	publish(0, "news", "one", NULL);
	turn_for(0.05);
	publish(1, "news", "two", NULL);
	turn_for(0.05);
	redis_server_kill();
	await(2);
	ck_assert_int_eq(answers[0].result.status, PUBLISHED_UNKNOWN);
	ck_assert_int_eq(answers[1].result.status, PUBLISHED_NOT_STORED);
	close_all();
}

TEST(a_channel_that_retains_keeps_its_last_message_for_ever)
{
	char error[CONF_CHANNEL_ERROR_SIZE];
	struct channel_section *section;

	open_loaded();
	conf.history_length = 0;
	conf.history_ttl = 100;
	ck_assert(
	    conf_channel_add(&conf, text_of("[channel \"*\"]"), 1, error));
	section = &conf.channel_sections[0];
	section->conf.retain = RETAIN_LAST;
	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++)
		if (strcmp(conf_channel_setting(i).name, "retain") == 0)
			section->set_on[i] = 1;
	redis_ask("XADD push:{news}:log 1000-0 p 0-0 e %s d old", "");
	redis_ask("EXPIRE push:{news}:log 50");
	publish(0, "news", "new", NULL);
	await(1);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	ck_assert_str_eq(redis_ask("TTL push:{news}:log"), "-1");
	ck_assert_str_eq(redis_ask("TTL push:{news}:tip"), "-1");
	conf_channel_free(&conf);
	close_all();
}
