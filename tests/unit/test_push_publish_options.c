/* SPDX-License-Identifier: MIT */
/* commands/push-publish-options.c: one fact a test. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands/push-publish-options.h"
#include "tests/unit/suite.h"
#include "tests/unit/words.h"

static struct push_publish_options options;
static char error[COMMAND_LINE_ERROR_SIZE];

/* `words`: what follows the program's name, up to a NULL. */
static bool
parse(const char *const *words)
{
	char *argv[WORDS_MAX];
	int argc = words_argv(argv, words);

	error[0] = '\0';
	return push_publish_parse(&options, argc, argv, error);
}

static void
assert_job(enum push_publish_job job, const char *const *words)
{
	ck_assert_msg(parse(words), "refused: %s", error);
	ck_assert_int_eq(options.job, job);
}

static void
assert_refused(const char *why, const char *const *words)
{
	ck_assert(!parse(words));
	ck_assert_msg(strstr(error, why) != NULL, "said: %s", error);
}

TEST(a_channel_and_data_are_a_message)
{
	assert_job(PUSH_PUBLISH_DATA, (const char *[]){"news", "hi", NULL});
	ck_assert_uint_eq(options.channel_count, 1);
	ck_assert_str_eq(options.channels[0], "news");
	ck_assert_str_eq(options.data, "hi");
	ck_assert_str_eq(options.event, "");
	ck_assert_ptr_null(options.key);
	ck_assert_ptr_null(options.conf);
}

TEST(empty_data_is_data)
{
	assert_job(PUSH_PUBLISH_DATA, (const char *[]){"news", "", NULL});
	ck_assert_str_eq(options.data, "");
}

TEST(a_single_dash_is_data)
{
	assert_job(PUSH_PUBLISH_DATA, (const char *[]){"news", "-", NULL});
	ck_assert_str_eq(options.data, "-");
}

TEST(without_data_standard_input_is_the_message)
{
	assert_job(PUSH_PUBLISH_INPUT, (const char *[]){"news", NULL});
	ck_assert_str_eq(options.channels[0], "news");
	ck_assert_ptr_null(options.data);
}

TEST(lines_publishes_each_line)
{
	assert_job(PUSH_PUBLISH_LINES,
		   (const char *[]){"--lines", "news", NULL});
	ck_assert_str_eq(options.channels[0], "news");
}

TEST(cursor_takes_many_channels)
{
	assert_job(PUSH_PUBLISH_CURSOR,
		   (const char *[]){"--cursor", "a", "b", "c", NULL});
	ck_assert_uint_eq(options.channel_count, 3);
	ck_assert_str_eq(options.channels[2], "c");
}

TEST(cursor_takes_conf)
{
	assert_job(PUSH_PUBLISH_CURSOR,
		   (const char *[]){"--cursor", "a", "--conf", "f", NULL});
	ck_assert_str_eq(options.conf, "f");
}

TEST(who_takes_one_channel)
{
	assert_job(PUSH_PUBLISH_WHO, (const char *[]){"--who", "a", NULL});
	ck_assert_str_eq(options.channels[0], "a");
	assert_refused("one channel",
		       (const char *[]){"--who", "a", "b", NULL});
	assert_refused("channel is missing", (const char *[]){"--who", NULL});
	assert_refused("--who can",
		       (const char *[]){"--who", "--cursor", "a", NULL});
	assert_refused("--who can",
		       (const char *[]){"--who", "--key", "k", "a", NULL});
}

TEST(options_may_precede_the_operands)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"--event", "chat", "--key=k1", "--conf",
				    "f", "news", "hi", NULL});
	ck_assert_str_eq(options.event, "chat");
	ck_assert_str_eq(options.key, "k1");
	ck_assert_str_eq(options.conf, "f");
	ck_assert_str_eq(options.data, "hi");
}

TEST(options_may_follow_the_operands)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"news", "--event", "chat", "hi", "--key",
				    "k1", NULL});
	ck_assert_str_eq(options.channels[0], "news");
	ck_assert_str_eq(options.data, "hi");
	ck_assert_str_eq(options.event, "chat");
	ck_assert_str_eq(options.key, "k1");
}

TEST(posixly_correct_is_ignored)
{
	ck_assert_int_eq(setenv("POSIXLY_CORRECT", "1", 1), 0);
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"news", "hi", "--event", "chat", NULL});
	ck_assert_int_eq(unsetenv("POSIXLY_CORRECT"), 0);
	ck_assert_str_eq(options.event, "chat");
}

TEST(retry_takes_seconds)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"--retry", "30", "news", "hi", NULL});
	ck_assert_double_eq(options.retry, 30);
	assert_job(PUSH_PUBLISH_LINES,
		   (const char *[]){"--retry=5", "--lines", "news", NULL});
	ck_assert_double_eq(options.retry, 5);
}

TEST(without_retry_lines_are_repeated_for_ever_and_a_message_is_not)
{
	assert_job(PUSH_PUBLISH_DATA, (const char *[]){"news", "hi", NULL});
	ck_assert_double_eq(options.retry, 0);
	assert_job(PUSH_PUBLISH_LINES,
		   (const char *[]){"--lines", "news", NULL});
	ck_assert(isinf(options.retry));
}

TEST(retry_with_anything_but_seconds_is_refused)
{
	static const char *const bad[] = {
	    "0", "", "-1", "1.5", "x", "31536001", "99999999999999999999"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused("--retry needs",
			       (const char *[]){"--retry", bad[i], "a", NULL});
}

TEST(spool_takes_a_folder)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"--spool", "/d", "news", "hi", NULL});
	ck_assert_str_eq(options.spool, "/d");
	assert_job(PUSH_PUBLISH_INPUT,
		   (const char *[]){"--spool", "/d", "news", NULL});
}

TEST(spool_with_lines_or_retry_is_refused)
{
	assert_refused("--spool cannot",
		       (const char *[]){"--spool=/d", "--lines", "a", NULL});
	assert_refused("--spool cannot",
		       (const char *[]){"--spool=/d", "--retry=1", "a", NULL});
}

TEST(flush_takes_a_folder_alone)
{
	assert_job(PUSH_PUBLISH_FLUSH,
		   (const char *[]){"--flush", "/d", "--conf=f", NULL});
	ck_assert_str_eq(options.spool, "/d");
	ck_assert_uint_eq(options.channel_count, 0);
	assert_refused("--flush can",
		       (const char *[]){"--flush=/d", "news", NULL});
	assert_refused("--flush can",
		       (const char *[]){"--flush=/d", "--lines", NULL});
	assert_refused("--flush can",
		       (const char *[]){"--flush=/d", "--key=k", NULL});
}

TEST(health_stands_alone)
{
	assert_job(PUSH_PUBLISH_HEALTH,
		   (const char *[]){"--health", "--conf", "f", NULL});
	assert_refused("--health can",
		       (const char *[]){"--health", "news", NULL});
	assert_refused("--health can",
		       (const char *[]){"--health", "--flush=/d", NULL});
	assert_refused("--health can",
		       (const char *[]){"--health", "--cursor", NULL});
}

TEST(two_dashes_end_the_options)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"--event", "chat", "--", "news",
				    "--conf=/etc/passwd", NULL});
	ck_assert_str_eq(options.data, "--conf=/etc/passwd");
	ck_assert_ptr_null(options.conf);
}

TEST(two_dashes_may_follow_the_channel)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"news", "--", "-5", NULL});
	ck_assert_str_eq(options.channels[0], "news");
	ck_assert_str_eq(options.data, "-5");
}

TEST(two_dashes_after_two_dashes_are_data)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"--", "news", "--", NULL});
	ck_assert_str_eq(options.data, "--");
}

TEST(an_option_may_have_an_empty_value)
{
	assert_job(PUSH_PUBLISH_DATA,
		   (const char *[]){"news", "hi", "--key", "", NULL});
	ck_assert_str_eq(options.key, "");
}

TEST(help_needs_no_channel)
{
	assert_job(PUSH_PUBLISH_HELP, (const char *[]){"--help", NULL});
}

TEST(help_ends_the_parsing)
{
	assert_job(PUSH_PUBLISH_HELP,
		   (const char *[]){"a", "--help", "--bad", NULL});
}

TEST(version_needs_no_channel)
{
	assert_job(PUSH_PUBLISH_VERSION, (const char *[]){"--version", NULL});
}

TEST(a_missing_channel_is_refused)
{
	assert_refused("channel is missing", (const char *[]){NULL});
	assert_refused("channel is missing", (const char *[]){"--lines", NULL});
	assert_refused("channel is missing",
		       (const char *[]){"--cursor", NULL});
}

TEST(an_empty_argv_is_refused)
{
	char *argv[] = {NULL};

	ck_assert(!push_publish_parse(&options, 0, argv, error));
	ck_assert_str_eq(error, "The channel is missing.");
}

TEST(data_without_quotes_is_refused)
{
	assert_refused("got 3", (const char *[]){"news", "a", "b", NULL});
}

TEST(lines_and_key_are_refused)
{
	assert_refused("--key",
		       (const char *[]){"--lines", "--key", "k", "news", NULL});
}

TEST(lines_and_data_are_refused)
{
	assert_refused("standard input",
		       (const char *[]){"--lines", "news", "hi", NULL});
}

TEST(strict_is_of_lines)
{
	assert_job(PUSH_PUBLISH_LINES,
		   (const char *[]){"--lines", "--strict", "news", NULL});
	ck_assert(options.strict);
	assert_refused("--lines",
		       (const char *[]){"--strict", "news", "hi", NULL});
	assert_refused("--lines",
		       (const char *[]){"--strict", "--health", NULL});
}

TEST(cursor_with_publishing_options_is_refused)
{
	assert_refused("--cursor",
		       (const char *[]){"--cursor", "--lines", "a", NULL});
	assert_refused("--cursor",
		       (const char *[]){"--cursor", "--event=e", "a", NULL});
	assert_refused("--cursor",
		       (const char *[]){"--cursor", "--key=k", "a", NULL});
	assert_refused("--cursor",
		       (const char *[]){"--cursor", "--retry=1", "a", NULL});
	assert_refused("--cursor",
		       (const char *[]){"--cursor", "--spool=/d", "a", NULL});
}

TEST(more_than_32_channels_are_refused)
{
	const char *words[CHANNELS_MAX + 3] = {"--cursor"};

	for (size_t i = 1; i <= CHANNELS_MAX; i++)
		words[i] = "a";
	assert_job(PUSH_PUBLISH_CURSOR, words);
	ck_assert_uint_eq(options.channel_count, CHANNELS_MAX);
	words[CHANNELS_MAX + 1] = "a";
	assert_refused("33 channels; the maximum is 32", words);
}

TEST(an_unknown_option_is_named)
{
	assert_refused("Unknown option --evnt",
		       (const char *[]){"--evnt", "x", "news", "hi", NULL});
	assert_refused("Unknown option -e",
		       (const char *[]){"news", "hi", "-e", "x", NULL});
}

TEST(data_that_begins_with_a_dash_gets_a_hint)
{
	assert_refused("Unknown option -5. Put --",
		       (const char *[]){"news", "-5", NULL});
	assert_refused("Unknown option -\xc3\xa9",
		       (const char *[]){"news", "-\xc3\xa9", NULL});
}

TEST(an_option_without_its_value_is_named)
{
	assert_refused("Option --event needs a value",
		       (const char *[]){"news", "hi", "--event", NULL});
}

TEST(an_option_with_a_value_it_does_not_take_is_named)
{
	assert_refused("Option --lines=3 takes no value",
		       (const char *[]){"--lines=3", "news", NULL});
}

TEST(a_line_break_in_an_option_is_replaced)
{
	assert_refused("--a?level=error",
		       (const char *[]){"--a\nlevel=error", NULL});
	ck_assert_ptr_null(strchr(error, '\n'));
}

TEST(a_long_option_is_cut)
{
	char word[1000];

	memset(word, '-', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_refused("begins with -.", (const char *[]){word, NULL});
}

TEST(valid_options_have_no_fault)
{
	ck_assert(parse(
	    (const char *[]){"news", "hi", "--event=chat", "--key=k1", NULL}));
	ck_assert_ptr_null(push_publish_fault(&options));
}

TEST(the_fault_may_be_in_event_key_or_channel)
{
	ck_assert(parse((const char *[]){"a", "--event=gap", NULL}));
	ck_assert_str_eq(push_publish_fault(&options),
			 event_fault(text_of("gap")));
	ck_assert(parse((const char *[]){"a", "--key=", NULL}));
	ck_assert_str_eq(push_publish_fault(&options), key_fault(text_of("")));
	ck_assert(parse((const char *[]){"--cursor", "a", "b*", NULL}));
	ck_assert_str_eq(push_publish_fault(&options),
			 channel_fault(text_of("b*")));
}

TEST(one_newline_at_the_end_is_dropped)
{
	ck_assert_uint_eq(push_publish_chomp("a\n\n", 3), 2);
	ck_assert_uint_eq(push_publish_chomp("\n", 1), 0);
}

TEST(without_a_newline_at_the_end_nothing_is_dropped)
{
	ck_assert_uint_eq(push_publish_chomp("a\nb", 3), 3);
	ck_assert_uint_eq(push_publish_chomp("", 0), 0);
}

TEST(help_fits_a_terminal_and_names_every_option)
{
	static const char *const names[] = {
	    "--event",	"--key",  "--lines", "--strict",  "--health", "--retry",
	    "--cursor", "--conf", "--help",  "--version", "--  "};
	const char *line = push_publish_help;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_ptr_nonnull(strstr(push_publish_help, names[i]));
	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		ck_assert_uint_lt(len, 80);
		line += len + 1;
	}
}
