/* SPDX-License-Identifier: MIT */
/*
 * suite.h - a unit test program: facts written with TEST.
 *
 *	TEST(a_name_that_states_the_fact)
 *	{
 *		ck_assert_int_eq(1 + 1, 2);
 *	}
 *
 * TEST registers its function; main() is in suite.c and runs all of them, in
 * the order of the file. Each runs in a process of its own, so a crash is one
 * failure and what a test leaves behind is gone. With CK_TAP_LOG_FILE_NAME=-
 * the results are TAP on stdout.
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

/* For TEST. */
void suite_add(const TTest *test);

/* For a constructor: main() calls wrap(run), which prepares what the tests
 * need, calls run(), and returns the exit status of the program. */
void suite_wrap(int (*wrap)(int (*run)(void)));

/* Fails the test unless the buffer is good and holds exactly `want`. */
void suite_assert_bytes(const struct buf *got, const char *want);

/* The same for any bytes; NUL is a byte like the others. */
void suite_assert_same(const void *got, size_t got_len, const void *want,
		       size_t want_len);

#endif
