/* SPDX-License-Identifier: MIT */
/* shared/base/log_prefix.c */
#include "config.h"

#include "shared/base/log_prefix.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/suite.h"

/* The prefix of a line that is written now. */
static const char *
put(struct log_prefix p, int priority)
{
	static char out[LOG_PREFIX_SIZE];

	log_prefix_put(out, &p, priority);
	return out;
}

static void
lead_stderr_to(int fd)
{
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
}

static void
lead_stderr_to_a_pipe(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	lead_stderr_to(ends[1]);
}

/* As systemd does: a stream socket, and its numbers in the environment. */
static void
lead_stderr_to_the_journal(void)
{
	int ends[2];
	char stream[64];
	struct stat st;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	lead_stderr_to(ends[1]);
	ck_assert_int_eq(fstat(ends[1], &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
}

TEST(a_file_gets_the_time)
{
	struct log_prefix p;

	unsetenv("JOURNAL_STREAM");
	lead_stderr_to(open("/dev/null", O_WRONLY));
	p = log_prefix_find(LOG_TIME_AUTO, false);
	ck_assert(p.time && !p.priority);
	p = log_prefix_find(LOG_TIME_AUTO, true);
	ck_assert(p.time && !p.priority);
}

TEST(a_pipe_gets_the_time_but_not_of_a_cgi_program)
{
	unsetenv("JOURNAL_STREAM");
	lead_stderr_to_a_pipe();
	ck_assert(log_prefix_find(LOG_TIME_AUTO, false).time);
	ck_assert(!log_prefix_find(LOG_TIME_AUTO, true).time);
}

TEST(the_journal_gets_the_priority_alone)
{
	struct log_prefix p;

	lead_stderr_to_the_journal();
	p = log_prefix_find(LOG_TIME_AUTO, false);
	ck_assert(p.priority && !p.time);
	ck_assert_str_eq(put(p, 4), "<4>");
}

TEST(the_variable_of_another_stderr_is_not_the_journal)
{
	lead_stderr_to_the_journal();
	lead_stderr_to(open("/dev/null", O_WRONLY));
	ck_assert(!log_prefix_find(LOG_TIME_AUTO, false).priority);
	setenv("JOURNAL_STREAM", "", 1);
	ck_assert(!log_prefix_find(LOG_TIME_AUTO, false).priority);
}

TEST(the_setting_decides_about_the_time)
{
	lead_stderr_to_the_journal();
	ck_assert(log_prefix_find(LOG_TIME_YES, false).time);
	lead_stderr_to(open("/dev/null", O_WRONLY));
	ck_assert(!log_prefix_find(LOG_TIME_NO, false).time);
}

TEST(no_prefix_is_empty)
{
	ck_assert_str_eq(put((struct log_prefix){.time = false}, 3), "");
}

TEST(the_time_is_utc_whatever_the_time_zone)
{
	struct log_prefix p = {.time = true, .priority = true};
	char utc[LOG_PREFIX_SIZE], first[14];

	memcpy(first, put(p, 6), 14); /* <6>2026-11-30 */
	setenv("TZ", "UTC-14", 1);
	memcpy(utc, put(p, 6), sizeof(utc));
	ck_assert(strncmp(first, utc, 13) == 0 || strstr(utc, "T00:0"));
	ck_assert_uint_eq(strlen(utc), 3 + 25);
	ck_assert_str_eq(utc + 3 + 23, "Z ");
}
