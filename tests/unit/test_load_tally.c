/* SPDX-License-Identifier: MIT */
/* Tests of bench/load/tally.c. */
#include "config.h"

#include "bench/load/tally.h"

#include "tests/unit/suite.h"

static struct tally t;

static void
begin(uint32_t subscribers, uint32_t channels, uint32_t messages)
{
	const struct tally_plan plan = {.subscribers = subscribers,
					.channels = channels,
					.messages = messages,
					.bytes = 100};

	ck_assert(tally_init(&t, &plan));
}

static void
get(uint32_t subscriber, uint32_t channel, uint32_t sequence)
{
	const struct stamp stamp = {.channel = channel,
				    .sequence = sequence,
				    .sent_ns = 1000,
				    .bytes = 100};

	tally_message(&t, subscriber, &stamp, 3000);
}

TEST(all_once_and_in_order_is_clean)
{
	begin(2, 1, 2);
	for (uint32_t i = 0; i < 4; i++)
		get(i / 2, 0, i % 2);
	ck_assert(tally_is_clean(&t));
	ck_assert_uint_eq(t.delivered, 4);
	ck_assert_uint_eq(histogram_at(&t.latency, 100), 2000);
	tally_free(&t);
}

TEST(what_does_not_come_is_lost)
{
	begin(2, 1, 2);
	get(0, 0, 0);
	get(0, 0, 1);
	get(1, 0, 0);
	ck_assert(!tally_is_clean(&t));
	ck_assert_uint_eq(tally_expected(&t.plan, 2) - t.delivered, 1);
	tally_free(&t);
}

TEST(what_comes_again_is_doubled)
{
	begin(1, 1, 2);
	get(0, 0, 0);
	get(0, 0, 0);
	get(0, 0, 1);
	ck_assert_uint_eq(t.doubled, 1);
	ck_assert_uint_eq(t.delivered, 2);
	ck_assert(!tally_is_clean(&t));
	tally_free(&t);
}

TEST(an_earlier_one_after_a_later_one_is_out_of_order)
{
	begin(1, 1, 3);
	get(0, 0, 0);
	get(0, 0, 2);
	get(0, 0, 1);
	ck_assert_uint_eq(t.out_of_order, 1);
	ck_assert(!tally_is_clean(&t));
	tally_free(&t);
}

TEST(a_message_of_another_channel_is_stray)
{
	begin(4, 2, 4);
	get(3, 0, 0);
	ck_assert_uint_eq(t.stray, 1);
	ck_assert_uint_eq(t.delivered, 0);
	tally_free(&t);
}

TEST(a_message_that_was_never_sent_is_stray)
{
	begin(1, 1, 2);
	get(0, 0, 2);
	ck_assert_uint_eq(t.stray, 1);
	tally_free(&t);
}

TEST(messages_go_to_the_channels_in_turn)
{
	begin(5, 3, 7);
	ck_assert_uint_eq(tally_due(&t.plan, 0, 7), 3);
	ck_assert_uint_eq(tally_due(&t.plan, 1, 7), 2);
	ck_assert_uint_eq(tally_due(&t.plan, 2, 7), 2);
	ck_assert_uint_eq(tally_due(&t.plan, 3, 7), 3);
	ck_assert_uint_eq(tally_expected(&t.plan, 7), 3 + 2 + 2 + 3 + 2);
	tally_free(&t);
}
