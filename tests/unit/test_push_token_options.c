/* SPDX-License-Identifier: MIT */
/* commands/push-token-options.c: one fact a test. */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "commands/push-token-options.h"
#include "tests/unit/suite.h"
#include "tests/unit/words.h"

static struct push_token_options options;
static char error[COMMAND_LINE_ERROR_SIZE];

/* `words`: what follows the program's name, up to a NULL. */
static bool
parse(const char *const *words)
{
	char *argv[WORDS_MAX];
	int argc = words_argv(argv, words);

	error[0] = '\0';
	return push_token_parse(&options, argc, argv, error);
}

static void
assert_job(enum push_token_job job, const char *const *words)
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

static bool
takes_ttl(const char *ttl)
{
	return parse((const char *[]){"--channel", "a", "--secret-file", "f",
				      "--ttl", ttl, NULL});
}

static void
assert_ttl(const char *ttl, uint64_t want)
{
	ck_assert_msg(takes_ttl(ttl), "%s: %s", ttl, error);
	ck_assert_uint_eq(options.ttl, want);
}

TEST(a_url_a_channel_and_a_time_are_signed)
{
	assert_job(PUSH_TOKEN_URL,
		   (const char *[]){"--url", "/push/sse", "--channel", "a",
				    "--ttl=10m", "--secret-file", "/s", NULL});
	ck_assert_str_eq(options.url, "/push/sse");
	ck_assert_uint_eq(options.channel_count, 1);
	ck_assert_str_eq(options.channels[0], "a");
	ck_assert_uint_eq(options.ttl, 600);
	ck_assert_int_eq(options.right, ACCESS_SUBSCRIBE);
	ck_assert_str_eq(options.secret_file, "/s");
}

TEST(without_a_url_the_parameters_are_wanted)
{
	ck_assert(takes_ttl("1"));
	ck_assert_ptr_null(options.url);
}

TEST(a_token_takes_channels_for_each_right)
{
	assert_job(PUSH_TOKEN_JWT,
		   (const char *[]){"--jwt", "--subscribe-to", "a",
				    "--subscribe-to=news-{lang}",
				    "--publish-to", "b", "--ttl", "10m", NULL});
	ck_assert_uint_eq(options.subscribe_to_count, 2);
	ck_assert_str_eq(options.subscribe_to[0], "a");
	ck_assert_str_eq(options.subscribe_to[1], "news-{lang}");
	ck_assert_uint_eq(options.publish_to_count, 1);
	ck_assert_str_eq(options.publish_to[0], "b");
	ck_assert_uint_eq(options.ttl, 600);
}

TEST(a_token_without_a_channel_or_a_time_is_refused)
{
	assert_refused("missing",
		       (const char *[]){"--jwt", "--ttl", "9", NULL});
	assert_refused("--ttl is missing",
		       (const char *[]){"--jwt", "--publish-to", "a", NULL});
}

TEST(a_selector_that_matches_nothing_is_refused)
{
	assert_refused("matches no channel",
		       (const char *[]){"--jwt", "--publish-to", "{?a}",
					"--ttl", "9", NULL});
	assert_refused("not UTF-8",
		       (const char *[]){"--jwt", "--subscribe-to", "\xff",
					"--ttl", "9", NULL});
}

TEST(options_of_a_url_and_of_a_token_are_not_mixed)
{
	assert_refused(
	    "--jwt takes",
	    (const char *[]){"--jwt", "--channel", "a", "--ttl", "9", NULL});
	assert_refused("--jwt takes",
		       (const char *[]){"--jwt", "--publish-to", "a",
					"--publish", "--ttl", "9", NULL});
	assert_refused("for --jwt",
		       (const char *[]){"--publish-to", "a", "--channel", "b",
					"--ttl", "9", NULL});
	assert_refused("--new-secret",
		       (const char *[]){"--new-secret", "--jwt", NULL});
}

TEST(more_than_32_channels_of_a_token_are_refused)
{
	const char *words[2 * 33 + 4] = {"--jwt"};

	for (size_t i = 0; i < 33; i++) {
		words[1 + 2 * i] = i % 2 ? "--publish-to" : "--subscribe-to";
		words[2 + 2 * i] = "a";
	}
	words[67] = "--ttl=9";
	assert_refused("33 channels", words);
}

TEST(publish_is_another_right)
{
	assert_job(PUSH_TOKEN_URL,
		   (const char *[]){"--publish", "--channel", "a", "--ttl", "1",
				    "--secret-file", "f", NULL});
	ck_assert_int_eq(options.right, ACCESS_PUBLISH);
}

TEST(a_channel_may_begin_with_a_dash)
{
	assert_job(PUSH_TOKEN_URL,
		   (const char *[]){"--channel=-a", "--channel", "--publish",
				    "--ttl", "1", "--secret-file", "f", NULL});
	ck_assert_uint_eq(options.channel_count, 2);
	ck_assert_str_eq(options.channels[0], "-a");
	ck_assert_str_eq(options.channels[1], "--publish");
	ck_assert_int_eq(options.right, ACCESS_SUBSCRIBE);
}

TEST(there_are_at_most_32_channels)
{
	const char *words[WORDS_MAX] = {"--ttl", "1", "--secret-file", "f"};
	size_t n = 4;

	for (int i = 0; i < CHANNELS_MAX; i++)
		words[n++] = "--channel=a";
	assert_job(PUSH_TOKEN_URL, words);
	ck_assert_uint_eq(options.channel_count, CHANNELS_MAX);
	words[n++] = "--channel=a";
	assert_refused("33 channels; the maximum is 32", words);
}

TEST(a_publication_has_one_channel)
{
	assert_refused("one channel",
		       (const char *[]){"--publish", "--channel", "a",
					"--channel", "b", "--ttl", "1",
					"--secret-file", "f", NULL});
}

TEST(an_invalid_channel_is_refused)
{
	assert_refused("spaces",
		       (const char *[]){"--channel", "a b", "--ttl", "1",
					"--secret-file", "f", NULL});
	assert_refused("empty", (const char *[]){"--channel", "", "--ttl", "1",
						 "--secret-file", "f", NULL});
}

TEST(a_time_has_a_unit_or_is_in_seconds)
{
	assert_ttl("90", 90);
	assert_ttl("90s", 90);
	assert_ttl("10m", 600);
	assert_ttl("8h", 28800);
	assert_ttl("7d", 604800);
	assert_ttl("3660d", 316224000);
	assert_ttl("316224000", 316224000);
}

TEST(another_time_is_refused)
{
	static const char *const wrong[] = {"",
					    "0",
					    "0m",
					    "m",
					    "-1",
					    "+1",
					    "01",
					    "1 m",
					    "1w",
					    "1M",
					    "1ms",
					    "1m30s",
					    "1.5h",
					    "3661d",
					    "316224001",
					    "18446744073709551616",
					    "18446744073709551615d"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(!takes_ttl(wrong[i]), "%s", wrong[i]);
		ck_assert_ptr_nonnull(strstr(error, "--ttl"));
	}
}

TEST(what_is_missing_is_named)
{
	assert_refused(
	    "--channel is missing",
	    (const char *[]){"--ttl", "1", "--secret-file", "f", NULL});
	assert_refused(
	    "--ttl is missing",
	    (const char *[]){"--channel", "a", "--secret-file", "f", NULL});
	assert_refused("--channel is missing", (const char *[]){NULL});
}

TEST(without_a_secret_file_the_settings_have_the_secret)
{
	assert_job(PUSH_TOKEN_URL,
		   (const char *[]){"--channel", "a", "--ttl", "1", NULL});
	ck_assert_ptr_null(options.secret_file);
	ck_assert_ptr_null(options.conf);
	assert_job(PUSH_TOKEN_URL, (const char *[]){"--channel", "a", "--ttl",
						    "1", "--conf", "/c", NULL});
	ck_assert_str_eq(options.conf, "/c");
	assert_refused("cannot be combined",
		       (const char *[]){"--channel", "a", "--ttl", "1",
					"--conf", "/c", "--secret-file", "/s",
					NULL});
}

TEST(a_new_secret_stands_alone)
{
	assert_job(PUSH_TOKEN_NEW_SECRET,
		   (const char *[]){"--new-secret", NULL});
	assert_refused("cannot be combined",
		       (const char *[]){"--new-secret", "--url", "/", NULL});
	assert_refused("cannot be combined",
		       (const char *[]){"--new-secret", "--publish", NULL});
	assert_refused("cannot be combined",
		       (const char *[]){"--ttl", "1", "--new-secret", NULL});
	assert_refused("cannot be combined",
		       (const char *[]){"--conf", "c", "--new-secret", NULL});
}

TEST(an_argument_that_is_no_option_is_refused)
{
	assert_refused("Unexpected argument a",
		       (const char *[]){"a", "--new-secret", NULL});
	assert_refused("Unexpected argument a",
		       (const char *[]){"--new-secret", "--", "a", NULL});
	assert_refused("Unexpected argument -",
		       (const char *[]){"--new-secret", "-", NULL});
}

TEST(an_unknown_option_is_named_without_its_control_characters)
{
	assert_refused("Unknown option --nonsense.",
		       (const char *[]){"--nonsense", NULL});
	assert_refused("Unknown option --?[31m.",
		       (const char *[]){"--\033[31m", NULL});
	assert_refused("needs a value", (const char *[]){"--url", NULL});
	assert_refused("takes no value",
		       (const char *[]){"--publish=yes", NULL});
}

TEST(help_and_version_need_nothing_else)
{
	assert_job(PUSH_TOKEN_HELP,
		   (const char *[]){"--help", "--nonsense", NULL});
	assert_job(PUSH_TOKEN_VERSION, (const char *[]){"--version", NULL});
}

TEST(explain_takes_what_is_shown_and_a_channel)
{
	assert_job(PUSH_TOKEN_EXPLAIN,
		   (const char *[]){"--explain", "-", "orders-42", NULL});
	ck_assert_str_eq(options.shown, "-");
	ck_assert_str_eq(options.channels[0], "orders-42");
	ck_assert_int_eq(options.right, ACCESS_SUBSCRIBE);
	assert_job(PUSH_TOKEN_EXPLAIN,
		   (const char *[]){"--publish", "--explain", "", "a", "--conf",
				    "f", NULL});
	ck_assert_int_eq(options.right, ACCESS_PUBLISH);
	ck_assert_str_eq(options.conf, "f");
	assert_refused("channel is missing",
		       (const char *[]){"--explain", "x", NULL});
	assert_refused("space",
		       (const char *[]){"--explain", "x", "a b", NULL});
	assert_refused("combined", (const char *[]){"--explain", "x", "a",
						    "--ttl", "1", NULL});
	assert_refused("combined", (const char *[]){"--explain", "x", "a",
						    "--new-secret", NULL});
}
