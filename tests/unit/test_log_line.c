/* SPDX-License-Identifier: MIT */
/* shared/base/log_line.c: one fact a test. */
#include "config.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "shared/base/log_line.h"
#include "tests/unit/suite.h"

static struct log_line line;

static void assert_line(const char *want, const char *format, ...)
    PRINTF_LIKE(2, 3);

static void
assert_line(const char *want, const char *format, ...)
{
	va_list args;

	line = (struct log_line){.len = 0};
	va_start(args, format);
	log_line_vput(&line, format, args);
	va_end(args);
	log_line_end(&line);
	suite_assert_same(line.bytes, line.len, want, strlen(want));
	ck_assert_int_eq(line.bytes[line.len], '\n');
}

TEST(a_plain_value_stands_as_it_is)
{
	assert_line("client=::1 channel=a=b\\c x=", "client=%s channel=%s x=%s",
		    "::1", "a=b\\c", "");
}

TEST(a_value_with_a_quote_or_a_space_gets_quotes)
{
	assert_line("channel=\"a\\\"b\" n=1", "channel=%s n=%d", "a\"b", 1);
	assert_line("channel=\"a b\"", "channel=%s", "a b");
	assert_line("channel=\"a \\\\\\\"\"", "channel=%s", "a \\\"");
}

TEST(what_is_in_quotes_cannot_end_them)
{
	assert_line("reason=\"no \\\" status=200 x=\\\"\" n=1",
		    "reason=\"no %s\" n=%d", "\" status=200 x=\"", 1);
	assert_line("reason=\"a\\\\: b\"", "reason=\"%s: %s\"", "a\\", "b");
}

TEST(a_part_of_a_value_cannot_end_it)
{
	assert_line("address=a??x=1:6379 n=1", "address=%s:%u n=%d", "a\" x=1",
		    6379u, 1);
	assert_line("x=-a?b", "x=-%s", "a b");
}

TEST(quotes_of_the_format_end)
{
	assert_line("a=\"b c\" d=\"e f\" g=\"h\\\"i\"",
		    "a=\"%s\" d=%s g=\"%s\"", "b c", "e f", "h\"i");
}

TEST(control_characters_become_question_marks)
{
	assert_line("channel=a???b x=\"?\"", "channel=%s x=\"%s\"",
		    "a\n\xc2\x9b"
		    "b",
		    "\t");
}

TEST(a_precision_limits_a_string)
{
	assert_line("x=\"a \" y=a", "x=\"%.*s\" y=%.*s", 2, "a \"", 1, "a b");
	assert_line("x=", "x=%.*s", 0, "");
}

TEST(numbers_stand_as_printf_writes_them)
{
	assert_line("a=-2147483648 b=4294967295", "a=%d b=%u", INT_MIN,
		    UINT_MAX);
	assert_line("a=-1 b=4294967295 100%", "a=%ld b=%zu 100%%", -1L,
		    (size_t)UINT_MAX);
}

TEST(a_line_is_cut)
{
	char text[2 * LOG_LINE_MAX];

	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	line = (struct log_line){.len = 0};
	log_line_put(&line, "x=%s y=%d", text, 1);
	log_line_end(&line);
	ck_assert_uint_eq(line.len, LOG_LINE_MAX);
}
