/* SPDX-License-Identifier: MIT */
/* shared/net/late_close.c */
#include "config.h"

#include "shared/net/late_close.h"

#include <ev.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

enum { MANY = 50 };

static struct ev_loop *loop;
static struct wheel wheel;
static struct late_close all;
static int ends[2];

static void
start(void)
{
	fake_clock_restart();
	loop = ev_loop_new(EVFLAG_AUTO);
	wheel_init(&wheel, loop);
	late_close_init(&all, &wheel);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void
stop(void)
{
	late_close_free(&all);
	wheel_free(&wheel);
	ev_loop_destroy(loop);
	close(ends[1]);
}

static void
pass(unsigned int ms)
{
	fake_clock_advance(ms);
	wheel_turn(&wheel);
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

TEST(the_other_side_sees_the_end_at_once)
{
	char byte;

	start();
	late_close_add(&all, ends[0]);
	ck_assert_int_eq(recv(ends[1], &byte, 1, MSG_DONTWAIT), 0);
	ck_assert(is_open(ends[0]));
	stop();
}

TEST(a_descriptor_is_closed_a_moment_later)
{
	start();
	late_close_add(&all, ends[0]);
	pass(LATE_CLOSE_MS - 1);
	ck_assert(is_open(ends[0]));
	for (int i = 0; i < 4; i++)
		pass(LATE_CLOSE_MS + WHEEL_TICK_MS);
	ck_assert(!is_open(ends[0]));
	ck_assert(!wheel_is_set(&all.timer));
	stop();
}

TEST(one_that_comes_later_is_closed_later)
{
	int other;

	start();
	other = dup(ends[1]);
	late_close_add(&all, ends[0]);
	pass(LATE_CLOSE_MS + WHEEL_TICK_MS);
	late_close_add(&all, other);
	pass(LATE_CLOSE_MS + WHEEL_TICK_MS);
	ck_assert(!is_open(ends[0]));
	ck_assert(is_open(other));
	pass(LATE_CLOSE_MS + WHEEL_TICK_MS);
	ck_assert(!is_open(other));
	stop();
}

TEST(many_are_closed_and_more_can_come)
{
	int fds[MANY];

	start();
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < MANY; i++)
			late_close_add(&all, fds[i] = dup(ends[0]));
		for (int i = 0; i < 3; i++)
			pass(LATE_CLOSE_MS + WHEEL_TICK_MS);
		for (int i = 0; i < MANY; i++)
			ck_assert(!is_open(fds[i]));
	}
	close(ends[0]);
	stop();
}

TEST(at_the_end_all_are_closed)
{
	int other;

	start();
	other = dup(ends[0]);
	late_close_add(&all, ends[0]);
	pass(LATE_CLOSE_MS + WHEEL_TICK_MS);
	late_close_add(&all, other);
	late_close_free(&all);
	ck_assert(!is_open(ends[0]));
	ck_assert(!is_open(other));
	stop();
}
