/* SPDX-License-Identifier: MIT */
/* shared/model/end.c, and how each stream writes it. */
#include "config.h"

#include "shared/model/end.h"

#include <string.h>

#include "fcgi/techniques.h"
#include "shared/wire/ws_frame.h"
#include "tests/unit/suite.h"

#define ALL    "{\"end\":{\"reason\":\"expired\"},\"cursor\":\"7-0\"}"
#define SCRIPT "</script><!--"

static const struct text names[] = {{"a", 1}, {"b\"c", 3}};
static const struct text script[] = {{SCRIPT, sizeof(SCRIPT) - 1}};
static const struct text cursor = {"7-0", 3};

static void
assert_json(const struct text *channels, size_t count, const char *want)
{
	struct buf out;

	buf_init(&out, 1000);
	end_put_json(&out,
		     &(struct end){.reason = "expired",
				   .channels = channels,
				   .count = count},
		     cursor);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

static void
assert_end(const struct technique *t, const struct format *format,
	   const struct text *channels, size_t count, const char *want)
{
	struct buf out;

	buf_init(&out, 1000);
	t->stream->end(format,
		       &(struct end){.reason = "expired",
				     .channels = channels,
				     .count = count},
		       cursor, &out);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(without_channels_it_is_the_end_of_all)
{
	assert_json(NULL, 0, ALL);
}

TEST(with_channels_it_names_them)
{
	assert_json(names, 1,
		    "{\"end\":{\"reason\":\"expired\",\"channels\":[\"a\"]},"
		    "\"cursor\":\"7-0\"}");
	assert_json(names, 2,
		    "{\"end\":{\"reason\":\"expired\","
		    "\"channels\":[\"a\",\"b\\\"c\"]},\"cursor\":\"7-0\"}");
}

TEST(without_a_cursor_it_has_none)
{
	static const struct format plain;
	static const struct text none = {NULL, 0};
	const struct end end = {.reason = "kicked"};
	struct buf out;

	buf_init(&out, 1000);
	technique_sse.stream->end(&plain, &end, none, &out);
	suite_assert_bytes(
	    &out, "event: end\ndata: {\"end\":{\"reason\":\"kicked\"}}\n\n");
	buf_free(&out);
}

/* With the cursor as its id, so that an EventSource goes on from there. */
TEST(of_sse_it_is_an_event)
{
	static const struct format plain;
	static const struct format envelope = {.envelope = true};

	assert_end(&technique_sse, &plain, NULL, 0,
		   "event: end\ndata: " ALL "\nid: 7-0\n\n");
	assert_end(&technique_sse, &envelope, NULL, 0,
		   "event: end\ndata: " ALL "\nid: 7-0\n\n");
}

TEST(of_a_stream_it_is_a_line)
{
	static const struct format format;

	assert_end(&technique_stream, &format, NULL, 0, ALL "\n");
}

TEST(of_an_iframe_it_is_a_script)
{
	static const struct format format;

	assert_end(&technique_iframe, &format, NULL, 0,
		   "<script>push(" ALL ")</script>\n");
}

TEST(a_channel_cannot_end_the_script)
{
	static const struct format format;
	struct buf out;

	buf_init(&out, 1000);
	technique_iframe.stream->end(
	    &format,
	    &(struct end){.reason = "kicked", .channels = script, .count = 1},
	    cursor, &out);
	buf_putc(&out, '\0');
	ck_assert(buf_ok(&out));
	ck_assert_ptr_null(strstr(out.bytes, SCRIPT));
	ck_assert_ptr_null(strstr(out.bytes, "<!--"));
	buf_free(&out);
}

TEST(of_a_websocket_it_is_a_text)
{
	static const struct format format;
	char want[200] = "\x81";

	want[1] = (char)strlen(ALL);
	strcpy(want + 2, ALL);
	assert_end(&technique_websocket, &format, NULL, 0, want);
}

TEST(a_raw_websocket_has_none)
{
	static const struct format raw = {.raw = true};

	assert_end(&technique_websocket, &raw, NULL, 0, "");
}

/* --- the last bytes ------------------------------------------------------- */

static void
assert_closed_with(enum close_reason reason, unsigned int code)
{
	static const struct format raw = {.raw = true};
	struct buf out;

	buf_init(&out, 1000);
	technique_websocket.stream->close(&raw, reason, 2000, &out);
	ck_assert(buf_ok(&out));
	ck_assert_uint_ge(out.len, 4);
	ck_assert_uint_eq((unsigned char)out.bytes[0], WS_FIN | WS_CLOSE);
	ck_assert_uint_eq((unsigned int)(unsigned char)out.bytes[2] << 8 |
			      (unsigned char)out.bytes[3],
			  code);
	buf_free(&out);
}

TEST(a_websocket_whose_right_expires_is_closed_with_4401)
{
	assert_closed_with(CLOSE_EXPIRED, 4401);
}

TEST(a_websocket_that_is_kicked_is_closed_with_4403)
{
	assert_closed_with(CLOSE_KICKED, 4403);
}
