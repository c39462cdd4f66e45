/* SPDX-License-Identifier: MIT */
/* shared/hub/gather.c: which messages wait for others, and until when. */
#include "config.h"

#include "shared/hub/gather.h"

#include <string.h>

#include "shared/base/clock.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

enum { MS = 50, SLOW_MS = 200, STEP_MS = 4 /* of the clock, at most */ };

static struct gathers all;
static struct gather busy, slow;
static size_t released, released_slow;

static void
release(void *arg)
{
	++*(size_t *)arg;
}

/* Windows end when the clock shows a multiple of MS. */
static void
start(unsigned int ms)
{
	memset(&all, 0, sizeof(all));
	fake_clock_restart();
	all.offset = MS - clock_ms() % MS;
	released = released_slow = 0;
	gather_init(&busy, ms, release, &released);
	gather_init(&slow, SLOW_MS, release, &released_slow);
}

static bool
add(void)
{
	return gather_add(&all, &busy, 100, 1);
}

static void
pass(uint64_t ms)
{
	fake_clock_advance(ms);
	gathers_turn(&all);
}

TEST(without_the_setting_nothing_waits)
{
	start(0);
	ck_assert(!add());
	ck_assert(!add());
}

TEST(the_first_message_after_a_silence_is_sent_at_once)
{
	start(MS);
	ck_assert(!add());
	pass(MS);
	ck_assert(!add());
	ck_assert_uint_eq(released, 0);
}

TEST(what_follows_within_the_window_waits_for_its_end)
{
	start(MS);
	add();
	ck_assert(add());
	ck_assert(add());
	pass(MS / 2);
	ck_assert_uint_eq(released, 0);
	pass(MS / 2);
	ck_assert_uint_eq(released, 1);
}

TEST(while_something_waited_the_next_message_waits_too)
{
	start(MS);
	add();
	add();
	pass(MS);
	pass(1);
	ck_assert(add());
	pass(MS - 1);
	ck_assert_uint_eq(released, 2);
	pass(MS); /* a silence */
	ck_assert_uint_eq(released, 2);
	ck_assert(!add());
}

TEST(a_hundred_messages_a_second_are_twenty_writes)
{
	size_t at_once = 0;

	start(MS);
	for (int i = 0; i < 100; i++) {
		at_once += !add();
		pass(10);
	}
	ck_assert_uint_le(at_once + released, 1000 / MS + 1);
	ck_assert_uint_ge(at_once + released, 1000 / MS - 1);
}

TEST(no_message_waits_longer_than_the_window)
{
	uint64_t oldest = 0; /* that waits, came then */

	start(MS);
	for (int i = 0; i < 3000; i++) {
		size_t before = released;

		if (i % 7 == 0 && add() && oldest == 0)
			oldest = clock_ms();
		pass(1);
		if (released > before)
			oldest = 0;
		ck_assert(oldest == 0 || clock_ms() - oldest < MS);
	}
	ck_assert_uint_gt(released, 0);
}

TEST(windows_of_one_length_end_together)
{
	struct gather other;

	start(MS);
	gather_init(&other, MS, release, &released_slow);
	add();
	fake_clock_advance(MS / 2);
	gather_add(&all, &other, 100, 1);
	ck_assert_uint_eq(busy.until, other.until);
	gather_end(&all, &other);
}

TEST(each_channel_has_the_length_of_its_own_window)
{
	start(MS);
	for (int i = 0; i < 2; i++) {
		gather_add(&all, &slow, 100, 1);
		add();
	}
	for (int i = 0; i < 3; i++)
		pass(MS);
	ck_assert_uint_eq(released, 1);
	ck_assert_uint_le(released_slow, 1);
	pass(MS);
	ck_assert_uint_eq(released_slow, 1);
}

TEST(many_messages_are_sent_before_the_window_ends)
{
	start(MS);
	add();
	for (int i = 1; i < GATHER_MESSAGES; i++)
		ck_assert(add());
	ck_assert(!add());
	ck_assert_uint_eq(released, 1);
	ck_assert_uint_eq(all.bytes, 0);
	ck_assert(add()); /* the window is still open */
}

TEST(many_bytes_are_sent_before_the_window_ends)
{
	start(MS);
	add();
	ck_assert(gather_add(&all, &busy, GATHER_BYTES - 1, 1));
	ck_assert(!gather_add(&all, &busy, 1, 1));
	ck_assert_uint_eq(released, 1);
}

TEST(when_all_channels_wait_with_too_much_all_is_sent)
{
	start(MS);
	add();
	add();
	gather_add(&all, &slow, 100, 1);
	gather_add(&all, &slow, 100, GATHERS_ENTRIES);
	ck_assert_uint_eq(released, 1);
	ck_assert_uint_eq(released_slow, 1);
	ck_assert_uint_eq(all.bytes, 0);
	ck_assert_uint_eq(all.entries, 0);
}

TEST(what_waits_can_be_released_before)
{
	start(MS);
	add();
	add();
	gathers_release(&all);
	gathers_release(&all);
	ck_assert_uint_eq(released, 1);
	ck_assert(add());
}

TEST(a_channel_that_ends_leaves_nothing)
{
	start(MS);
	add();
	add();
	gather_end(&all, &busy);
	ck_assert(LIST_EMPTY(&all.open));
	ck_assert_uint_eq(all.bytes, 0);
	ck_assert_uint_eq(all.entries, 0);
	pass(MS);
	ck_assert_uint_eq(released, 0);
}

TEST(a_window_ends_a_step_of_the_clock_early_but_not_more)
{
	start(MS);
	add();
	add();
	pass(MS - STEP_MS - 1);
	ck_assert_uint_eq(released, 0);
	pass(1);
	ck_assert_uint_eq(released, 1);
}
