/* SPDX-License-Identifier: MIT */
/* shared/base/xalloc.c */
#include "config.h"

#include "shared/base/xalloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/suite.h"

static void
duplicate(void)
{
	free(xstrdup("text"));
}

static void
too_many_items(void)
{
	free(xreallocarray(NULL, SIZE_MAX / 2, 4));
}

/* Runs `fn` in a child process. Returns its exit status, and its stderr in
 * `said`. */
static int
run_in_child(void (*fn)(void), char *said, size_t size)
{
	int ends[2], status;
	ssize_t n, len = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		fn();
		_exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + len, size - 1 - (size_t)len)) > 0)
		len += n;
	said[len] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(a_failed_allocation_ends_the_process_with_one_log_line)
{
	char said[512];

	ck_assert_int_eq(run_in_child(too_many_items, said, sizeof(said)),
			 EXIT_FAILURE);
	ck_assert_str_eq(said, "level=error event=out_of_memory\n");
}

TEST(an_allocation_within_the_limits_succeeds)
{
	char said[512];

	ck_assert_int_eq(run_in_child(duplicate, said, sizeof(said)),
			 EXIT_SUCCESS);
	ck_assert_str_eq(said, "");
}

TEST(zero_bytes_give_a_pointer)
{
	free(xmalloc(0));
}
