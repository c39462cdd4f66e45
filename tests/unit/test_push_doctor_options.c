/* SPDX-License-Identifier: MIT */
/* commands/doctor/options.c */
#include "config.h"

#include "commands/doctor/options.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/suite.h"

static struct push_doctor_options options;
static char error[COMMAND_LINE_ERROR_SIZE];

static bool
parse(const char *const *words)
{
	char *argv[64] = {(char[]){"push-doctor"}};
	int argc = 1;

	for (; *words != NULL; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	return push_doctor_parse(&options, argc, argv, error);
}

static void
assert_refused(const char *why, const char *const *words)
{
	ck_assert(!parse(words));
	ck_assert_msg(strstr(error, why) != NULL, "\"%s\"", error);
}

TEST(check_may_name_a_file)
{
	ck_assert(parse((const char *[]){"--check", NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_CHECK);
	ck_assert_ptr_null(options.conf);
	ck_assert(parse((const char *[]){"--check", "/a", NULL}));
	ck_assert_str_eq(options.conf, "/a");
	ck_assert(parse((const char *[]){"/b", "--check", NULL}));
	ck_assert_str_eq(options.conf, "/b");
	ck_assert(parse((const char *[]){"--check", "--", "-c", NULL}));
	ck_assert_str_eq(options.conf, "-c");
}

TEST(help_and_version_need_nothing_else)
{
	ck_assert(parse((const char *[]){"--help", NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_HELP);
	ck_assert(parse((const char *[]){"--version", "a", "b", NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_VERSION);
}

TEST(without_an_option_all_is_checked)
{
	ck_assert(parse((const char *[]){NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_ALL);
	ck_assert_ptr_null(options.site.url);
	ck_assert(parse((const char *[]){"--json", "--conf", "/a",
					 "https://h/push/", NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_ALL);
	ck_assert(options.json);
	ck_assert_str_eq(options.conf, "/a");
	ck_assert_str_eq(options.site.url, "https://h/push/");
}

TEST(a_request_has_the_headers_that_are_given)
{
	ck_assert(parse((const char *[]){"--header", "A: b", "--header",
					 "Cookie: s=1", "--ca", "/ca",
					 "https://h/push", NULL}));
	ck_assert_str_eq(options.site.headers[0], "A: b");
	ck_assert_str_eq(options.site.headers[1], "Cookie: s=1");
	ck_assert_ptr_null(options.site.headers[2]);
	ck_assert_str_eq(options.site.ca, "/ca");
	assert_refused("Name: value", (const char *[]){"--header", "A", NULL});
	assert_refused("Name: value",
		       (const char *[]){"--header", "A: b\nC: d", NULL});
}

TEST(there_are_at_most_so_many_headers)
{
	const char *line[2 * (SITE_HEADERS_MAX + 1) + 1];
	size_t n = 0;

	for (size_t i = 0; i <= SITE_HEADERS_MAX; i++) {
		line[n++] = "--header";
		line[n++] = "A: b";
	}
	line[n] = NULL;
	assert_refused("17 headers", line);
	line[n - 2] = NULL;
	ck_assert(parse(line));
}

TEST(patience_is_a_number_of_seconds)
{
	ck_assert(parse((const char *[]){NULL}));
	ck_assert_int_lt(options.site.patience, 0);
	ck_assert(parse((const char *[]){"--patience", "0", NULL}));
	ck_assert_int_eq(options.site.patience, 0);
	assert_refused("0 to 3600",
		       (const char *[]){"--patience", "3601", NULL});
	assert_refused("0 to 3600", (const char *[]){"--patience", "-1", NULL});
}

TEST(only_takes_an_area)
{
	ck_assert(parse((const char *[]){"--only", "redis", NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_ALL);
	ck_assert_str_eq(options.only, "redis");
}

TEST(access_takes_a_channel)
{
	ck_assert(parse((const char *[]){"--access", "news", NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_ACCESS);
	ck_assert_str_eq(options.channel, "news");
	assert_refused("one channel",
		       (const char *[]){"--access", "news", "b", NULL});
	assert_refused("cannot be given together",
		       (const char *[]){"--access", "news", "--check", NULL});
}

TEST(kick_names_somebody_for_a_time)
{
	ck_assert(parse((const char *[]){"--kick", "user=ann", NULL}));
	ck_assert_int_eq(options.job, PUSH_DOCTOR_KICK);
	ck_assert_int_eq(options.kick.kind, KICK_USER);
	ck_assert(text_is(options.kick.name, "ann"));
	ck_assert_uint_eq(options.seconds, 60);
	ck_assert(parse((const char *[]){"--kick", "client=tab-7", "--for",
					 "86400", NULL}));
	ck_assert_uint_eq(options.seconds, 86400);
	ck_assert(parse(
	    (const char *[]){"--kick", "client=tab-7", "--for", "0", NULL}));
	ck_assert_uint_eq(options.seconds, 0);
}

TEST(a_kick_that_names_nobody_is_refused)
{
	assert_refused("user=NAME", (const char *[]){"--kick", "ann", NULL});
	assert_refused("must not be empty",
		       (const char *[]){"--kick", "user=", NULL});
	assert_refused("0 to 86400", (const char *[]){"--kick", "user=ann",
						      "--for", "86401", NULL});
	assert_refused("0 to 86400", (const char *[]){"--kick", "user=ann",
						      "--for", "1m", NULL});
	assert_refused("needs --kick", (const char *[]){"--for", "60", NULL});
	assert_refused("one name",
		       (const char *[]){"--kick", "user=ann", "bob", NULL});
	assert_refused("cannot be given together",
		       (const char *[]){"--kick", "user=ann", "--check", NULL});
}

TEST(what_is_too_much_is_refused)
{
	assert_refused("Unknown option --chek",
		       (const char *[]){"--chek", NULL});
	assert_refused("2 files", (const char *[]){"--check", "a", "b", NULL});
	assert_refused("2 addresses", (const char *[]){"a", "b", NULL});
	assert_refused("two settings files",
		       (const char *[]){"--check", "a", "--conf", "b", NULL});
	assert_refused("takes no value",
		       (const char *[]){"--check=/etc/push.conf", NULL});
}

TEST(help_fits_a_terminal)
{
	const char *line = push_doctor_help;

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		ck_assert_uint_lt(len, 80);
		line += len + 1;
	}
}
