/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/sse.c. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_sse;

static const struct format PLAIN = {.retry_ms = 2000};
static const struct format ENVELOPE = {.envelope = true};
static const struct format ENVELOPE_MANY = {.envelope = true, .many = true};

TEST(a_message_is_data_id_and_an_empty_line)
{
	assert_message(&PLAIN, "", "hi", "data: hi\nid: 8-0\n\n");
}

TEST(a_type_becomes_the_event_field)
{
	assert_message(&PLAIN, "chat", "hi",
		       "event: chat\ndata: hi\nid: 8-0\n\n");
}

TEST(lf_starts_a_data_line)
{
	assert_message(&PLAIN, "", "a\nb", "data: a\ndata: b\nid: 8-0\n\n");
}

TEST(cr_starts_a_data_line)
{
	assert_message(&PLAIN, "", "a\rb", "data: a\ndata: b\nid: 8-0\n\n");
}

TEST(crlf_starts_one_data_line)
{
	assert_message(&PLAIN, "", "a\r\nb", "data: a\ndata: b\nid: 8-0\n\n");
}

TEST(lf_and_then_cr_are_two_breaks)
{
	assert_message(&PLAIN, "", "a\n\rb",
		       "data: a\ndata: \ndata: b\nid: 8-0\n\n");
}

TEST(a_trailing_break_is_kept_as_an_empty_line)
{
	assert_message(&PLAIN, "", "a\r", "data: a\ndata: \nid: 8-0\n\n");
}

TEST(no_data_is_one_empty_data_line)
{
	assert_message(&PLAIN, "", "", "data: \nid: 8-0\n\n");
}

TEST(a_leading_space_is_kept)
{
	assert_message(&PLAIN, "", " a", "data:  a\nid: 8-0\n\n");
}

TEST(data_cannot_forge_a_field)
{
	assert_message(&PLAIN, "", "x\n\nid: 9-9\nevent: y",
		       "data: x\ndata: \ndata: id: 9-9\ndata: event: y\n"
		       "id: 8-0\n\n");
}

TEST(in_an_envelope_the_data_is_the_json_of_the_message)
{
	assert_message(&ENVELOPE, "", "a\nb",
		       "data: {\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"a\\nb\"}\nid: 8-0\n\n");
}

TEST(in_an_envelope_a_type_is_still_the_event_field)
{
	assert_message(&ENVELOPE, "chat", "hi",
		       "event: chat\n"
		       "data: {\"id\":\"8-0\",\"channel\":\"news\","
		       "\"event\":\"chat\",\"data\":\"hi\"}\nid: 8-0\n\n");
}

TEST(with_several_channels_the_cursor_is_the_last_member_of_an_envelope)
{
	assert_message(&ENVELOPE_MANY, "", "hi",
		       "data: {\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"hi\",\"cursor\":\"8-0\"}\nid: 8-0\n\n");
}

TEST(a_stream_opens_with_retry_and_no_empty_line)
{
	assert_open(&PLAIN, "retry: 2000\n");
}

TEST(a_stream_closes_with_retry_and_no_empty_line)
{
	assert_close(&PLAIN, 1234, "retry: 1234\n");
}

TEST(a_heartbeat_is_a_comment_and_no_empty_line)
{
	assert_heartbeat(&PLAIN, ":\n");
}

TEST(a_cursor_is_an_event_with_its_id)
{
	assert_cursor(&PLAIN, "event: cursor\ndata: {\"cursor\":\"8-0\"}\n"
			      "id: 8-0\n\n");
}

TEST(a_gap_is_an_event_with_its_id)
{
	assert_gap(&PLAIN, &GAP,
		   "event: gap\n"
		   "data: {\"gap\":{\"channel\":\"news\","
		   "\"after\":\"3-0\",\"before\":\"8-0\"},"
		   "\"cursor\":\"8-0\"}\nid: 8-0\n\n");
}

TEST(a_message_that_does_not_fit_turns_the_buffer_bad)
{
	assert_message_too_long(&PLAIN);
}

TEST(it_takes_envelope_only)
{
	ck_assert_uint_eq(technique_sse.takes,
			  FORMAT_ENVELOPE | FORMAT_PRESENCE);
}

TEST(a_response_is_an_event_stream)
{
	assert_head(&PLAIN, "Content-Type: text/event-stream\r\n");
}
