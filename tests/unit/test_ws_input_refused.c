/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_input.c: each rule broken. */
#include "config.h"

#include "shared/wire/ws_input.h"

#include <stdio.h>
#include <string.h>

#include "shared/wire/ws_deflate.h"
#include "tests/unit/suite.h"
#include "tests/unit/ws_want.h"

enum { IN_MAX = 1 << 22, RSV2 = 0x20, RSV3 = 0x10 };

/* Between a text and one that is not read. */
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
	snprintf(all, sizeof(all), "text:ok %s", want);
	assert_items(&around, all);
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

/* Two frames; the second is wrong. */
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

TEST(unmasked_frames)
{
	assert_bytes_refused("\x81\x02hi", 4, "bad:1002");
	assert_bytes_refused("\x89\x00", 2, "bad:1002");
	assert_bytes_refused("\x88\x02\x03\xe8", 4, "bad:1002");
}

TEST(reserved_bits)
{
	static const unsigned int bits[] = {
	    WS_RSV1, RSV2, RSV3, 0x70, RSV2 | RSV3, WS_RSV1 | RSV2};
	static const unsigned int opcodes[] = {WS_TEXT, WS_BINARY, WS_CLOSE,
					       WS_PING, WS_PONG};

	for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++)
		for (size_t j = 0; j < sizeof(opcodes) / sizeof(*opcodes); j++)
			assert_frame_refused(WS_FIN | bits[i] | opcodes[j], "",
					     "bad:1002");
	assert_frame_refused(WS_FIN | WS_RSV1 | WS_TEXT, "x", "bad:1002");
	assert_pair_refused(WS_TEXT, "a", WS_FIN | RSV2 | WS_CONTINUATION, "b",
			    "bad:1002");
}

/* From a client that may compress. */
static void
assert_deflated_refused(unsigned int first, const void *payload, size_t len,
			const char *want)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked(&in, first, payload, len);
	add_masked_text(&in, WS_FIN | WS_TEXT, "not read");
	assert_items_deflate(&in, want);
}

TEST(reserved_bits_other_than_compressed_text)
{
	struct buf in;

	assert_deflated_refused(WS_FIN | RSV2 | WS_TEXT, "a", 1, "bad:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | RSV3 | WS_TEXT, "a", 1,
				"bad:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_PING, "a", 1, "bad:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_PONG, "a", 1, "bad:1002");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_CLOSE, "\x03\xe8", 2,
				"bad:1002");
	buf_init(&in, IN_MAX);
	add_masked(&in, WS_RSV1 | WS_TEXT, "\xf2\x48\xcd", 3);
	add_masked(&in, WS_FIN | WS_RSV1 | WS_CONTINUATION, "\xc9\xc9\x07\x00",
		   4);
	assert_items_deflate(&in, "bad:1002");
}

TEST(unknown_opcodes)
{
	static const unsigned int opcodes[] = {3,  4,  5,  6,  7,
					       11, 12, 13, 14, 15};

	for (size_t i = 0; i < sizeof(opcodes) / sizeof(*opcodes); i++) {
		assert_frame_refused(WS_FIN | opcodes[i], "", "bad:1002");
		assert_frame_refused(WS_FIN | opcodes[i], "x", "bad:1002");
		assert_frame_refused(opcodes[i], "x", "bad:1002");
		assert_pair_refused(WS_TEXT, "a", WS_FIN | opcodes[i], "x",
				    "bad:1002");
	}
}

TEST(a_control_frame_above_125_bytes)
{
	static const unsigned int opcodes[] = {WS_CLOSE, WS_PING, WS_PONG};
	char payload[127];

	memset(payload, 3, 126);
	payload[126] = '\0';
	for (size_t i = 0; i < sizeof(opcodes) / sizeof(*opcodes); i++)
		assert_frame_refused(WS_FIN | opcodes[i], payload, "bad:1002");
	assert_bytes_refused("\x89\xff\0\0\0\0\0\1\0\0\0\0\0\0", 14,
			     "bad:1002");
}

TEST(a_control_frame_in_fragments)
{
	assert_frame_refused(WS_PING, "", "bad:1002");
	assert_frame_refused(WS_PONG, "a", "bad:1002");
	assert_frame_refused(WS_CLOSE, "", "bad:1002");
	assert_pair_refused(WS_PING, "a", WS_FIN | WS_CONTINUATION, "b",
			    "bad:1002");
}

TEST(a_continuation_without_a_message)
{
	assert_frame_refused(WS_FIN | WS_CONTINUATION, "", "bad:1002");
	assert_frame_refused(WS_FIN | WS_CONTINUATION, "a", "bad:1002");
	assert_frame_refused(WS_CONTINUATION, "a", "bad:1002");
	assert_pair_refused(WS_FIN | WS_PONG, "", WS_CONTINUATION, "a",
			    "pong: bad:1002");
}

TEST(a_message_inside_a_fragmented_message)
{
	assert_pair_refused(WS_TEXT, "a", WS_FIN | WS_TEXT, "b", "bad:1002");
	assert_pair_refused(WS_TEXT, "a", WS_TEXT, "", "bad:1002");
	assert_pair_refused(WS_TEXT, "", WS_FIN | WS_BINARY, "b", "bad:1002");
}

TEST(a_length_not_minimally_encoded)
{
	assert_bytes_refused("\x81\xfe\0\x05\0\0\0\0hello", 13, "bad:1002");
	assert_bytes_refused("\x81\xfe\0\x7d\0\0\0\0hello", 13, "bad:1002");
	assert_bytes_refused("\x81\xff\0\0\0\0\0\0\0\x05\0\0\0\0hello", 19,
			     "bad:1002");
	assert_bytes_refused("\x81\xff\0\0\0\0\0\0\xff\xff\0\0\0\0hello", 19,
			     "bad:1002");
}

TEST(a_length_above_63_bits)
{
	assert_bytes_refused("\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0x", 15,
			     "bad:1002");
	assert_bytes_refused("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"
			     "\0\0\0\0x",
			     15, "bad:1002");
}

TEST(a_message_above_the_limit)
{
	char payload[WANT_TEXT_MAX + 2];

	memset(payload, 'a', sizeof(payload));
	payload[WANT_TEXT_MAX + 1] = '\0';
	assert_frame_refused(WS_FIN | WS_TEXT, payload, "bad:1009");
	payload[600] = '\0';
	assert_pair_refused(WS_TEXT, payload, WS_FIN | WS_CONTINUATION, payload,
			    "bad:1009");
	payload[600] = 'a';
	payload[WANT_TEXT_MAX] = '\0';
	assert_pair_refused(WS_TEXT, payload, WS_CONTINUATION, "b", "bad:1009");
}

TEST(a_length_far_above_the_limit)
{
	assert_bytes_refused("\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0x", 15,
			     "bad:1009");
	assert_bytes_refused("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
			     "\0\0\0\0x",
			     15, "bad:1009");
	assert_bytes_refused("\x01\x81\0\0\0\0a"
			     "\x80\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
			     "\0\0\0\0x",
			     22, "bad:1009");
}

TEST(endless_fragments)
{
	struct ws_text t;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_TEXT, "a");
	for (int i = 0; i < WANT_TEXT_MAX; i++)
		add_masked_text(&in, WS_CONTINUATION, "a");
	ws_text_init(&t, WANT_TEXT_MAX, false);
	ws_text_feed(&t, in.bytes, in.len);
	assert_text_is(&t, "bad:1009");
	ws_text_free(&t);
	buf_free(&in);
}

TEST(too_many_frames)
{
	struct ws_text t;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "a");
	add_masked_text(&in, WS_TEXT, "");
	for (int i = 0; i < 100; i++)
		add_masked_text(&in, WS_CONTINUATION, "");
	ws_text_init(&t, WANT_TEXT_MAX, false);
	t.input.frames_left = 100;
	ws_text_feed(&t, in.bytes, in.len);
	assert_text_is(&t, "text:a bad:1008");
	ck_assert_uint_eq(t.input.frames_left, 0);
	ws_text_free(&t);
	buf_free(&in);
}

/* The text `text`, compressed to `deflated`, with few bytes left. */
static void
deflate_text(struct buf *in, struct buf *deflated, const char *text)
{
	buf_init(in, IN_MAX);
	buf_init(deflated, IN_MAX);
	ws_deflate(deflated, text, strlen(text), false);
	add_masked(in, WS_FIN | WS_RSV1 | WS_TEXT, deflated->bytes,
		   deflated->len);
}

TEST(too_many_bytes_count_as_they_arrive)
{
	struct ws_text t;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "abcd");
	add_masked_text(&in, WS_FIN | WS_PING, "not counted");
	add_masked_text(&in, WS_TEXT, "abc");
	add_masked_text(&in, WS_CONTINUATION, "defg"); /* not its end */
	ws_text_init(&t, WANT_TEXT_MAX, false);
	t.input.bytes_left = 4 + 3 + 3;
	ws_text_feed(&t, in.bytes, in.len);
	assert_text_is(&t, "text:abcd ping:not counted bad:1008");
	ck_assert_str_eq(t.end.reason, "too many bytes in a second");
	ck_assert_uint_eq(t.input.bytes_left, 0);
	ws_text_free(&t);
	buf_free(&in);
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

TEST(a_compressed_text_counts_as_long_as_it_becomes)
{
	struct ws_text t;
	struct buf in, deflated;

	deflate_text(&in, &deflated, A50);
	ck_assert_uint_lt(deflated.len, 50);
	ws_text_init(&t, WANT_TEXT_MAX, true);
	t.input.bytes_left = 50;
	ws_text_feed(&t, in.bytes, in.len);
	assert_text_is(&t, "text:" A50);
	ck_assert_uint_eq(t.input.bytes_left, 0);
	ws_text_free(&t);
	buf_free(&in);
	buf_free(&deflated);
}

TEST(inflating_stops_at_the_bytes_that_are_left)
{
	struct ws_text t;
	struct buf in, deflated;

	deflate_text(&in, &deflated, A50);
	ws_text_init(&t, WANT_TEXT_MAX, true);
	t.input.bytes_left = 49;
	ws_text_feed(&t, in.bytes, in.len);
	assert_text_is(&t, "bad:1008");
	ck_assert_str_eq(t.end.reason, "too many bytes in a second");
	ws_text_free(&t);
	buf_free(&in);
	buf_free(&deflated);
}

TEST(compressed_bytes_count_before_they_are_inflated)
{
	struct ws_text t;
	struct buf in, deflated;

	deflate_text(&in, &deflated, A50);
	ws_text_init(&t, WANT_TEXT_MAX, true);
	t.input.bytes_left = deflated.len - 1;
	ws_text_feed(&t, in.bytes, in.len);
	assert_text_is(&t, "bad:1008");
	ws_text_free(&t);
	buf_free(&in);
	buf_free(&deflated);
}

TEST(binary_messages)
{
	assert_frame_refused(WS_FIN | WS_BINARY, "", "bad:1003");
	assert_frame_refused(WS_FIN | WS_BINARY, "x", "bad:1003");
	assert_frame_refused(WS_BINARY, "x", "bad:1003");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_BINARY, "x", 1,
				"bad:1003");
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
	    "\xce\xba\xed\xa0\200edited"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_frame_refused(WS_FIN | WS_TEXT, texts[i], "bad:1007");
}

TEST(a_text_in_fragments_that_is_not_utf8)
{
	assert_pair_refused(WS_TEXT, "a\xc3", WS_FIN | WS_CONTINUATION, "(",
			    "bad:1007");
	assert_pair_refused(WS_TEXT, "a\xc3", WS_FIN | WS_CONTINUATION, "",
			    "bad:1007");
	assert_pair_refused(WS_TEXT, "\xf4", WS_FIN | WS_CONTINUATION,
			    "\x90\x80\x80", "bad:1007");
}

TEST(a_compressed_text_that_is_not_utf8)
{
	struct buf deflated;

	buf_init(&deflated, IN_MAX);
	ws_deflate(&deflated, "a\xff", 2, false);
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, deflated.bytes,
				deflated.len, "bad:1007");
	buf_free(&deflated);
}

TEST(a_text_that_cannot_be_inflated)
{
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, "\x06", 1,
				"bad:1007");
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, "\xf2\x48\xcd\xc9",
				4, "bad:1007");
}

TEST(a_text_that_is_too_long_when_inflated)
{
	char text[WANT_TEXT_MAX + 1];
	struct buf deflated;

	memset(text, 'a', sizeof(text));
	buf_init(&deflated, IN_MAX);
	ws_deflate(&deflated, text, sizeof(text), false);
	ck_assert_uint_lt(deflated.len, WANT_TEXT_MAX);
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, deflated.bytes,
				deflated.len, "bad:1009");
	buf_clear(&deflated);
	for (int i = 0; i < 100; i++)
		ws_deflate(&deflated, text, sizeof(text), true);
	deflated.len = WANT_TEXT_MAX;
	assert_deflated_refused(WS_FIN | WS_RSV1 | WS_TEXT, deflated.bytes,
				deflated.len, "bad:1009");
	buf_free(&deflated);
}

TEST(a_close_of_one_byte)
{
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03", "bad:1002");
}

TEST(invalid_close_codes)
{
	static const uint16_t codes[] = {0,    1,    999,  1004, 1005,
					 1006, 1015, 1016, 1100, 2000,
					 2999, 5000, 65535};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		uint8_t payload[5] = {codes[i] >> 8, codes[i] & 0xff, 'w'};
		struct buf in;

		buf_init(&in, IN_MAX);
		add_masked(&in, WS_FIN | WS_CLOSE, payload, 2);
		assert_refused(&in, "bad:1002");
		add_masked(&in, WS_FIN | WS_CLOSE, payload, 3);
		assert_refused(&in, "bad:1002");
	}
}

TEST(a_close_reason_that_is_not_utf8)
{
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03\xe8\xff", "bad:1007");
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03\xe8why\xc3", "bad:1007");
	assert_frame_refused(WS_FIN | WS_CLOSE, "\x03\xe8x\xc3(y", "bad:1007");
}
