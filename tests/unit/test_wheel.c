/* SPDX-License-Identifier: MIT */
/* shared/base/wheel.c. */
#include "config.h"

#include "shared/base/wheel.h"

#include <string.h>

#include "shared/base/clock.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

enum { TIMERS = 600 };

static struct wheel w;
static struct wheel_timer timers[TIMERS];
static int fired[TIMERS];
static uint64_t fired_ms[TIMERS];

static void
fire(void *arg)
{
	size_t i = (size_t)((struct wheel_timer *)arg - timers);

	fired[i]++;
	fired_ms[i] = clock_ms();
}

static void
start(void)
{
	skip_only();
	memset(timers, 0, sizeof(timers));
	memset(fired, 0, sizeof(fired));
	wheel_init(&w, ev_loop_new(EVFLAG_AUTO));
	for (size_t i = 0; i < TIMERS; i++) {
		timers[i].fire = fire;
		timers[i].arg = &timers[i];
	}
}

static void
stop(void)
{
	wheel_free(&w);
	ev_loop_destroy(w.loop);
}

static void
pass(unsigned int ms)
{
	skip_ms(ms);
	ev_run(w.loop, EVRUN_NOWAIT);
}

TEST(a_zeroed_timer_is_not_set)
{
	start();
	ck_assert(!wheel_is_set(&timers[0]));
	wheel_clear(&w, &timers[0]);
	ck_assert_uint_eq(w.count, 0);
	stop();
}

TEST(a_timer_fires_once)
{
	start();
	wheel_set(&w, &timers[0], 1000);
	ck_assert(wheel_is_set(&timers[0]));
	pass(2000);
	ck_assert_int_eq(fired[0], 1);
	ck_assert(!wheel_is_set(&timers[0]));
	pass(100000);
	ck_assert_int_eq(fired[0], 1);
	stop();
}

/* Timers of many lengths, set at times that fall between the ticks. */
TEST(each_timer_fires_on_time_or_up_to_two_ticks_late)
{
	uint64_t set_ms[TIMERS], late;

	start();
	for (size_t i = 0; i < TIMERS; i++) {
		set_ms[i] = clock_ms();
		wheel_set(&w, &timers[i], i * 7);
		pass(3);
	}
	for (int i = 0; i < 3000 && w.count > 0; i++)
		pass(5);
	for (size_t i = 0; i < TIMERS; i++) {
		ck_assert_int_eq(fired[i], 1);
		late = fired_ms[i] - set_ms[i] - i * 7;
		/* the clock, too, may be a few ms behind */
		ck_assert_int_ge((int)late, -10);
		ck_assert_int_le((int)late, 2 * WHEEL_TICK_MS + 50);
	}
	stop();
}

TEST(a_timer_may_be_longer_than_one_rotation)
{
	unsigned int ms = 3 * WHEEL_SLOTS * WHEEL_TICK_MS + 1000;

	start();
	wheel_set(&w, &timers[0], ms);
	for (unsigned int at = 0; at < ms - 100; at += 100) {
		pass(100);
		ck_assert_int_eq(fired[0], 0);
	}
	pass(700);
	ck_assert_int_eq(fired[0], 1);
	stop();
}

TEST(a_long_sleep_fires_every_due_timer)
{
	start();
	for (size_t i = 0; i < TIMERS; i++)
		wheel_set(&w, &timers[i], i * 300);
	pass(10 * WHEEL_SLOTS * WHEEL_TICK_MS);
	for (size_t i = 0; i < TIMERS; i++)
		ck_assert_int_eq(fired[i], 1);
	stop();
}

TEST(a_cleared_timer_does_not_fire)
{
	start();
	wheel_set(&w, &timers[0], 1000);
	wheel_set(&w, &timers[1], 1000);
	wheel_clear(&w, &timers[0]);
	ck_assert(!wheel_is_set(&timers[0]));
	pass(5000);
	ck_assert_int_eq(fired[0], 0);
	ck_assert_int_eq(fired[1], 1);
	stop();
}

TEST(setting_again_replaces_the_time)
{
	start();
	wheel_set(&w, &timers[0], 1000);
	wheel_set(&w, &timers[0], 10000);
	wheel_set(&w, &timers[1], 10000);
	wheel_set(&w, &timers[1], 1000);
	pass(5000);
	ck_assert_int_eq(fired[0], 0);
	ck_assert_int_eq(fired[1], 1);
	pass(6000);
	ck_assert_int_eq(fired[0], 1);
	ck_assert_int_eq(fired[1], 1);
	stop();
}

TEST(the_wheel_stops_while_nothing_is_set)
{
	start();
	ck_assert(!ev_is_active(&w.ticker));
	wheel_set(&w, &timers[0], 1000);
	ck_assert(ev_is_active(&w.ticker));
	pass(2000);
	ck_assert(!ev_is_active(&w.ticker));
	stop();
}

TEST(a_timer_set_on_a_stopped_wheel_is_not_early)
{
	start();
	pass(600 * 1000);
	wheel_set(&w, &timers[0], 1000);
	pass(900);
	ck_assert_int_eq(fired[0], 0);
	pass(700);
	ck_assert_int_eq(fired[0], 1);
	stop();
}

static void
fire_and_set_again(void *arg)
{
	struct wheel_timer *timer = arg;

	fire(timer);
	wheel_set(&w, timer, 1000);
}

TEST(a_timer_may_set_itself_again)
{
	start();
	timers[0].fire = fire_and_set_again;
	wheel_set(&w, &timers[0], 1000);
	for (int i = 1; i <= 10; i++) {
		pass(1600);
		ck_assert_int_eq(fired[0], i);
		ck_assert(wheel_is_set(&timers[0]));
	}
	wheel_clear(&w, &timers[0]);
	stop();
}

/* The first to fire clears the others and sets one that was not due. */
static void
fire_alone(void *arg)
{
	fire(arg);
	for (size_t i = 0; i < 4; i++)
		wheel_clear(&w, &timers[i]);
	wheel_set(&w, &timers[9], 0);
}

TEST(a_timer_may_set_and_clear_others_that_are_due)
{
	start();
	for (size_t i = 0; i < 4; i++) {
		timers[i].fire = fire_alone;
		wheel_set(&w, &timers[i], 1000);
	}
	pass(2000);
	ck_assert_int_eq(fired[0] + fired[1] + fired[2] + fired[3], 1);
	pass(1000);
	ck_assert_int_eq(fired[9], 1);
	ck_assert_uint_eq(w.count, 0);
	stop();
}

TEST(the_clock_goes_forward)
{
	uint64_t before = clock_ms();

	skip_ms(1000);
	ck_assert_uint_ge(clock_ms(), before + 1000);
	ck_assert_uint_lt(clock_ms(), before + 60000);
}
