/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_input.c, each rule broken; one fact per test; the name is the
 * fact.
 */
#include "config.h"

#include "shared/wire/ws_input.h"

#include <stdio.h>
#include <string.h>

#include "shared/wire/ws_deflate.h"
#include "tests/unit/suite.h"
#include "tests/unit/ws_want.h"

enum { IN_MAX = 1 << 22, RSV2 = 0x20, RSV3 = 0x10 };

/* After a text, and before one that is not read. */
static void
assert_refused(struct buf *in, const char *want)
{
	char all[60];
	struct buf around;

	ck_assert(buf_ok(in));
	buf_init(&around, IN_MAX);
	add_masked_text(&around, WS_FIN | WS_TEXT, "ok");
	buf_put(&around, in->bytes, in->len);
	add_masked_text(&around, WS_FIN | WS_TEXT, "not read");
	snprintf(all, sizeof all, "text:ok %s", want);
	assert_said(&around, all);
	buf_free(in);
}

static void
assert_bytes_refused(const void *bytes, size_t len, const char *want)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	buf_put(&in, bytes, len);
	assert_refused(&in, want);
}

static void
assert_frame_refused(unsigned int first, const char *payload, const char *want)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, first, payload);
	assert_refused(&in, want);
}

/* Two frames, the second of which is wrong. */
static void
assert_pair_refused(unsigned int first, const char *payload,
		    unsigned int second, const char *then, const char *want)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, first, payload);
	add_masked_text(&in, second, then);
	assert_refused(&in, want);
}

TEST(a_frame_that_is_not_masked)
{
	assert_bytes_refused("\x81\x02hi", 4, "close:1002");
	assert_bytes_refused("\x89\x00", 2, "close:1002");
	assert_bytes_refused("\x88\x02\x03\xe8", 4, "close:1002");
}

TEST(reserved_bits)
{
	static const unsigned int bits[] = {
	    WS_RSV1, RSV2, RSV3, 0x70, RSV2 | RSV3, WS_RSV1 | RSV2};
	static const unsigned int opcodes[] = {WS_TEXT, WS_BINARY, WS_CLOSE,
					       WS_PING, WS_PONG};

	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		for (size_t j = 0; j < sizeof opcodes / sizeof *opcodes; j++)
			assert_frame_refused(WS_FIN | bits[i] | opcodes[j], "",
					     "close:1002");
	assert_frame_refused(WS_FIN | WS_RSV1 | WS_TEXT, "x", "close:1002");
	assert_pair_refused(WS_TEXT, "a", WS_FIN | RSV2 | WS_CONTINUATION, "b",
			    "close:1002");
}

/* Of a client that may compress. */
static void
assert_deflated_refused(unsigned int first, const void *payload, size_t len,
			const char *want)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked(&in, first, payload, len);
	add_masked_text(&in, WS_FIN | WS_TEXT, "not read");
	assert_said_deflated(&in, want);
}

TEST(reserved_bits_that_do_not_mean_compressed)
{
	struct buf in;

	assert_deflated_refused(WS_FIN | RSV2 | WS_TEXT, "a", 1, "close:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | RSV3 | WS_TEXT, "a", 1,
				"close:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_PING, "a", 1,
				"close:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_PONG, "a", 1,
				"close:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_CLOSE, "\x03\xe8", 2,
				"close:1002");
	buf_init(&in, IN_MAX);
	add_masked(&in, WS_RSV1 | WS_TEXT, "\xf2\x48\xcd", 3);
	add_masked(&in, WS_FIN | WS_RSV1 | WS_CONTINUATION, "\xc9\xc9\x07\x00",
		   4);
	assert_said_deflated(&in, "close:1002");
}

TEST(unknown_opcodes)
{
	static const unsigned int opcodes[] = {3,  4,  5,  6,  7,
					       11, 12, 13, 14, 15};

	for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++) {
		assert_frame_refused(WS_FIN | opcodes[i], "", "close:1002");
		assert_frame_refused(WS_FIN | opcodes[i], "x", "close:1002");
		assert_frame_refused(opcodes[i], "x", "close:1002");
		assert_pair_refused(WS_TEXT, "a", WS_FIN | opcodes[i], "x",
				    "close:1002");
	}
}

TEST(a_control_frame_that_is_too_long)
{
	static const unsigned int opcodes[] = {WS_CLOSE, WS_PING, WS_PONG};
	char payload[127];

	memset(payload, 3, 126);
	payload[126] = '\0';
	for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++)
		assert_frame_refused(WS_FIN | opcodes[i], payload,
				     "close:1002");
	assert_bytes_refused("\x89\xff\0\0\0\0\0\1\0\0\0\0\0\0", 14,
			     "close:1002");
}

TEST(a_control_frame_in_fragments)
{
	assert_frame_refused(WS_PING, "", "close:1002");
	assert_frame_refused(WS_PONG, "a", "close:1002");
	assert_frame_refused(WS_CLOSE, "", "close:1002");
	assert_pair_refused(WS_PING, "a", WS_FIN | WS_CONTINUATION, "b",
			    "close:1002");
}

TEST(a_continuation_of_nothing)
{
	assert_frame_refused(WS_FIN | WS_CONTINUATION, "", "close:1002");
	assert_frame_refused(WS_FIN | WS_CONTINUATION, "a", "close:1002");
	assert_frame_refused(WS_CONTINUATION, "a", "close:1002");
	assert_pair_refused(WS_FIN | WS_PONG, "", WS_CONTINUATION, "a",
			    "close:1002");
}

TEST(a_message_inside_another)
{
	assert_pair_refused(WS_TEXT, "a", WS_FIN | WS_TEXT, "b", "close:1002");
	assert_pair_refused(WS_TEXT, "a", WS_TEXT, "", "close:1002");
	assert_pair_refused(WS_TEXT, "", WS_FIN | WS_BINARY, "b", "close:1002");
}

TEST(a_length_longer_than_need_be)
{
	assert_bytes_refused("\x81\xfe\0\x05\0\0\0\0hello", 13, "close:1002");
	assert_bytes_refused("\x81\xfe\0\x7d\0\0\0\0hello", 13, "close:1002");
	assert_bytes_refused("\x81\xff\0\0\0\0\0\0\0\x05\0\0\0\0hello", 19,
			     "close:1002");
	assert_bytes_refused("\x81\xff\0\0\0\0\0\0\xff\xff\0\0\0\0hello", 19,
			     "close:1002");
}

TEST(a_length_above_63_bits)
{
	assert_bytes_refused("\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0x", 15,
			     "close:1002");
	assert_bytes_refused("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"
			     "\0\0\0\0x",
			     15, "close:1002");
}

TEST(a_message_above_the_limit)
{
	char payload[SAID_MAX + 2];

	memset(payload, 'a', sizeof payload);
	payload[SAID_MAX + 1] = '\0';
	assert_frame_refused(WS_FIN | WS_TEXT, payload, "close:1009");
	payload[600] = '\0';
	assert_pair_refused(WS_TEXT, payload, WS_FIN | WS_CONTINUATION, payload,
			    "close:1009");
	payload[600] = 'a';
	payload[SAID_MAX] = '\0';
	assert_pair_refused(WS_TEXT, payload, WS_CONTINUATION, "b",
			    "close:1009");
}

TEST(a_length_that_lies)
{
	assert_bytes_refused("\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0x", 15,
			     "close:1009");
	assert_bytes_refused("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
			     "\0\0\0\0x",
			     15, "close:1009");
	assert_bytes_refused("\x01\x81\0\0\0\0a"
			     "\x80\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
			     "\0\0\0\0x",
			     22, "close:1009");
}

TEST(fragments_without_end)
{
	struct ws_said s;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_TEXT, "a");
	for (int i = 0; i < SAID_MAX; i++)
		add_masked_text(&in, WS_CONTINUATION, "a");
	ws_said_init(&s, SAID_MAX, false);
	ws_said_feed(&s, in.bytes, in.len);
	assert_says(&s, "close:1009");
	ws_said_free(&s);
	buf_free(&in);
}

TEST(too_many_frames)
{
	struct ws_said s;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "a");
	add_masked_text(&in, WS_TEXT, "");
	for (int i = 0; i < 100; i++)
		add_masked_text(&in, WS_CONTINUATION, "");
	ws_said_init(&s, SAID_MAX, false);
	s.frames_max = 100;
	ws_said_feed(&s, in.bytes, in.len);
	assert_says(&s, "text:a close:1008");
	ck_assert_uint_eq(s.frames, 101);
	ws_said_free(&s);
	buf_free(&in);
}

TEST(texts_where_none_are_wanted)
{
	struct ws_said s;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_PING, "p");
	add_masked_text(&in, WS_FIN | WS_TEXT, "a");
	add_masked_text(&in, WS_FIN | WS_TEXT, "not read");
	ws_said_init(&s, SAID_MAX, false);
	s.unwanted = true;
	ws_said_feed(&s, in.bytes, in.len);
	assert_says(&s, "text:a pong:p close:1008");
	ws_said_free(&s);
	buf_free(&in);
}

TEST(binary_messages)
{
	assert_frame_refused(WS_FIN | WS_BINARY, "", "close:1003");
	assert_frame_refused(WS_FIN | WS_BINARY, "x", "close:1003");
	assert_frame_refused(WS_BINARY, "x", "close:1003");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_BINARY, "x", 1,
				"close:1003");
}

TEST(a_text_that_is_not_utf8)
{
	static const char *const texts[] = {
	    "\xff",		/* no such byte */
	    "a\x80",		/* nothing to continue */
	    "\xc3",		/* cut */
	    "\xe2\x82",		/* cut */
	    "\xc0\xaf",		/* overlong */
	    "\xed\xa0\x80",	/* a surrogate */
	    "\xf4\x90\x80\x80", /* above U+10FFFF */
	    "\xce\xba\xed\xa0\x80"
	    "edited"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_frame_refused(WS_FIN | WS_TEXT, texts[i], "close:1007");
}

TEST(a_text_in_fragments_that_is_not_utf8)
{
	assert_pair_refused(WS_TEXT, "a\xc3", WS_FIN | WS_CONTINUATION, "(",
			    "close:1007");
	assert_pair_refused(WS_TEXT, "a\xc3", WS_FIN | WS_CONTINUATION, "",
			    "close:1007");
	assert_pair_refused(WS_TEXT, "\xf4", WS_FIN | WS_CONTINUATION,
			    "\x90\x80\x80", "close:1007");
}

TEST(a_compressed_text_that_is_not_utf8)
{
	struct buf deflated;

	buf_init(&deflated, IN_MAX);
	ws_deflate(&deflated, "a\xff", 2, false);
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, deflated.bytes,
				deflated.len, "close:1007");
	buf_free(&deflated);
}

TEST(a_text_that_cannot_be_inflated)
{
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, "\x06", 1,
				"close:1007");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, "\xf2\x48\xcd\xc9",
				4, "close:1007");
}

TEST(a_text_that_is_too_long_when_inflated)
{
	char text[SAID_MAX + 1];
	struct buf deflated;

	memset(text, 'a', sizeof text);
	buf_init(&deflated, IN_MAX);
	ws_deflate(&deflated, text, sizeof text, false);
	ck_assert_uint_lt(deflated.len, SAID_MAX);
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, deflated.bytes,
				deflated.len, "close:1009");
	buf_clear(&deflated);
	for (int i = 0; i < 100; i++)
		ws_deflate(&deflated, text, sizeof text, true);
	deflated.len = SAID_MAX;
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, deflated.bytes,
				deflated.len, "close:1009");
	buf_free(&deflated);
}

TEST(half_a_close_code)
{
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03", "close:1002");
}

TEST(close_codes_there_are_not)
{
	static const uint16_t codes[] = {0,    1,    999,  1004, 1005,
					 1006, 1015, 1016, 1100, 2000,
					 2999, 5000, 65535};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		uint8_t payload[5] = {codes[i] >> 8, codes[i] & 0xff, 'w'};
		struct buf in;

		buf_init(&in, IN_MAX);
		add_masked(&in, WS_FIN | WS_CLOSE, payload, 2);
		assert_refused(&in, "close:1002");
		add_masked(&in, WS_FIN | WS_CLOSE, payload, 3);
		assert_refused(&in, "close:1002");
	}
}

TEST(a_reason_that_is_not_utf8)
{
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03\xe8\xff", "close:1007");
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03\xe8why\xc3",
			     "close:1007");
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03\xe8x\xc3(y",
			     "close:1007");
}
