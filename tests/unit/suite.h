/* SPDX-License-Identifier: MIT */
/*
 * suite.h - main() of a unit test program, and the macro TEST.
 *
 *	TEST(addition_adds_two_numbers)
 *	{
 *		ck_assert_int_eq(1 + 1, 2);
 *	}
 *
 * TEST registers its function, and main() runs all of them in the order of the
 * file. Each test runs in its own process, so a crash is one failure, and a
 * test cannot affect the next. With CK_TAP_LOG_FILE_NAME=- the results are TAP
 * on stdout.
 *
 * With CK_FORK=no all run in one process, which takes valgrind a third of the
 * time; `make memcheck` does so. A program whose tests affect each other keeps
 * its processes by a line after the includes:
 *
 *	TESTS_NEED_PROCESSES
 *
 * fake_redis.h and redis_server.h do that for those that use them.
 */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>
#include <stddef.h>

#include "shared/base/attributes.h"

struct buf;

#define TEST(name)                                                             \
	static void name##_body(void);                                         \
	START_TEST(name)                                                       \
	{                                                                      \
		name##_body();                                                 \
	}                                                                      \
	END_TEST                                                               \
	__attribute__((constructor)) static void name##_register(void)         \
	{                                                                      \
		suite_add(name);                                               \
	}                                                                      \
	static void name##_body(void)

#define TESTS_NEED_PROCESSES                                                   \
	__attribute__((constructor)) static void need_processes(void)          \
	{                                                                      \
		suite_need_processes();                                        \
	}

/* For TEST and TESTS_NEED_PROCESSES. */
void suite_add(const TTest *test);
void suite_need_processes(void);

/* For a constructor: makes main() call wrap(run). wrap() prepares the tests,
 * calls run(), and returns the exit status of the program. */
void suite_wrap(int (*wrap)(int (*run)(void)));

/* Fails the test unless the buffer is good and contains exactly `want`. */
void suite_assert_bytes(const struct buf *got, const char *want);

/* The same for any bytes, including NUL. */
void suite_assert_same(const void *got, size_t got_len, const void *want,
		       size_t want_len);

#endif
