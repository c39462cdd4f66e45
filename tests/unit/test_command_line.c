/* SPDX-License-Identifier: MIT */
/* commands/command-line.c: one fact a test. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/command-line.h"
#include "tests/unit/suite.h"
#include "tests/unit/words.h"

enum { SEEN_SIZE = 256, FLAG = COMMAND_LINE_OPTIONS, VALUE, HELP };

static char error[COMMAND_LINE_ERROR_SIZE];

/* What was passed on, in order: "-flag -value=x operand". */
static char seen[SEEN_SIZE];

static void
add(const char *what)
{
	size_t len = strlen(seen);

	ck_assert_uint_lt(len + strlen(what) + 1, SEEN_SIZE);
	(void)snprintf(seen + len, SEEN_SIZE - len, "%s%s", len == 0 ? "" : " ",
		       what);
}

static bool
option(void *arg, int value, const char *text)
{
	char word[SEEN_SIZE];

	ck_assert_ptr_eq(arg, seen);
	if (value == HELP)
		return false;
	ck_assert(value == FLAG ? text == NULL : text != NULL);
	(void)snprintf(word, sizeof(word), "-value=%s",
		       text == NULL ? "" : text);
	add(value == FLAG ? "-flag" : word);
	return true;
}

static void
operand(void *arg, const char *text)
{
	ck_assert_ptr_eq(arg, seen);
	add(text);
}

/* `words`: what follows the program's name, up to a NULL. */
static bool
parse(const char *const *words)
{
	static const struct option options[] = {
	    {"flag", no_argument, NULL, FLAG},
	    {"value", required_argument, NULL, VALUE},
	    {"help", no_argument, NULL, HELP},
	    {NULL, 0, NULL, 0},
	};
	static const struct command_line line = {.options = options,
						 .option = option,
						 .operand = operand,
						 .hint = " See the manual."};
	char *argv[WORDS_MAX];
	int argc = words_argv(argv, words);

	seen[0] = '\0';
	error[0] = '\0';
	return command_line_parse(&line, seen, argc, argv, error);
}

static void
assert_passed(const char *want, const char *const *words)
{
	ck_assert_msg(parse(words), "refused: %s", error);
	ck_assert_str_eq(seen, want);
}

static void
assert_refused(const char *want, const char *const *words)
{
	ck_assert(!parse(words));
	ck_assert_str_eq(error, want);
}

TEST(options_and_operands_may_be_mixed)
{
	assert_passed(
	    "a -flag b -value=x",
	    (const char *[]){"a", "--flag", "b", "--value", "x", NULL});
}

TEST(posixly_correct_does_not_end_the_options)
{
	ck_assert_int_eq(setenv("POSIXLY_CORRECT", "1", 1), 0);
	assert_passed("a -flag", (const char *[]){"a", "--flag", NULL});
}

TEST(a_value_may_follow_an_equals_sign)
{
	assert_passed("-value=x", (const char *[]){"--value=x", NULL});
}

TEST(after_two_dashes_all_are_operands)
{
	assert_passed(
	    "-flag a --flag --",
	    (const char *[]){"--flag", "--", "a", "--flag", "--", NULL});
}

TEST(what_follows_an_option_that_ends_is_ignored)
{
	assert_passed("a", (const char *[]){"a", "--help", "--unknown", NULL});
}

TEST(an_unknown_option_is_refused_with_the_hint)
{
	assert_refused("Unknown option --other. See the manual.",
		       (const char *[]){"--other", NULL});
	assert_refused("Unknown option -x. See the manual.",
		       (const char *[]){"-x", NULL});
}

TEST(a_missing_value_is_refused)
{
	assert_refused("Option --value needs a value.",
		       (const char *[]){"--value", NULL});
}

TEST(a_value_of_a_flag_is_refused)
{
	assert_refused("Option --flag=1 takes no value.",
		       (const char *[]){"--flag=1", NULL});
}

TEST(control_characters_are_replaced)
{
	assert_refused("Unknown option --a?b?. See the manual.",
		       (const char *[]){"--a\nb\x7f", NULL});
	ck_assert(!command_line_refuse(error, "%s", "a\x1b[1mb"));
	ck_assert_str_eq(error, "a?[1mb");
}

TEST(an_error_is_cut)
{
	char text[2 * COMMAND_LINE_ERROR_SIZE];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert(!command_line_refuse(error, "%s", text));
	ck_assert_uint_eq(strlen(error), COMMAND_LINE_ERROR_SIZE - 1);
}
