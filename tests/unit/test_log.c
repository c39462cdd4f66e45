/* SPDX-License-Identifier: MIT */
/* shared/base/log.c */
#include "config.h"

#include "shared/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

/* Declared here because <syslog.h> makes syslog(3) inline where memory
 * functions are fortified. */
void openlog(const char *ident, int option, int facility);
void syslog(int priority, const char *format, ...) PRINTF_LIKE(2, 3);
void __syslog_chk(int priority, int flag, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void take_syslog(int priority, const char *format, va_list args)
    PRINTF_LIKE(2, 0);

/* An event without pairs has an empty format. */
#pragma GCC diagnostic ignored "-Wformat-zero-length"

static struct {
	const char *ident;
	int priority;
	int calls;
	char line[2000];
} sys;

void
openlog(const char *ident, int option, int facility)
{
	(void)option;
	(void)facility;
	sys.ident = ident;
}

static void
take_syslog(int priority, const char *format, va_list args)
{
	sys.calls++;
	sys.priority = priority;
	vsnprintf(sys.line, sizeof sys.line, format, args);
}

void
syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	take_syslog(priority, format, args);
	va_end(args);
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	take_syslog(priority, format, args);
	va_end(args);
}

/* stderr becomes a datagram socket: one write is one datagram. */
static int
catch_stderr(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	return ends[0];
}

static void
assert_written(int from, const char *want)
{
	char got[2000];
	ssize_t len = recv(from, got, sizeof got, MSG_DONTWAIT);

	if (len < 0)
		ck_abort_msg("nothing was written, want '%s'", want);
	suite_assert_same(got, (size_t)len, want, strlen(want));
}

static void
assert_silent(int from)
{
	char got[2000];

	ck_assert_int_eq(recv(from, got, sizeof got, MSG_DONTWAIT), -1);
}

TEST(a_line_has_level_program_event_and_pairs)
{
	int from = catch_stderr();

	log_open("sse", LOG_LEVEL_INFO, LOG_TO_STDERR);
	log_warn("redis_down", "reason=\"%s\" after=%d", "no route", 3);
	assert_written(from, "level=warn program=sse event=redis_down "
			     "reason=\"no route\" after=3\n");
	assert_silent(from);
}

TEST(each_level_has_its_name)
{
	int from = catch_stderr();

	log_open("sse", LOG_LEVEL_DEBUG, LOG_TO_STDERR);
	log_error("e", "");
	log_warn("w", "");
	log_info("i", "");
	log_debug("d", "");
	assert_written(from, "level=error program=sse event=e\n");
	assert_written(from, "level=warn program=sse event=w\n");
	assert_written(from, "level=info program=sse event=i\n");
	assert_written(from, "level=debug program=sse event=d\n");
}

TEST(the_level_is_info_before_log_open)
{
	int from = catch_stderr();

	log_debug("quiet", "");
	log_info("loud", "n=%d", 1);
	assert_written(from, "level=info event=loud n=1\n");
	assert_silent(from);
}

TEST(less_severe_lines_are_not_written)
{
	int from = catch_stderr();

	log_open("sse", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	log_warn("w", "");
	log_info("i", "");
	log_debug("d", "");
	assert_silent(from);
	log_error("e", "");
	assert_written(from, "level=error program=sse event=e\n");
}

TEST(log_wants_accepts_its_level_and_more_severe_ones)
{
	log_open("sse", LOG_LEVEL_WARN, LOG_TO_STDERR);
	ck_assert(log_wants(LOG_LEVEL_ERROR));
	ck_assert(log_wants(LOG_LEVEL_WARN));
	ck_assert(!log_wants(LOG_LEVEL_INFO));
	ck_assert(!log_wants(LOG_LEVEL_DEBUG));
}

TEST(a_control_character_is_written_as_a_question_mark)
{
	int from = catch_stderr();

	log_info("e", "x=%s", "a\nb\rc\x1b[31m\x7f\td");
	assert_written(from, "level=info event=e x=a?b?c?[31m??d\n");
}

TEST(a_control_character_of_two_bytes_is_written_as_two_question_marks)
{
	int from = catch_stderr();

	log_info("e", "x=%s",
		 "a\xc2\x9b"
		 "31m\xc2\x80\xc2\x9f\xc2\xa0");
	assert_written(from, "level=info event=e x=a??31m????\xc2\xa0\n");
}

TEST(other_characters_are_unchanged)
{
	int from = catch_stderr();

	log_info("e", "x=%s", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80~");
	assert_written(from, "level=info event=e x=\xc3\xbc\xe2\x82\xac"
			     "\xf0\x9f\x98\x80~\n");
}

TEST(a_line_is_cut_at_1023_bytes)
{
	static const char start[] = "level=info event=e x=";
	int from = catch_stderr();
	char text[1200], want[1200];

	memset(text, 'x', sizeof text);
	snprintf(want, sizeof want, "%s%.*s\n", start,
		 (int)(1023 - strlen(start)), text);
	log_info("e", "x=%.*s", (int)(1023 - strlen(start)), text);
	assert_written(from, want);
	log_info("e", "x=%.*s", (int)(1024 - strlen(start)), text);
	assert_written(from, want);
	log_info("e", "x=%.*s", (int)sizeof text, text);
	assert_written(from, want);
}

TEST(a_long_event_is_cut)
{
	int from = catch_stderr();
	char text[3000], want[1200];

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	snprintf(want, sizeof want, "level=info event=%.*s\n", 1023 - 17, text);
	log_info(text, "x=%s", text);
	assert_written(from, want);
}

TEST(a_cut_is_between_characters)
{
	static const char start[] = "level=info event=e x=";
	int from = catch_stderr();

	for (size_t over = 0; over < 4; over++) {
		int plain = (int)(1019 - strlen(start) + over);
		char text[1200], want[1200];

		memset(text, 'x', sizeof text);
		snprintf(want, sizeof want, "%s%.*s%s\n", start, plain, text,
			 over == 0 ? "\xf0\x9f\x98\x80" : "");
		log_info("e", "x=%.*s\xf0\x9f\x98\x80tail", plain, text);
		assert_written(from, want);
	}
}

TEST(errno_is_unchanged)
{
	catch_stderr();
	close(STDERR_FILENO);
	errno = EPROTO;
	log_info("e", "x=1");
	ck_assert_int_eq(errno, EPROTO);
}

TEST(the_format_may_use_percent_m)
{
	int from = catch_stderr();

	errno = ECONNREFUSED;
	log_info("e", "reason=\"%m\"");
	assert_written(from,
		       "level=info event=e reason=\"Connection refused\"\n");
}

TEST(the_time_stands_before_the_line_in_one_write)
{
	char got[100] = "";
	int from = catch_stderr();
	int year, month, day, hour, minute, second, ms, end = 0;

	log_open("sse", LOG_LEVEL_INFO, LOG_TO_STDERR);
	log_find_prefix(LOG_TIME_YES, false);
	log_warn("gap", "x=1");
	ck_assert_int_gt(recv(from, got, sizeof got - 1, MSG_DONTWAIT), 0);
	sscanf(got, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %n", &year, &month, &day,
	       &hour, &minute, &second, &ms, &end);
	ck_assert_int_eq(end, 25);
	ck_assert_str_eq(got + end, "level=warn program=sse event=gap x=1\n");
}

TEST(syslog_gets_no_prefix)
{
	log_open("sse", LOG_LEVEL_INFO, LOG_TO_SYSLOG);
	log_find_prefix(LOG_TIME_YES, false);
	log_info("e", "");
	ck_assert_str_eq(sys.line, "level=info program=sse event=e");
}

TEST(syslog_gets_the_line_and_stderr_nothing)
{
	int from = catch_stderr();

	log_open("sse", LOG_LEVEL_INFO, LOG_TO_SYSLOG);
	log_info("e", "x=%s", "100%s\n");
	ck_assert_str_eq(sys.ident, "pushcgi");
	ck_assert_str_eq(sys.line, "level=info program=sse event=e x=100%s?");
	ck_assert_int_eq(sys.calls, 1);
	assert_silent(from);
}

TEST(syslog_gets_at_most_1023_bytes)
{
	char text[1200];

	memset(text, 'x', sizeof text);
	log_open("sse", LOG_LEVEL_INFO, LOG_TO_SYSLOG);
	log_info("e", "x=%.*s", (int)sizeof text, text);
	ck_assert_uint_eq(strlen(sys.line), 1023);
}

TEST(the_level_is_the_syslog_priority)
{
	log_open("sse", LOG_LEVEL_DEBUG, LOG_TO_SYSLOG);
	log_error("e", "");
	ck_assert_int_eq(sys.priority, 3);
	log_warn("w", "");
	ck_assert_int_eq(sys.priority, 4);
	log_info("i", "");
	ck_assert_int_eq(sys.priority, 6);
	log_debug("d", "");
	ck_assert_int_eq(sys.priority, 7);
}

TEST(stderr_does_not_open_syslog)
{
	log_open("sse", LOG_LEVEL_INFO, LOG_TO_STDERR);
	ck_assert_ptr_null(sys.ident);
}
