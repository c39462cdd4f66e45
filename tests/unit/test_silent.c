/* SPDX-License-Identifier: MIT */
/* shared/app/silent.c. */
#include "config.h"

#include "shared/app/silent.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/status_entry.h"
#include "tests/unit/suite.h"

static struct silent silent;
static pid_t child;

static void
start(void)
{
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		for (;;)
			pause();
}

static void
end(void)
{
	siginfo_t info;

	kill(child, SIGKILL);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
}

/* Of `host`, or nobody's: NULL. */
static const struct status *
look(const char *host)
{
	struct status *s;

	entries_begin_at(NOW_MS + 20000);
	if (host != NULL)
		entries_add(host, "sse", (unsigned int)child,
			    ",\"redis\":{\"up\":true}");
	s = entries_status();
	silent_add(&silent, s);
	return entries_end();
}

TEST(a_process_that_runs_and_says_nothing_stays)
{
	start();
	ck_assert_uint_eq(look("web1")->count, 1);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(look(NULL)->count, 1);
		ck_assert_uint_eq(entries_status()->troubled_here, 1);
	}
	/* and no longer when it speaks again */
	ck_assert_uint_eq(look("web1")->count, 1);
	end();
	silent_free(&silent);
}

TEST(a_process_that_has_ended_is_forgotten_although_nobody_waited_for_it)
{
	start();
	ck_assert_uint_eq(look("web1")->count, 1);
	end();
	ck_assert_uint_eq(look(NULL)->count, 0);
	ck_assert_uint_eq(silent.count, 0);
	silent_free(&silent);
}

TEST(a_pid_of_another_host_says_nothing)
{
	start();
	ck_assert_uint_eq(look("web2")->count, 1);
	ck_assert_uint_eq(look(NULL)->count, 0);
	end();
	silent_free(&silent);
}
