/* SPDX-License-Identifier: MIT */
/* shared/bus/replicas.c, by bus.c and a fake Redis */
#include "config.h"

#include "shared/bus/replicas.h"

#include <stdio.h>
#include <string.h>

#include "shared/bus/bus.h"
#include "shared/bus/publish_channels.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/fake_redis.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

/* What publish.lua replies: one message is stored, or its key was seen. */
static const char STORED[] = "*1\r\n*4\r\n$3\r\n7-1\r\n:2\r\n:0\r\n$0\r\n\r\n";
static const char SEEN[] = "*1\r\n*4\r\n$3\r\n7-1\r\n:0\r\n:1\r\n$0\r\n\r\n";

static struct conf conf;
static struct bus *bus;
static struct bus_trace_publish answers[3];

static void
open_bus(const char *wait)
{
	fake_redis_open(&conf);
	fake_redis_answer("EVALSHA", STORED);
	fake_redis_answer("WAIT", wait);
	conf.publish_wait_replicas = 2;
	conf.publish_wait_ms = 30;
	bus = bus_trace_open_plain(&conf);
	TURN_UNTIL(bus_is_up(bus));
}

static void
close_all(void)
{
	bus_close(bus);
	fake_redis_close();
	turn_end();
}

static void
publish(size_t i, const char *channel)
{
	struct publication p = bus_trace_publication(channel, "hi", NULL);

	bus_publish(bus, &p, bus_trace_published, &answers[i]);
}

static struct publish_result
published(void)
{
	publish(0, "news");
	TURN_UNTIL(answers[0].calls == 1);
	return answers[0].result;
}

static size_t
count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

TEST(a_message_that_enough_replicas_have_is_stored)
{
	struct publish_result result;

	open_bus(":2\r\n");
	result = published();
	ck_assert_int_eq(result.status, PUBLISHED_STORED);
	ck_assert_uint_eq(result.id.ms, 7);
	ck_assert_uint_eq(result.processes, 2);
	ck_assert(!result.few_replicas);
	ck_assert_ptr_nonnull(strstr(fake_redis.got, "WAIT 2 30 ;"));
	close_all();
}

TEST(a_message_that_too_few_replicas_have_is_unknown)
{
	struct publish_result result;

	open_bus(":1\r\n");
	result = published();
	ck_assert_int_eq(result.status, PUBLISHED_UNKNOWN);
	ck_assert(result.few_replicas);
	ck_assert_uint_eq(result.replicated, 1);
	ck_assert_uint_eq(result.id.ms, 7);
	ck_assert_str_eq(answers[0].reason,
			 "The master has stored it, but only 1 of 2 replicas "
			 "have (\"replicated\":1).");
	close_all();
}

/* What the next publication to the channel names as the last id it knows. */
static void
assert_knows(const char *id)
{
	char want[64];

	fake_redis.got[0] = '\0';
	answers[0].calls = 0;
	published();
	snprintf(want, sizeof(want), " push:0:{news} %s ", id);
	ck_assert_ptr_nonnull(strstr(fake_redis.got, want));
}

TEST(the_last_id_is_known_when_enough_replicas_have_it)
{
	open_bus(":2\r\n");
	published();
	assert_knows("7-1");
	close_all();
}

/* It is not acknowledged: when it is lost in a failover and published again,
 * those who had received it must be told before it comes again. */
TEST(an_id_that_too_few_replicas_have_is_not_known)
{
	open_bus(":1\r\n");
	published();
	assert_knows("0-0");
	close_all();
}

/* All are stored before WAIT is answered, and so many are not kept idle. */
TEST(a_channel_may_be_forgotten_while_its_message_waits_for_replicas)
{
	char name[16];

	open_bus(":2\r\n");
	publish(0, "news");
	for (int i = 0; i <= PUBLISH_CHANNELS_IDLE_MAX; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		publish(1, name);
	}
	TURN_UNTIL(answers[0].calls == 1 &&
		   answers[1].calls == PUBLISH_CHANNELS_IDLE_MAX + 1);
	ck_assert_int_eq(answers[0].result.status, PUBLISHED_STORED);
	close_all();
}

TEST(a_key_seen_before_also_waits_for_replicas)
{
	open_bus(":0\r\n");
	fake_redis_answer("EVALSHA", SEEN);
	ck_assert(published().few_replicas);
	close_all();
}

TEST(the_publications_of_a_turn_share_a_wait)
{
	open_bus(":2\r\n");
	publish(0, "a");
	publish(1, "b");
	publish(2, "c");
	TURN_UNTIL(answers[0].calls + answers[1].calls + answers[2].calls == 3);
	ck_assert_uint_eq(count(fake_redis.got, "EVALSHA "), 3);
	ck_assert_uint_eq(count(fake_redis.got, "WAIT "), 1);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(answers[i].result.status, PUBLISHED_STORED);
	close_all();
}

TEST(publishing_has_a_connection_of_its_own)
{
	open_bus(":2\r\n");
	published();
	ck_assert_uint_eq(fake_redis.accepted, 2);
	close_all();
}

TEST(unknown_when_redis_goes_before_the_replicas_have_it)
{
	struct publish_result result;

	open_bus("");
	publish(0, "news");
	TURN_UNTIL(strstr(fake_redis.got, "WAIT") != NULL);
	fake_redis_hang_up("WAIT");
	TURN_UNTIL(answers[0].calls == 1);
	result = answers[0].result;
	ck_assert_int_eq(result.status, PUBLISHED_UNKNOWN);
	ck_assert(!result.few_replicas);
	close_all();
}

TEST(unknown_when_the_bus_is_closed_before_the_replicas_have_it)
{
	open_bus("");
	publish(0, "news");
	TURN_UNTIL(strstr(fake_redis.got, "WAIT") != NULL);
	close_all();
	ck_assert_uint_eq(answers[0].calls, 1);
	ck_assert_int_eq(answers[0].result.status, PUBLISHED_UNKNOWN);
}

TEST(unknown_when_redis_refuses_to_wait)
{
	open_bus("-ERR WAIT cannot be used with replica instances\r\n");
	ck_assert_int_eq(published().status, PUBLISHED_UNKNOWN);
	ck_assert(!answers[0].result.few_replicas);
	close_all();
}

TEST(what_redis_refuses_to_store_waits_for_no_replica)
{
	open_bus(":2\r\n");
	fake_redis_answer("EVALSHA", "-ERR no\r\n");
	ck_assert_int_eq(published().status, PUBLISHED_NOT_STORED);
	ck_assert_ptr_null(strstr(fake_redis.got, "WAIT"));
	close_all();
}

TEST(without_wait_replicas_nothing_waits)
{
	open_bus(":2\r\n");
	bus_close(bus);
	conf.publish_wait_replicas = 0;
	bus = bus_trace_open_plain(&conf);
	ck_assert_int_eq(published().status, PUBLISHED_STORED);
	ck_assert_ptr_null(strstr(fake_redis.got, "WAIT"));
	close_all();
}
