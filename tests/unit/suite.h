/* SPDX-License-Identifier: MIT */
/*
 * suite.h - a unit test program: facts written with START_TEST, then SUITE.
 *
 * Each test runs in a process of its own, so a crash is one failure and what
 * a test leaves behind is gone. With CK_TAP_LOG_FILE_NAME=- the results are
 * TAP on stdout.
 */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>
#include <stddef.h>

#include "shared/base/attributes.h"

struct buf;

/* main() for the tests named after `name`, the module's name. */
#define SUITE(name, ...)                                                       \
	int main(void)                                                         \
	{                                                                      \
		const TTest *const tests[] = {__VA_ARGS__};                    \
		return suite_run(name, tests, sizeof tests / sizeof *tests);   \
	}

/* Runs them; returns the exit status of the program. */
int suite_run(const char *name, const TTest *const *tests,
	      size_t count) MUST_USE;

/* Fails the test unless the buffer is good and holds exactly `want`. */
void suite_assert_bytes(const struct buf *got, const char *want);

/* The same for any bytes; NUL is a byte like the others. */
void suite_assert_same(const void *got, size_t got_len, const void *want,
		       size_t want_len);

#endif
