/* SPDX-License-Identifier: MIT */
/* shared/bus/publish_channels.c */
#include "config.h"

#include <stdio.h>

#include "shared/bus/publish_channels.h"
#include "tests/unit/suite.h"

struct publish_call {
	TAILQ_ENTRY(publish_call) link;
};

static struct publish_channels all;

static struct publish_channel *
get(const char *name)
{
	return publish_channels_get(&all, text_of(name));
}

static struct publish_channel *
sent(const char *name)
{
	struct publish_channel *channel = get(name);

	channel->sent = true;
	publish_channels_settle(&all, channel);
	return channel;
}

static struct publish_channel *
answered(struct publish_channel *channel)
{
	channel->sent = false;
	publish_channels_settle(&all, channel);
	return channel;
}

static void
add(struct publish_channel *channel, struct publish_call *call)
{
	TAILQ_INSERT_TAIL(&channel->waiting, call, link);
	publish_channels_settle(&all, channel);
}

static void
take(struct publish_channel *channel)
{
	TAILQ_INIT(&channel->waiting);
	publish_channels_settle(&all, channel);
}

TEST(a_channel_is_found_by_its_name)
{
	struct publish_channel *channel;

	publish_channels_init(&all);
	channel = sent("news");
	ck_assert_ptr_eq(get("news"), channel);
	ck_assert_str_eq(channel->name.bytes, "news");
	answered(channel);
	publish_channels_free(&all);
}

TEST(channels_are_ready_in_the_order_of_their_first_message)
{
	struct publish_call calls[3];
	struct publish_channel *one, *two;

	publish_channels_init(&all);
	one = get("one");
	add(one, &calls[0]);
	two = get("two");
	add(two, &calls[1]);
	add(one, &calls[2]);
	ck_assert_ptr_eq(TAILQ_FIRST(&all.ready), one);
	take(one);
	ck_assert_ptr_eq(TAILQ_FIRST(&all.ready), two);
	take(two);
	ck_assert(TAILQ_EMPTY(&all.ready));
	publish_channels_free(&all);
}

TEST(a_channel_is_ready_again_when_it_is_answered)
{
	struct publish_call call;
	struct publish_channel *channel;

	publish_channels_init(&all);
	channel = sent("news");
	add(channel, &call);
	ck_assert(TAILQ_EMPTY(&all.ready));
	answered(channel);
	ck_assert_ptr_eq(TAILQ_FIRST(&all.ready), channel);
	take(channel);
	publish_channels_free(&all);
}

TEST(the_last_ids_of_256_channels_are_kept)
{
	char name[16];

	publish_channels_init(&all);
	for (unsigned int i = 0; i <= PUBLISH_CHANNELS_IDLE_MAX; i++) {
		struct publish_channel *channel;

		snprintf(name, sizeof(name), "%u", i);
		channel = sent(name);
		channel->last.ms = 1000 + i;
		answered(channel);
	}
	ck_assert_uint_eq(all.idle_count, PUBLISH_CHANNELS_IDLE_MAX);
	ck_assert_uint_eq(get("1")->last.ms, 1001);
	ck_assert_uint_eq(answered(sent("256"))->last.ms, 1256);
	ck_assert_uint_eq(sent("0")->last.ms, 0);
	answered(get("0"));
	publish_channels_free(&all);
}

TEST(the_channel_that_was_not_used_for_longest_is_forgotten)
{
	char name[16];

	publish_channels_init(&all);
	for (unsigned int i = 0; i < PUBLISH_CHANNELS_IDLE_MAX; i++) {
		snprintf(name, sizeof(name), "%u", i);
		answered(sent(name))->last.ms = 1000 + i;
	}
	answered(sent("0"));
	answered(sent("new"));
	ck_assert_uint_eq(answered(sent("0"))->last.ms, 1000);
	ck_assert_uint_eq(sent("1")->last.ms, 0);
	answered(get("1"));
	publish_channels_free(&all);
}
