/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/stream.c: a fact a test, and its name is the fact. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_stream;

static const struct format ONE = {.limit = 100};
static const struct format MANY = {.limit = 100, .many = true};
static const struct format PADDED = {.padding = 4};

TEST(a_message_is_one_line_of_json)
{
	assert_message(&ONE, "", "hi",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"hi\"}\n");
}

TEST(a_type_stands_in_it)
{
	assert_message(&ONE, "chat", "hi",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"event\":\"chat\",\"data\":\"hi\"}\n");
}

TEST(of_many_channels_the_cursor_is_last)
{
	assert_message(&MANY, "", "hi",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"hi\",\"cursor\":\"8-0\"}\n");
}

TEST(no_line_break_of_the_data_is_left)
{
	assert_message(&ONE, "", "a\nb\rc\r\n",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"a\\nb\\rc\\r\\n\"}\n");
}

TEST(quotes_cannot_end_the_data)
{
	assert_message(&ONE, "", "\",\"cursor\":\"9-9\\",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"\\\",\\\"cursor\\\":\\\"9-9\\\\\"}\n");
}

TEST(what_json_allows_stands_as_it_is)
{
	assert_message(&ONE, "", "</script>\xe2\x80\xa8\xf0\x9f\x98\x80",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"</script>\xe2\x80\xa8"
		       "\xf0\x9f\x98\x80\"}\n");
}

TEST(a_stream_opens_with_an_empty_line)
{
	assert_open(&ONE, "\n");
}

TEST(padding_is_so_many_spaces_before_it)
{
	assert_open(&PADDED, "    \n");
}

TEST(a_cursor_is_a_line)
{
	assert_cursor(&ONE, "{\"cursor\":\"8-0\"}\n");
}

TEST(a_gap_is_a_line_with_its_cursor)
{
	assert_gap(&ONE, &GAP,
		   "{\"gap\":{\"channel\":\"news\","
		   "\"after\":\"3-0\",\"before\":\"8-0\"},"
		   "\"cursor\":\"8-0\"}\n");
}

TEST(a_heartbeat_is_an_empty_line)
{
	assert_heartbeat(&ONE, "\n");
}

TEST(a_stream_closes_with_when_to_come_back)
{
	assert_close(&ONE, 1234, "{\"retry\":1234}\n");
}

TEST(a_message_that_does_not_fit_turns_the_buffer_bad)
{
	assert_message_too_long(&ONE);
}

TEST(browsers_and_proxies_are_told_to_pass_it_on)
{
	assert_head(&ONE, "Content-Type: application/x-ndjson\r\n"
			  "X-Content-Type-Options: nosniff\r\n"
			  "Cache-Control: no-cache, no-transform\r\n"
			  "X-Accel-Buffering: no\r\n");
}

TEST(it_is_a_stream_and_takes_padding_alone)
{
	ck_assert_ptr_nonnull(technique_stream.stream);
	ck_assert_uint_eq(technique_stream.takes, FORMAT_PADDING);
}
