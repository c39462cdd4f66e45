/* SPDX-License-Identifier: MIT */
/* shared/http/params.c: parameters except cursors. */
#include "config.h"

#include "shared/http/params.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_set.h"
#include "tests/unit/allocations.h"
#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

static const struct technique_batch waits = {.waits = true};
static const struct technique technique = {
    .name = "test", .takes = FORMAT_ENVELOPE, .batch = &waits};

static struct conf conf;
static struct problem problem;
static struct params params;
static char variable[20000];

static void
set_up(void)
{
	conf_init(&conf);
	conf.hold_wait = 55;
	conf.sse_retry = 1234;
}

static bool
reads(const char *query)
{
	char *variables[] = {variable, NULL};
	struct request r = {.variables = variables};

	snprintf(variable, sizeof(variable), "QUERY_STRING=%s", query);
	memset(&problem, 0, sizeof(problem));
	memset(&params, 0xff,
	       sizeof(params)); /* nothing may be left as it was */
	if (conf.hold_wait == 0)
		set_up();
	return params_read(&params, &technique, &r, &conf, &problem);
}

static void
assert_reads(const char *query)
{
	if (!reads(query))
		ck_abort_msg("%s: %s", query, problem.detail);
}

static void
assert_refused(const char *query, const char *why)
{
	ck_assert_msg(!reads(query), "%s", query);
	ck_assert_uint_eq(problem.status, 400);
	ck_assert_msg(strstr(problem.detail, why) != NULL, "%s: %s", query,
		      problem.detail);
}

static void
assert_channels(const char *want)
{
	char got[10000] = "";

	for (size_t i = 0; i < params.channel_count; i++) {
		if (i > 0)
			strcat(got, " ");
		strncat(got, params.channels[i].bytes, params.channels[i].len);
	}
	ck_assert_str_eq(got, want);
}

TEST(only_channel_is_required)
{
	assert_reads("channel=news");
	assert_channels("news");
	ck_assert_int_eq(params.cursor.kind, CURSOR_NONE);
	ck_assert(!params.cursor_unreadable);
	ck_assert_uint_eq(params.wait, PARAMS_WAIT_DEFAULT);
	ck_assert_uint_eq(params.format.limit, PARAMS_LIMIT_DEFAULT);
	ck_assert_uint_eq(params.format.retry_ms, 1234);
	ck_assert(!params.format.many);
	ck_assert(!params.format.envelope);
}

TEST(no_channel_is_refused)
{
	assert_refused("", "channel is missing");
	assert_refused("since=0&wait=3", "channel is missing");
	assert_refused("Channel=news", "channel is missing");
	assert_refused("channel%00=news", "channel is missing");
}

TEST(channels_are_sorted_and_distinct)
{
	assert_reads("channel=b&channel=a&channel=c&channel=b&channel=a");
	assert_channels("a b c");
	ck_assert(params.format.many);
}

TEST(a_duplicate_channel_is_one_channel)
{
	assert_reads("channel=a&channel=a");
	assert_channels("a");
	ck_assert(!params.format.many);
}

TEST(channels_in_any_order_give_the_same_format)
{
	struct format format;

	assert_reads("channel=b&channel=a&limit=7");
	format = params.format;
	assert_reads("limit=7&channel=a&channel=b&channel=a");
	ck_assert_mem_eq(&format, &params.format, sizeof(format));
}

TEST(a_channel_is_decoded)
{
	assert_reads("channel=caf%C3%A9%2F1");
	assert_channels("caf\xc3\xa9/1");
}

TEST(an_invalid_channel_is_refused_with_the_rule)
{
	assert_refused("channel=", channel_fault(text_of("")));
	assert_refused("channel=a+b", channel_fault(text_of("a b")));
	assert_refused("channel=a%00b",
		       channel_fault((struct text){"a\0b", 3}));
	assert_refused("channel=%7Ba%7D", channel_fault(text_of("{a}")));
	assert_refused("channel=%ff", channel_fault(text_of("\xff")));
	assert_refused("channel=ok&channel=*", channel_fault(text_of("*")));
}

/* `count` channels. */
static void
put_channels(char query[2000], int count)
{
	query[0] = '\0';
	for (int i = 0; i < count; i++)
		snprintf(query + strlen(query), 2000 - strlen(query),
			 "&channel=c%02d", count - i);
}

TEST(at_most_32_channels)
{
	char query[2000];

	put_channels(query, 32);
	assert_reads(query);
	ck_assert_uint_eq(params.channel_count, 32);
	put_channels(query, 33);
	assert_refused(query, "32 channels");
}

TEST(the_longest_channel_is_255_bytes)
{
	char query[300] = "channel=";

	memset(query + 8, 'c', 255);
	assert_reads(query);
	query[263] = 'c';
	assert_refused(query, "255");
}

TEST(wait_and_limit_are_numbers)
{
	assert_reads("channel=a&wait=7&limit=20");
	ck_assert_uint_eq(params.wait, 7);
	ck_assert_uint_eq(params.format.limit, 20);
	assert_reads("channel=a&wait=0");
	ck_assert_uint_eq(params.wait, 0);
}

TEST(numbers_above_the_maximum_are_clamped)
{
	assert_reads("channel=a&wait=56&limit=301");
	ck_assert_uint_eq(params.wait, 55);
	ck_assert_uint_eq(params.format.limit, 300);
	assert_reads("channel=a&wait=99999999999999999999&limit=4294967297");
	ck_assert_uint_eq(params.wait, 55);
	ck_assert_uint_eq(params.format.limit, 300);
}

TEST(an_invalid_number_is_refused_with_its_name)
{
	assert_refused("channel=a&wait=x", "wait is not a number");
	assert_refused("channel=a&wait=", "wait is not a number");
	assert_refused("channel=a&wait=-1", "wait is not a number");
	assert_refused("channel=a&wait=1.5", "wait is not a number");
	assert_refused("channel=a&limit=1%00", "limit is not a number");
}

TEST(limit_0_is_refused)
{
	assert_refused("channel=a&limit=0", "limit must be at least 1");
	assert_refused("channel=a&limit=000", "limit must be at least 1");
}

TEST(the_default_wait_is_not_above_the_longest)
{
	char text[] = "QUERY_STRING=channel=a";
	char *variables[] = {text, NULL};
	struct request r = {.variables = variables};

	conf_init(&conf);
	conf.hold_wait = 3;
	ck_assert(params_read(&params, &technique, &r, &conf, &problem));
	ck_assert_uint_eq(params.wait, 3);
}

TEST(a_duplicate_parameter_is_refused)
{
	static const char *const names[] = {"since",	     "wait",
					    "limit",	     "lastEventId",
					    "last_event_id", "lastEventID"};
	char query[200];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(query, sizeof(query), "%s=1&channel=a&%s=1", names[i],
			 names[i]);
		assert_refused(query, names[i]);
		assert_refused(query, "Duplicate parameter");
	}
}

TEST(a_client_has_a_name_of_1_to_64_letters_digits_and_dashes)
{
	char query[100] = "channel=a&client=";

	assert_reads("channel=a");
	ck_assert_uint_eq(params.client.len, 0);
	assert_reads("channel=a&client=Tab_7-b");
	ck_assert(text_is(params.client, "Tab_7-b"));
	assert_refused("channel=a&client=", "client");
	assert_refused("channel=a&client=a.b", "client");
	assert_refused("channel=a&client=a%00b", "client");
	memset(query + strlen(query), 'a', 65);
	assert_refused(query, "client");
	query[strlen(query) - 1] = '\0';
	assert_reads(query);
}

TEST(an_unknown_parameter_is_ignored)
{
	assert_reads("channel=a&_=123&x&y=1&y=2&%00=&wait%00=x&wait%00=y");
	assert_channels("a");
	ck_assert_uint_eq(params.wait, PARAMS_WAIT_DEFAULT);
}

TEST(parameters_of_the_technique_set_the_format)
{
	assert_reads("channel=a&envelope=json");
	ck_assert(params.format.envelope);
	assert_refused("channel=a&envelope=bad", "envelope must be json");
}

TEST(other_parameters_of_formats_are_ignored)
{
	assert_reads("channel=a&callback=1&padding=x&last=&origin=y");
	ck_assert_str_eq(params.format.callback, "");
}

TEST(parsing_allocates_nothing)
{
	bool ok;

	assert_reads("channel=a");
	allocations_start();
	ok = reads("channel=b&channel=a&since=0&wait=3&limit=4");
	allocations_stop();
	ck_assert_uint_eq(allocations_count(), 0);
	ck_assert(ok);
}
