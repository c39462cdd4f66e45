/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/vec.h"

enum { SHOWN_SIZE = 1024 };

static struct {
	const TTest **at;
	size_t count, room;
} tests;

void
suite_add(const TTest *test)
{
	tests.at =
	    vec_grow(tests.at, tests.count, &tests.room, sizeof(*tests.at));
	tests.at[tests.count++] = test;
}

static bool needs_processes;

void
suite_need_processes(void)
{
	needs_processes = true;
}

static int (*wrap_run)(int (*run)(void));

void
suite_wrap(int (*wrap)(int (*run)(void)))
{
	wrap_run = wrap;
}

/* Fails without any test. */
static int
run(void)
{
	Suite *suite = suite_create("tests");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, all);
	for (size_t i = 0; i < tests.count; i++)
		tcase_add_test(all, tests.at[i]);
	if (needs_processes)
		srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 && tests.count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(void)
{
	int status = wrap_run != NULL ? wrap_run(run) : run();

	free(tests.at);
	return status;
}

/*
 * What AddressSanitizer does in these programs: an allocation too large returns
 * NULL, as without it, and strstr() does not measure both strings each time,
 * which takes minutes in a test that searches long text.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1:intercept_strstr=0";
}

/* `bytes` on one line, with escapes as in C; cut when it is too long. */
static void
show(char out[SHOWN_SIZE], const char *bytes, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		size_t room = SHOWN_SIZE - at;

		if (room < 8) {
			strcpy(out + at, "...");
			return;
		}
		if (c == '\n')
			at += (size_t)snprintf(out + at, room, "\\n");
		else if (c == '\r')
			at += (size_t)snprintf(out + at, room, "\\r");
		else if (c < 0x20 || c >= 0x7F)
			at += (size_t)snprintf(out + at, room, "\\x%02x", c);
		else
			out[at++] = (char)c;
	}
	out[at] = '\0';
}

void
suite_assert_same(const void *got, size_t got_len, const void *want,
		  size_t want_len)
{
	char got_shown[SHOWN_SIZE];
	char want_shown[SHOWN_SIZE];

	if (got_len == want_len &&
	    (got_len == 0 || memcmp(got, want, got_len) == 0))
		return;
	show(got_shown, got, got_len);
	show(want_shown, want, want_len);
	ck_abort_msg("got \"%s\" want \"%s\"", got_shown, want_shown);
}

void
suite_assert_bytes(const struct buf *got, const char *want)
{
	if (!buf_ok(got))
		ck_abort_msg("the buffer is bad");
	suite_assert_same(got->bytes, got->len, want, strlen(want));
}
