/* SPDX-License-Identifier: MIT */
/* shared/base/temporary_timer.c. */
#include "config.h"

#include "shared/base/temporary_timer.h"

#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

static struct wheel w;
static struct temporary_timer *timer;
static int fired;

static void
start(void)
{
	skip_only();
	fired = 0;
	wheel_init(&w, ev_loop_new(EVFLAG_AUTO));
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

static void
fire(void *arg)
{
	ck_assert_ptr_null(timer);
	fired += *(int *)arg;
}

TEST(it_fires_once_and_is_gone_then)
{
	int one = 1;

	start();
	temporary_timer_set(&timer, &w, 1000, fire, &one);
	ck_assert_ptr_nonnull(timer);
	pass(900);
	ck_assert_int_eq(fired, 0);
	pass(1000);
	ck_assert_int_eq(fired, 1);
	ck_assert_ptr_null(timer);
	pass(5000);
	ck_assert_int_eq(fired, 1);
	stop();
}

TEST(one_that_is_set_again_fires_at_the_new_time)
{
	int one = 1, ten = 10;

	start();
	temporary_timer_set(&timer, &w, 1000, fire, &one);
	temporary_timer_set(&timer, &w, 5000, fire, &ten);
	ck_assert_uint_eq(w.count, 1);
	pass(3000);
	ck_assert_int_eq(fired, 0);
	pass(3000);
	ck_assert_int_eq(fired, 10);
	stop();
}

TEST(one_that_is_cleared_does_not_fire)
{
	int one = 1;

	start();
	temporary_timer_set(&timer, &w, 1000, fire, &one);
	temporary_timer_clear(&timer, &w);
	ck_assert_ptr_null(timer);
	ck_assert_uint_eq(w.count, 0);
	temporary_timer_clear(&timer, &w);
	pass(3000);
	ck_assert_int_eq(fired, 0);
	stop();
}

static void
set_again(void *arg)
{
	temporary_timer_set(&timer, &w, 1000, fire, arg);
}

TEST(it_may_be_set_when_it_fires)
{
	int one = 1;

	start();
	temporary_timer_set(&timer, &w, 1000, set_again, &one);
	pass(2000);
	ck_assert_ptr_nonnull(timer);
	pass(2000);
	ck_assert_int_eq(fired, 1);
	stop();
}
