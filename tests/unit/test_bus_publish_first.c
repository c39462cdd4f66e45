/* SPDX-License-Identifier: MIT */
/* shared/bus/publish.c and publish.lua: the first message of a channel. */
#include "config.h"

#include "tests/unit/bus_stage.h"
#include "tests/unit/turn.h"

static struct publish_result
publish(const char *channel, const char *key, bool never_first)
{
	static struct bus_trace_publish
	    answer; /* result.reason points into it */
	struct publication p = bus_trace_publication(channel, "data", key);

	answer = (struct bus_trace_publish){.calls = 0};
	p.never_first = never_first;
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &p, bus_trace_published, &answer));
	TURN_UNTIL(answer.calls == 1);
	return answer.result;
}

TEST(only_the_first_message_of_a_channel_makes_it_new)
{
	bus_stage_open();
	ck_assert(publish("news", NULL, false).new_channel);
	ck_assert(!publish("news", NULL, false).new_channel);
	ck_assert(publish("other", NULL, false).new_channel);
	bus_stage_close();
}

TEST(a_message_that_must_not_be_first_is_not_stored_in_a_new_channel)
{
	struct publish_result result;
	struct problem p;

	bus_stage_open();
	result = publish("news", "k", true);
	ck_assert_int_eq(result.status, PUBLISHED_NOT_STORED);
	ck_assert(result.new_channel && !result.temporary);
	ck_assert(!publication_published(&result, &p));
	ck_assert_uint_eq(p.status, 429);
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	ck_assert(publish("news", "k", false).new_channel);
	bus_stage_close();
}

TEST(a_message_that_must_not_be_first_is_stored_in_a_channel_that_exists)
{
	struct publish_result result;

	bus_stage_open();
	ck_assert(publish("news", "k", false).new_channel);
	result = publish("news", NULL, true);
	ck_assert_int_eq(result.status, PUBLISHED_STORED);
	ck_assert(!result.new_channel);
	result = publish("news", "k", true);
	ck_assert_int_eq(result.status, PUBLISHED_SEEN);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "2");
	bus_stage_close();
}

/* Its history is over, its tip lives on. */
TEST(a_channel_without_messages_is_not_new_while_its_tip_is_kept)
{
	bus_stage_open();
	ck_assert(publish("news", NULL, false).new_channel);
	redis_ask("DEL push:{news}:log");
	bus_close(bus);
	bus = bus_trace_open_plain(&conf);
	ck_assert_int_eq(publish("news", NULL, true).status, PUBLISHED_STORED);
	bus_stage_close();
}
