/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/stream.c. */
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

TEST(an_event_type_is_a_member)
{
	assert_message(&ONE, "chat", "hi",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"event\":\"chat\",\"data\":\"hi\"}\n");
}

TEST(with_several_channels_the_cursor_is_the_last_member)
{
	assert_message(&MANY, "", "hi",
		       "{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"hi\",\"cursor\":\"8-0\"}\n");
}

TEST(line_breaks_of_data_are_escaped)
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

TEST(other_characters_are_not_escaped)
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

TEST(padding_is_spaces_before_the_empty_line)
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

TEST(a_stream_closes_with_the_reconnection_time)
{
	assert_close(&ONE, 1234, "{\"retry\":1234}\n");
}

TEST(a_message_that_does_not_fit_turns_the_buffer_bad)
{
	assert_message_too_long(&ONE);
}

TEST(a_response_is_lines_of_json)
{
	assert_head(&ONE, "Content-Type: application/x-ndjson\r\n");
}

TEST(it_is_a_stream_and_takes_padding_and_presence_only)
{
	ck_assert_ptr_nonnull(technique_stream.stream);
	ck_assert_uint_eq(technique_stream.takes,
			  FORMAT_PADDING | FORMAT_PRESENCE);
}
