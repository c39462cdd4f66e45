/* SPDX-License-Identifier: MIT */
/* The output of fcgi/websocket.c. */
#include "config.h"

#include <string.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "shared/wire/ws_deflate.h"
#include "shared/wire/ws_frame.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_websocket;

enum { OUT_MAX = 1 << 20, LONG = 3000 };

static const struct format ONE = {.limit = 100};
static const struct format MANY = {.limit = 100, .many = true};
static const struct format RAW = {.raw = true};
static const struct format RAW_MANY = {.raw = true, .many = true};
static const struct format PACKED = {.deflate = 100};
static const struct format PACKED_MANY = {.deflate = 100, .many = true};
static const struct format PACKED_RAW = {.deflate = 100, .raw = true};

static char much[LONG + 1];
static struct buf out;

/* What a technique writes, apart: `body`, and what each subscriber adds. */
static struct buf body, suffix;

static void
write_message(const struct format *format, const struct message *m,
	      const char *cursor)
{
	buf_init(&body, OUT_MAX);
	buf_init(&suffix, OUT_MAX);
	technique_websocket.stream->message(format, m, &body);
	technique_websocket.stream->suffix(
	    format, m, (struct text){cursor, strlen(cursor)}, &suffix);
	ck_assert(buf_ok(&body) && buf_ok(&suffix));
}

static void
forget_message(void)
{
	buf_free(&body);
	buf_free(&suffix);
}

/* A message so long that it is worth it. */
static struct message
long_message(void)
{
	memset(much, 'x', LONG);
	return message_of("", much);
}

/* Of one frame with this first byte, the payload. */
static struct text
payload_of(const struct buf *frame, unsigned int first)
{
	const uint8_t *bytes = (const uint8_t *)frame->bytes;
	size_t head = 2, len;

	ck_assert_uint_ge(frame->len, 2);
	ck_assert_uint_eq(bytes[0], first);
	len = bytes[1];
	if (len == 126) {
		head = 4;
		len = (size_t)bytes[2] << 8 | bytes[3];
	}
	ck_assert_uint_eq(frame->len, head + len);
	return (struct text){frame->bytes + head, len};
}

/* These bytes, put together, inflate to `want`. */
static void
assert_inflates(struct text a, struct text b, const char *want)
{
	struct buf packed, plain;

	buf_init(&packed, OUT_MAX);
	buf_init(&plain, OUT_MAX);
	buf_put(&packed, a.bytes, a.len);
	buf_put(&packed, b.bytes, b.len);
	ck_assert_int_eq(ws_inflate(&plain, packed.bytes, packed.len),
			 WS_INFLATED);
	suite_assert_bytes(&plain, want);
	buf_free(&packed);
	buf_free(&plain);
	ws_deflate_free();
}

/* --- the handshake -------------------------------------------------------- */

TEST(the_head_has_upgrade)
{
	assert_head(&ONE, "Upgrade: websocket\r\n"
			  "Connection: Upgrade\r\n");
}

TEST(the_head_names_the_subprotocol)
{
	assert_head(&RAW, "Upgrade: websocket\r\n"
			  "Connection: Upgrade\r\n"
			  "Sec-WebSocket-Protocol: push.raw\r\n");
}

TEST(the_head_accepts_deflate_without_context_takeover)
{
	assert_head(&PACKED_RAW, "Upgrade: websocket\r\n"
				 "Connection: Upgrade\r\n"
				 "Sec-WebSocket-Protocol: push.raw\r\n"
				 "Sec-WebSocket-Extensions: "
				 "permessage-deflate; "
				 "server_no_context_takeover; "
				 "client_no_context_takeover\r\n");
}

/* Is asked by these variables, with deflate_min = `deflate_min`. */
static bool
upgrades(const char *extra, unsigned int deflate_min, struct format *format,
	 char line[TECHNIQUE_LINE_SIZE])
{
	char variables[5][128] = {
	    "HTTP_UPGRADE=websocket", "HTTP_CONNECTION=Upgrade",
	    "HTTP_SEC_WEBSOCKET_KEY=dGhlIHNhbXBsZSBub25jZQ==",
	    "HTTP_SEC_WEBSOCKET_VERSION=13"};
	char *list[6] = {variables[0], variables[1], variables[2], variables[3],
			 variables[4]};
	const struct request r = {.variables = list};
	static struct conf conf;
	struct problem p;

	strcpy(variables[4], extra);
	conf_free_texts(&conf);
	conf_init(&conf);
	conf.websocket_deflate_min = deflate_min;
	memset(format, 0, sizeof(*format));
	return technique_websocket.duplex->upgrade(&r, &conf, format, line, &p);
}

TEST(each_response_has_its_own_accept_line)
{
	char line[TECHNIQUE_LINE_SIZE];
	struct format format;

	ck_assert(upgrades("A=", 1024, &format, line));
	ck_assert_str_eq(
	    line, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
	ck_assert(!format.raw);
	ck_assert_uint_eq(format.deflate, 0);
}

TEST(what_upgrade_negotiates_is_in_the_format)
{
	char line[TECHNIQUE_LINE_SIZE];
	struct format format;

	ck_assert(upgrades("HTTP_SEC_WEBSOCKET_PROTOCOL=push.raw", 1024,
			   &format, line));
	ck_assert(format.raw);
	ck_assert(upgrades("HTTP_SEC_WEBSOCKET_EXTENSIONS=permessage-deflate",
			   1024, &format, line));
	ck_assert_uint_eq(format.deflate, 1024);
}

TEST(deflate_min_0_compresses_all_but_empty_data)
{
	char line[TECHNIQUE_LINE_SIZE];
	struct format format;

	ck_assert(upgrades("HTTP_SEC_WEBSOCKET_EXTENSIONS=permessage-deflate",
			   0, &format, line));
	ck_assert_uint_eq(format.deflate, 1);
}

TEST(deflate_min_above_the_longest_message_disables_deflate)
{
	char line[TECHNIQUE_LINE_SIZE];
	struct format format;

	ck_assert(upgrades("HTTP_SEC_WEBSOCKET_EXTENSIONS=permessage-deflate",
			   65536, &format, line));
	ck_assert_uint_eq(format.deflate, 65536);
	ck_assert(upgrades("HTTP_SEC_WEBSOCKET_EXTENSIONS=permessage-deflate",
			   65537, &format, line));
	ck_assert_uint_eq(format.deflate, 0);
}

/* --- messages ------------------------------------------------------------- */

TEST(a_message_is_one_text_of_json)
{
	assert_whole(&ONE, &HI, "\x81\x38" HI_JSON);
}

TEST(with_several_channels_the_cursor_is_a_second_fragment)
{
	assert_message(&MANY, "", "hi",
		       "\x01\x28{\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"hi\""
		       "\x80\x10,\"cursor\":\"8-0\"}");
}

TEST(the_shared_part_of_a_message_is_the_same_for_all)
{
	struct buf first;

	write_message(&MANY, &HI, "8-0");
	first = body;
	buf_free(&suffix);
	write_message(&MANY, &HI, "k2Jd9_x.8-0~Zq0-eR1.0-0");
	suite_assert_same(body.bytes, body.len, first.bytes, first.len);
	buf_free(&first);
	forget_message();
}

TEST(a_longer_message_has_a_length_of_two_bytes)
{
	struct message m = long_message();
	struct text text;

	write_message(&ONE, &m, "8-0");
	text = payload_of(&body, WS_FIN | WS_TEXT);
	ck_assert_int_eq(body.bytes[1], 126);
	ck_assert_uint_eq(text.len, LONG + strlen("{\"id\":\"8-0\",\"channel\":"
						  "\"news\",\"data\":\"\"}"));
	ck_assert_uint_eq(suffix.len, 0);
	forget_message();
}

TEST(raw_is_the_data_only)
{
	assert_whole(&RAW, &HI, "\x81\x02hi");
	assert_whole(&RAW_MANY, &HI, "\x81\x02hi");
}

TEST(a_message_that_does_not_fit_turns_the_buffer_bad)
{
	assert_message_too_long(&ONE);
	assert_message_too_long(&MANY);
}

/* --- compressed ----------------------------------------------------------- */

static void
expect_json(struct buf *want, const char *end)
{
	buf_init(want, OUT_MAX);
	buf_puts(want, "{\"id\":\"8-0\",\"channel\":\"news\",\"data\":\"");
	buf_puts(want, much);
	buf_puts(want, end);
	buf_putc(want, '\0');
}

TEST(a_long_message_is_compressed)
{
	struct message m = long_message();
	struct buf want;

	write_message(&PACKED, &m, "8-0");
	ck_assert_uint_lt(body.len, 200);
	ck_assert_uint_eq(suffix.len, 0);
	expect_json(&want, "\"}");
	assert_inflates(payload_of(&body, WS_FIN | WS_RSV1 | WS_TEXT),
			(struct text){NULL, 0}, want.bytes);
	buf_free(&want);
	forget_message();
}

TEST(with_several_channels_both_fragments_inflate_to_one_json)
{
	struct message m = long_message();
	struct buf want;

	write_message(&PACKED_MANY, &m, "a.8-0~b.1-0");
	expect_json(&want, "\",\"cursor\":\"a.8-0~b.1-0\"}");
	assert_inflates(payload_of(&body, WS_RSV1 | WS_TEXT),
			payload_of(&suffix, WS_FIN | WS_CONTINUATION),
			want.bytes);
	buf_free(&want);
	forget_message();
}

TEST(raw_data_is_compressed)
{
	struct message m = long_message();

	write_message(&PACKED_RAW, &m, "8-0");
	assert_inflates(payload_of(&body, WS_FIN | WS_RSV1 | WS_TEXT),
			(struct text){NULL, 0}, much);
	forget_message();
}

TEST(below_deflate_min_nothing_is_compressed)
{
	struct message m;

	memset(much, 'x', 99);
	much[99] = '\0';
	m = message_of("", much);
	write_message(&PACKED_MANY, &m, "8-0");
	payload_of(&body, WS_TEXT);
	payload_of(&suffix, WS_FIN | WS_CONTINUATION);
	suite_assert_same(suffix.bytes, suffix.len,
			  "\x80\x10,\"cursor\":\"8-0\"}", 18);
	forget_message();
	much[99] = 'x';
	much[100] = '\0';
	m = message_of("", much);
	write_message(&PACKED_MANY, &m, "8-0");
	payload_of(&body, WS_RSV1 | WS_TEXT);
	forget_message();
	ws_deflate_free();
}

/* --- the rest ------------------------------------------------------------- */

TEST(a_cursor_is_a_text)
{
	assert_cursor(&ONE, "\x81\x10{\"cursor\":\"8-0\"}");
}

TEST(a_gap_is_a_text_with_its_cursor)
{
	assert_gap(&ONE, &GAP,
		   "\x81\x46{\"gap\":{\"channel\":\"news\","
		   "\"after\":\"3-0\",\"before\":\"8-0\"},"
		   "\"cursor\":\"8-0\"}");
}

TEST(raw_has_neither_gap_nor_cursor)
{
	assert_cursor(&RAW, "");
	assert_gap(&RAW, &GAP, "");
}

TEST(a_heartbeat_is_a_ping)
{
	buf_init(&out, OUT_MAX);
	technique_websocket.stream->heartbeat(&ONE, &out);
	suite_assert_same(out.bytes, out.len, "\x89\0", 2);
	buf_free(&out);
}

TEST(it_closes_with_the_reconnection_time_and_1001)
{
	assert_close(&ONE, 1234,
		     "\x81\x0e{\"retry\":1234}"
		     "\x88\x0c\x03\xe9"
		     "Reconnect.");
}

TEST(raw_closes_with_1001_only)
{
	assert_close(&RAW, 1234,
		     "\x88\x0c\x03\xe9"
		     "Reconnect.");
}

TEST(above_hold_max_it_closes_with_1013)
{
	buf_init(&out, OUT_MAX);
	technique_websocket.stream->close(&RAW, CLOSE_LATER, 1234, &out);
	suite_assert_bytes(&out, "\x88\x29\x03\xf5"
				 "No room, or Redis is down; retry later.");
	buf_free(&out);
}

TEST(a_reply_is_a_text)
{
	const struct command_ref ref = {COMMAND_PUBLISH, 1, "7"};
	const struct reply reply = {
	    .ref = &ref, .channel = text_of("news"), .id = {8, 0}};

	buf_init(&out, OUT_MAX);
	technique_websocket.duplex->reply(&ONE, &reply, &out);
	suite_assert_bytes(&out,
			   "\x81\x34{\"ok\":\"publish\",\"channel\":\"news\","
			   "\"id\":\"8-0\",\"ref\":7}");
	buf_free(&out);
}

TEST(it_is_a_stream_and_takes_no_parameters)
{
	ck_assert_ptr_nonnull(technique_websocket.stream);
	ck_assert_uint_eq(technique_websocket.takes, FORMAT_PRESENCE);
}
