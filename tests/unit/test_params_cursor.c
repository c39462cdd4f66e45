/* SPDX-License-Identifier: MIT */
/* shared/http/params.c: cursors of a stream. */
#include "config.h"

#include "shared/http/params.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_set.h"
#include "tests/unit/suite.h"

static const struct technique_stream stream;
static const struct technique technique = {.name = "test", .stream = &stream};

static struct problem problem;
static struct params params;

static bool
reads(const char *query, const char *header)
{
	static char query_variable[2000], header_variable[2000];
	char *variables[] = {query_variable, header_variable, NULL};
	struct request r = {.variables = variables};
	static struct conf conf;

	snprintf(query_variable, sizeof(query_variable), "QUERY_STRING=%s",
		 query);
	snprintf(header_variable, sizeof(header_variable),
		 "HTTP_LAST_EVENT_ID=%s", header);
	memset(&problem, 0, sizeof(problem));
	memset(&params, 0xff, sizeof(params));
	conf_free_texts(&conf);
	conf_init(&conf);
	return params_read(&params, &technique, &r, &conf, &problem);
}

/* The position in the one channel is `ms`-0. */
static void
assert_at(const char *query, const char *header, uint64_t ms)
{
	const struct cursor_part *part;

	if (!reads(query, header))
		ck_abort_msg("%s: %s", query, problem.detail);
	ck_assert(!params.cursor_unreadable);
	part = cursor_find(&params.cursor, cursor_tag(text_of("a")));
	ck_assert_ptr_nonnull(part);
	ck_assert_uint_eq(part->id.ms, ms);
}

static void
assert_unreadable(const char *query, const char *header)
{
	if (!reads(query, header))
		ck_abort_msg("%s: %s", query, problem.detail);
	ck_assert_msg(params.cursor_unreadable, "%s %s", query, header);
	ck_assert_int_eq(params.cursor.kind, CURSOR_NONE);
}

TEST(a_cursor_is_the_header_or_a_parameter)
{
	assert_at("channel=a", "7-0", 7);
	assert_at("channel=a&since=7-0", "", 7);
	assert_at("channel=a&lastEventId=7-0", "", 7);
	assert_at("channel=a&last_event_id=7-0", "", 7);
	assert_at("channel=a&lastEventID=7-0", "", 7);
}

TEST(the_header_takes_precedence_over_parameters)
{
	assert_at("channel=a&since=1-0&lastEventId=2-0", "7-0", 7);
}

TEST(a_parameter_of_a_polyfill_takes_precedence_over_since)
{
	assert_at("channel=a&since=1-0&lastEventId=7-0", "", 7);
	assert_at("channel=a&last_event_id=7-0&since=1-0", "", 7);
	assert_at("channel=a&since=1-0&lastEventID=7-0", "", 7);
	assert_at("lastEventID=3-0&last_event_id=2-0&lastEventId=1-0&channel=a",
		  "", 1);
}

TEST(an_empty_cursor_is_no_cursor)
{
	assert_at("channel=a&since=7-0&lastEventId=&last_event_id=", "", 7);
	ck_assert(reads("channel=a&since=", ""));
	ck_assert_int_eq(params.cursor.kind, CURSOR_NONE);
	ck_assert(!params.cursor_unreadable);
}

TEST(since_0_gets_all_messages_kept)
{
	ck_assert(reads("channel=a&channel=b&since=0", ""));
	ck_assert_int_eq(params.cursor.kind, CURSOR_ALL);
}

TEST(an_unreadable_since_is_refused)
{
	ck_assert(!reads("channel=a&since=yesterday", ""));
	ck_assert_uint_eq(problem.status, 400);
	ck_assert_ptr_nonnull(strstr(problem.detail, "since"));
	ck_assert(!reads("channel=a&since=7-0%00", ""));
	ck_assert(!reads("channel=a&since=7-0+", ""));
}

TEST(an_unreadable_header_is_not_refused)
{
	assert_unreadable("channel=a", "yesterday");
	assert_unreadable("channel=a&since=7-0", "yesterday");
	assert_unreadable("channel=a&since=yesterday", "tomorrow");
}

TEST(an_unreadable_parameter_of_a_polyfill_is_not_refused)
{
	assert_unreadable("channel=a&lastEventId=yesterday&since=7-0", "");
}

TEST(a_bare_id_is_invalid_for_several_channels)
{
	ck_assert(!reads("channel=a&channel=b&since=7-0", ""));
	ck_assert_uint_eq(problem.status, 400);
	ck_assert_ptr_nonnull(strstr(problem.detail, "several"));
	assert_unreadable("channel=a&channel=b", "7-0");
	assert_at("channel=a&channel=a&since=7-0", "", 7);
}

TEST(a_cursor_of_several_channels_works_for_any_of_them)
{
	struct cursor_part parts[] = {
	    {.tag = cursor_tag(text_of("a")), .id = {.ms = 7}},
	    {.tag = cursor_tag(text_of("b")), .id = {.ms = 8}}};
	struct buf cursor;

	buf_init(&cursor, 1000);
	cursor_put(&cursor, parts, 2);
	buf_putc(&cursor, '\0');
	assert_at("channel=a&channel=b", cursor.bytes, 7);
	assert_at("channel=a", cursor.bytes, 7);
	assert_at("channel=a&channel=c", cursor.bytes, 7);
	buf_free(&cursor);
}

TEST(a_header_can_have_any_length)
{
	char header[1900];

	memset(header, '1', sizeof(header));
	header[sizeof(header) - 1] = '\0';
	assert_unreadable("channel=a", header);
}

TEST(limit_is_ignored_for_a_stream)
{
	struct format format;

	ck_assert(reads("channel=a", ""));
	format = params.format;
	ck_assert(reads("channel=a&limit=3", ""));
	ck_assert_mem_eq(&format, &params.format, sizeof(format));
	ck_assert(reads("channel=a&limit=0", ""));
}

TEST(a_technique_needs_no_parameters_of_its_own)
{
	ck_assert(reads("channel=a&envelope=json", ""));
	ck_assert(!params.format.envelope);
}
