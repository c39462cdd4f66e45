/* SPDX-License-Identifier: MIT */
/* shared/app/silent.c. */
#include "config.h"

#include "shared/app/silent.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/proc.h"
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

static void
add(const char *host, const char *more)
{
	entries_add(host, "sse", (unsigned int)child, more);
}

static const struct status *
finish(void)
{
	silent_add(&silent, entries_status());
	return entries_end();
}

/* Of `host`, or nobody's: NULL. */
static const struct status *
look(const char *host)
{
	entries_begin_at(NOW_MS + 20000);
	if (host != NULL)
		add(host, ",\"redis\":{\"up\":true}");
	return finish();
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

TEST(one_that_began_anew_in_its_process_is_counted_once)
{
	char json[300];

	start();
	ck_assert_uint_eq(look("web1")->count, 1);
	entries_begin();
	snprintf(json, sizeof(json),
		 "{\"v\":1,\"id\":\"another\",\"host\":\"web1\",\"pid\":%d,"
		 "\"program\":\"sse\",\"redis\":{\"up\":true}}",
		 (int)child);
	status_add(entries_status(), text_of(json));
	ck_assert_uint_eq(finish()->count, 1);
	ck_assert_uint_eq(entries_status()->troubled, 0);
	ck_assert_uint_eq(silent.count, 1);
	end();
	silent_free(&silent);
}

TEST(one_that_was_told_to_end_does_not_hang)
{
	start();
	ck_assert_uint_eq(look("web1")->count, 1);
	entries_begin_at(NOW_MS + 20000);
	add("web1", ",\"ending\":true,\"redis\":{\"up\":false}");
	ck_assert_uint_eq(finish()->count, 1);
	ck_assert_uint_eq(entries_status()->troubled, 0);
	ck_assert_uint_eq(look(NULL)->count, 0);
	end();
	silent_free(&silent);
}

/* One of web1, which is named `boot`, as is the machine of the process. */
static bool
stays(const char *here, const char *boot, uint64_t ticks)
{
	char more[200];
	struct status *s;

	snprintf(more, sizeof(more),
		 ",\"redis\":{\"up\":true},\"boot\":\"%s\",\"ticks\":%" PRIu64,
		 boot, ticks);
	entries_begin_at(NOW_MS + 20000);
	entries_add("web1", "sse", (unsigned int)child, more);
	s = entries_status();
	snprintf(s->boot, sizeof(s->boot), "%s", here);
	silent_add(&silent, s);
	entries_end();
	return look(NULL)->count == 1;
}

TEST(a_pid_of_another_machine_or_of_an_earlier_process_says_nothing)
{
	uint64_t ticks;

	start();
	ticks = proc_start((uint64_t)child);
	ck_assert_uint_gt(ticks, 0);
	ck_assert(stays("a", "a", ticks));
	silent_free(&silent);
	ck_assert(!stays("a", "b", ticks));
	ck_assert(!stays("a", "a", ticks - 1));
	ck_assert(stays("a", "", 0));
	end();
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
