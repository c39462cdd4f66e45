/* SPDX-License-Identifier: MIT */
/* shared/model/command.c: commands. test_reply.c has replies, test_publish.c
 * publications. */
#include "config.h"

#include "shared/model/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

enum { TEXT_SIZE = 16 * 1024 };

static struct command command;
static struct problem problem;

static bool
reads(const char *text)
{
	memset(&problem, 0, sizeof(problem));
	memset(&command, 0xff, sizeof(command)); /* nothing may be left of it */
	return command_read(&command, text_of(text), &problem);
}

static void
assert_reads(const char *text, enum command_kind kind)
{
	if (!reads(text))
		ck_abort_msg("%s: %s", text, problem.detail);
	ck_assert_int_eq(command.ref.kind, kind);
}

static void
assert_refused(const char *text, const char *why)
{
	ck_assert_msg(!reads(text), "%s", text);
	ck_assert_uint_eq(problem.status, 400);
	ck_assert_msg(strstr(problem.detail, why) != NULL, "%s: %s", text,
		      problem.detail);
	command_free(&command);
}

static void
assert_ref(const char *want)
{
	suite_assert_same(command.ref.json, command.ref.len, want,
			  strlen(want));
}

static void
assert_channels(const char *want)
{
	char got[TEXT_SIZE] = "";

	for (size_t i = 0; i < command.channel_count; i++) {
		const struct text *name = &command.channels[i];

		ck_assert_uint_eq(strlen(name->bytes), name->len);
		strcat(strcat(got, i > 0 ? " " : ""), name->bytes);
	}
	ck_assert_str_eq(got, want);
}

/* --- reading -------------------------------------------------------------- */

TEST(publish_has_all_fields)
{
	assert_reads("{\"publish\":{\"channel\":\"news\",\"event\":\"chat\","
		     "\"data\":\"h\\u00e9\",\"key\":\"k\"}}",
		     COMMAND_PUBLISH);
	ck_assert_str_eq(command.publication.channel.bytes, "news");
	ck_assert_str_eq(command.publication.event.bytes, "chat");
	ck_assert_str_eq(command.publication.data.bytes, "h\xc3\xa9");
	ck_assert_uint_eq(command.publication.data.len, 3);
	ck_assert_str_eq(command.publication.key.bytes, "k");
	command_free(&command);
}

TEST(event_and_key_are_optional)
{
	assert_reads("{\"publish\":{\"channel\":\"news\",\"data\":\"\"}}",
		     COMMAND_PUBLISH);
	ck_assert_uint_eq(command.publication.event.len, 0);
	ck_assert_ptr_null(command.publication.key.bytes);
	ck_assert_uint_eq(command.ref.len, 0);
	command_free(&command);
}

TEST(subscribe_keeps_the_order_of_channels)
{
	assert_reads("{\"subscribe\":[\"b\",\"a\",\"caf\\u00e9\"]}",
		     COMMAND_SUBSCRIBE);
	assert_channels("b a caf\xc3\xa9");
	ck_assert_int_eq(command.since.kind, CURSOR_NONE);
	command_free(&command);
}

TEST(unsubscribe_has_channels)
{
	assert_reads("{\"unsubscribe\":[\"b\"]}", COMMAND_UNSUBSCRIBE);
	assert_channels("b");
	command_free(&command);
}

TEST(since_is_a_cursor)
{
	assert_reads("{\"subscribe\":[\"b\",\"c\"],\"since\":\"0\"}",
		     COMMAND_SUBSCRIBE);
	ck_assert_int_eq(command.since.kind, CURSOR_ALL);
	command_free(&command);
	assert_reads("{\"subscribe\":[\"b\"],\"since\":\"7-1\"}",
		     COMMAND_SUBSCRIBE);
	ck_assert_int_eq(command.since.kind, CURSOR_ID);
	command_free(&command);
	assert_reads("{\"subscribe\":[\"b\",\"c\"],\"since\":\"\"}",
		     COMMAND_SUBSCRIBE);
	ck_assert_int_eq(command.since.kind, CURSOR_NONE);
	command_free(&command);
}

TEST(a_cursor_of_parts_is_valid_for_several_channels)
{
	struct cursor_part parts[2] = {
	    {.tag = cursor_tag(text_of("b")), .id = {7, 1}},
	    {.tag = cursor_tag(text_of("c")), .id = {8, 0}}};
	char text[256];
	struct buf cursor;

	buf_init(&cursor, 200);
	cursor_put(&cursor, parts, 2);
	buf_putc(&cursor, '\0');
	snprintf(text, sizeof(text),
		 "{\"subscribe\":[\"b\",\"c\"],\"since\":\"%s\"}",
		 cursor.bytes);
	assert_reads(text, COMMAND_SUBSCRIBE);
	ck_assert_int_eq(command.since.kind, CURSOR_PARTS);
	command_free(&command);
	buf_free(&cursor);
}

TEST(other_members_are_ignored)
{
	assert_reads("{\"x\":1,\"subscribe\":[\"b\"],\"publish2\":{}}",
		     COMMAND_SUBSCRIBE);
	command_free(&command);
}

TEST(other_members_may_be_any_json)
{
	assert_reads("{\"x\":1e999,\"x\":\"\\u0000\",\"ref\":1,\"publish\":{"
		     "\"y\":18446744073709551616,\"data\":\"hi\",\"y\":{},"
		     "\"channel\":\"a\",\"\\ud800\":2}}",
		     COMMAND_PUBLISH);
	ck_assert_str_eq(command.publication.data.bytes, "hi");
	assert_ref("1");
	command_free(&command);
}

TEST(a_member_that_is_read_is_refused_twice)
{
	assert_refused("{\"publish\":{\"channel\":\"a\",\"data\":\"1\","
		       "\"data\":\"2\"}}",
		       "duplicate name");
	assert_refused("{\"subscribe\":[\"a\"],\"ref\":1,\"ref\":2}",
		       "duplicate name");
}

/* --- ref ------------------------------------------------------------------ */

TEST(a_ref_is_an_integer_or_a_string)
{
	assert_reads("{\"subscribe\":[\"b\"],\"ref\":-7}", COMMAND_SUBSCRIBE);
	assert_ref("-7");
	command_free(&command);
	assert_reads("{\"subscribe\":[\"b\"],\"ref\":9223372036854775807}",
		     COMMAND_SUBSCRIBE);
	assert_ref("9223372036854775807");
	command_free(&command);
	assert_reads("{\"subscribe\":[\"b\"],\"ref\":\"a\\\"b\\n\"}",
		     COMMAND_SUBSCRIBE);
	assert_ref("\"a\\\"b\\n\"");
	command_free(&command);
	assert_reads("{\"subscribe\":[\"b\"],\"ref\":\"\"}", COMMAND_SUBSCRIBE);
	assert_ref("\"\"");
	command_free(&command);
}

TEST(a_ref_has_at_most_64_bytes_after_unescaping)
{
	char text[TEXT_SIZE] = "{\"subscribe\":[\"b\"],\"ref\":\"";
	size_t start = strlen(text);

	for (int i = 0; i < 64; i++)
		strcat(text, "\\u0001");
	strcat(text, "\"}");
	assert_reads(text, COMMAND_SUBSCRIBE);
	ck_assert_uint_eq(command.ref.len, 64 * 6 + 2);
	command_free(&command);
	strcpy(text + start + 64 * 6, "x\"}");
	assert_refused(text, "ref must be");
}

TEST(other_refs_are_refused)
{
	assert_refused("{\"subscribe\":[\"b\"],\"ref\":1.5}", "ref must be");
	assert_refused("{\"subscribe\":[\"b\"],\"ref\":null}", "ref must be");
	assert_refused("{\"subscribe\":[\"b\"],\"ref\":true}", "ref must be");
	assert_refused("{\"subscribe\":[\"b\"],\"ref\":[1]}", "ref must be");
	assert_refused("{\"subscribe\":[\"b\"],\"ref\":{}}", "ref must be");
	ck_assert_uint_eq(command.ref.len, 0);
}

TEST(a_refused_command_keeps_its_ref)
{
	assert_refused("{\"ref\":5}", "no command");
	assert_ref("5");
	assert_refused("{\"publish\":{},\"ref\":6}", "channel is missing");
	assert_ref("6");
	assert_refused("{\"subscribe\":[\"*\"],\"ref\":\"x\"}", "channel");
	assert_ref("\"x\"");
	assert_refused("{\"ref\":1", "JSON");
	assert_ref("");
}

/* --- what is refused ------------------------------------------------------ */

TEST(a_text_that_is_no_object_is_refused)
{
	assert_refused("", "unexpected end");
	assert_refused("hello", "not valid JSON");
	assert_refused("[\"subscribe\"]", "must be a JSON object");
	assert_refused("{} {}", "not valid JSON");
	assert_refused("{\"subscribe\":[\"a\\u0000\"]}", "NUL");
	assert_refused("{\"subscribe\":[\"a\"],\"subscribe\":[\"b\"]}",
		       "duplicate name");
}

TEST(a_command_has_exactly_one_verb)
{
	assert_refused("{}", "There is no command");
	assert_refused("{\"Publish\":{}}", "There is no command");
	assert_refused("{\"subscribe\":[\"a\"],\"unsubscribe\":[\"b\"]}",
		       "one command at a time");
	assert_refused("{\"publish\":{\"channel\":\"a\",\"data\":\"\"},"
		       "\"subscribe\":[\"a\"]}",
		       "one command at a time");
}

TEST(a_publication_that_breaks_a_rule_is_refused)
{
	assert_refused("{\"publish\":[]}", "publish must be an object");
	assert_refused("{\"publish\":null}", "publish must be an object");
	assert_refused("{\"publish\":{\"channel\":\"a\"}}", "data is missing");
	assert_refused("{\"publish\":{\"channel\":\"a\",\"data\":{}}}",
		       "data must be a string");
	assert_refused("{\"publish\":{\"channel\":\"*\",\"data\":\"\"}}",
		       channel_fault(text_of("*")));
	assert_refused("{\"publish\":{\"channel\":\"a\",\"data\":\"\","
		       "\"event\":\"gap\"}}",
		       event_fault(text_of("gap")));
	assert_refused("{\"publish\":{\"channel\":\"a\",\"data\":\"\","
		       "\"key\":\"\"}}",
		       key_fault(text_of("")));
}

/* An array of `count` channels. */
static void
put_channels(char text[TEXT_SIZE], const char *verb, int count)
{
	sprintf(text, "{\"%s\":[", verb);
	for (int i = 0; i < count; i++)
		sprintf(text + strlen(text), "%s\"c%d\"", i > 0 ? "," : "", i);
	strcat(text, "]}");
}

TEST(channels_are_an_array_of_1_to_32)
{
	char text[TEXT_SIZE];

	put_channels(text, "subscribe", 32);
	assert_reads(text, COMMAND_SUBSCRIBE);
	ck_assert_uint_eq(command.channel_count, 32);
	command_free(&command);
	put_channels(text, "subscribe", 33);
	assert_refused(text, "subscribe must be an array of 1 to 32");
	put_channels(text, "unsubscribe", 33);
	assert_refused(text, "unsubscribe must be an array of 1 to 32");
	assert_refused("{\"subscribe\":[]}", "1 to 32");
	assert_refused("{\"subscribe\":\"a\"}", "1 to 32");
	assert_refused("{\"subscribe\":{\"a\":1}}", "1 to 32");
	assert_refused("{\"subscribe\":null}", "1 to 32");
}

TEST(a_channel_that_breaks_a_rule_is_refused)
{
	assert_refused("{\"subscribe\":[1]}", "name must be a string");
	assert_refused("{\"subscribe\":[\"a\",null]}", "name must be a string");
	assert_refused("{\"subscribe\":[\"a\",[\"b\"]]}",
		       "name must be a string");
	assert_refused("{\"subscribe\":[\"a b\"]}",
		       channel_fault(text_of("a b")));
	assert_refused("{\"unsubscribe\":[\"\"]}", channel_fault(text_of("")));
}

TEST(an_invalid_since_is_refused)
{
	assert_refused("{\"subscribe\":[\"a\"],\"since\":\"nonsense\"}",
		       "since is not a valid cursor");
	assert_refused("{\"subscribe\":[\"a\"],\"since\":7}",
		       "since is not a valid cursor");
	assert_refused("{\"subscribe\":[\"a\"],\"since\":null}",
		       "since is not a valid cursor");
	assert_refused("{\"subscribe\":[\"a\",\"b\"],\"since\":\"7-1\"}",
		       "id with a single channel");
}

TEST(a_refused_command_can_be_freed_twice)
{
	ck_assert(!reads("hello"));
	command_free(&command);
	command_free(&command);
}
