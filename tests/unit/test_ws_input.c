/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_input.c: input that follows the rules. */
#include "config.h"

#include "shared/wire/ws_input.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/wire/ws_deflate.h"
#include "tests/unit/suite.h"
#include "tests/unit/ws_want.h"

enum { IN_MAX = 1 << 22 };

/* A close frame of a code and a reason. */
static void
add_close(struct buf *in, uint16_t code, const char *reason)
{
	char payload[125];
	size_t len = strlen(reason);

	payload[0] = (char)(code >> 8);
	payload[1] = (char)(code & 0xff);
	memcpy(payload + 2, reason, len);
	add_masked(in, WS_FIN | WS_CLOSE, payload, 2 + len);
}

TEST(one_text)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	buf_put(&in, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
	assert_items(&in, "text:Hello"); /* RFC 6455, 5.7 */
}

TEST(texts_in_order)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "one");
	add_masked_text(&in, WS_FIN | WS_TEXT, "");
	add_masked_text(&in, WS_FIN | WS_TEXT, "\xc3\xa9\xf0\x9f\x98\x80");
	assert_items(&in, "text:one text: text:\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(a_text_may_contain_nuls)
{
	struct buf in;
	struct ws_text t;

	buf_init(&in, IN_MAX);
	add_masked(&in, WS_FIN | WS_TEXT, "a\0b", 3);
	ws_text_init(&t, WANT_TEXT_MAX, false);
	ws_text_feed(&t, in.bytes, in.len);
	suite_assert_same(t.text.bytes, t.text.len, "text:a\0b", 8);
	ws_text_free(&t);
	buf_free(&in);
	ws_partial_free_spare();
}

TEST(fragments_are_joined)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_TEXT, "a");
	add_masked_text(&in, WS_CONTINUATION, "b\xc3");
	add_masked_text(&in, WS_CONTINUATION, "");
	add_masked_text(&in, WS_FIN | WS_CONTINUATION, "\xa9!");
	add_masked_text(&in, WS_TEXT, "");
	add_masked_text(&in, WS_FIN | WS_CONTINUATION, "");
	add_masked_text(&in, WS_FIN | WS_TEXT, "c");
	assert_items(&in, "text:ab\xc3\xa9! text: text:c");
}

TEST(control_frames_between_fragments)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_TEXT, "a");
	add_masked_text(&in, WS_FIN | WS_PING, "p");
	add_masked_text(&in, WS_CONTINUATION, "b");
	add_masked_text(&in, WS_FIN | WS_PONG, "q");
	add_masked_text(&in, WS_FIN | WS_CONTINUATION, "c");
	assert_items(&in, "ping:p pong:q text:abc");
}

TEST(a_ping_has_its_payload)
{
	char longest[126];
	char want[5 + 126];
	struct buf in;

	memset(longest, 'p', 125);
	longest[125] = '\0';
	memcpy(want, "ping:", 5);
	memcpy(want + 5, longest, 126);
	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_PING, longest);
	assert_items(&in, want);
	add_masked_text(&in, WS_FIN | WS_PING, "");
	add_masked_text(&in, WS_FIN | WS_PING, "\xff\xfe");
	assert_items(&in, "ping: ping:\xff\xfe");
}

TEST(max_text_does_not_limit_pings)
{
	struct ws_text t;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_PING, "longer");
	add_masked_text(&in, WS_FIN | WS_TEXT, "abc");
	ws_text_init(&t, 3, false);
	ws_text_feed(&t, in.bytes, in.len);
	assert_text_is(&t, "ping:longer text:abc");
	ws_text_free(&t);
	buf_free(&in);
	ws_partial_free_spare();
}

TEST(a_pong_has_its_payload)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_PONG, "");
	add_masked_text(&in, WS_FIN | WS_PONG, "unasked");
	assert_items(&in, "pong: pong:unasked");
}

TEST(a_close_has_its_code)
{
	static const uint16_t codes[] = {1000, 1001, 1002, 1003, 1007, 1008,
					 1009, 1010, 1011, 1012, 1013, 1014,
					 3000, 3999, 4000, 4999};
	struct buf in;

	buf_init(&in, IN_MAX);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		char want[24];

		snprintf(want, sizeof(want), "close:%u:bye", codes[i]);
		add_close(&in, codes[i], "bye");
		add_masked_text(&in, WS_FIN | WS_TEXT, "not read");
		assert_items(&in, want);
	}
}

TEST(a_close_has_its_reason)
{
	char longest[124], want[11 + 124];
	struct buf in;

	memset(longest, 'r', 123);
	longest[123] = '\0';
	buf_init(&in, IN_MAX);
	add_close(&in, 1000, "x\xc3\xa9y\xe2\x82\xac");
	assert_items(&in, "close:1000:x\xc3\xa9y\xe2\x82\xac");
	snprintf(want, sizeof(want), "close:1000:%s", longest);
	add_close(&in, 1000, longest);
	assert_items(&in, want);
}

TEST(a_close_without_a_code_is_1005)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_CLOSE, "");
	assert_items(&in, "close");
}

TEST(a_close_between_fragments)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_TEXT, "a");
	add_close(&in, 1001, "");
	assert_items(&in, "close:1001");
}

TEST(after_a_close_nothing_is_read)
{
	struct ws_text t;
	struct buf in;
	size_t cut;

	buf_init(&in, IN_MAX);
	add_close(&in, 1000, "");
	cut = in.len;
	add_masked_text(&in, WS_FIN | WS_TEXT, "late");
	ws_text_init(&t, WANT_TEXT_MAX, false);
	ws_text_feed(&t, in.bytes, cut);
	t.last = WS_INPUT_MORE;
	ws_text_feed(&t, in.bytes + cut, in.len - cut);
	assert_text_is(&t, "close:1000 close:1000");
	ws_text_free(&t);
	buf_free(&in);
}

TEST(only_incomplete_input_is_kept)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "abc");
	for (size_t len = in.len - 1; len > 0; len--) {
		in.len = len;
		struct buf part;

		buf_init(&part, IN_MAX);
		buf_put(&part, in.bytes, len);
		assert_items(&part, "more");
	}
	buf_free(&in);
	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "a");
	add_masked_text(&in, WS_TEXT, "b");
	assert_items(&in, "text:a more");
}

TEST(compressed_texts)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_deflated(&in, "Hello, Hello, Hello");
	add_masked_text(&in, WS_FIN | WS_TEXT, "plain");
	add_deflated(&in, "");
	assert_items_deflate(&in, "text:Hello, Hello, Hello text:plain text:");
	ws_deflate_free();
}

TEST(a_compressed_text_in_fragments)
{
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked(&in, WS_RSV1 | WS_TEXT, "\xf2\x48\xcd", 3);
	add_masked_text(&in, WS_FIN | WS_PING, "p");
	add_masked(&in, WS_FIN | WS_CONTINUATION, "\xc9\xc9\x07\x00", 4);
	add_masked_text(&in, WS_TEXT, "pla");
	add_masked_text(&in, WS_FIN | WS_CONTINUATION, "in");
	assert_items_deflate(&in, "ping:p text:Hello text:plain");
	ws_deflate_free();
}

/* One text of `len` bytes, in frames of `size`. */
static void
assert_text(size_t len, size_t size, bool deflate)
{
	struct ws_text t;
	struct buf in, deflated;
	char *text = malloc(len + 1);
	const char *payload = text;
	size_t payload_len = len;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + i % 23);
	text[len] = '\0';
	buf_init(&deflated, IN_MAX);
	if (deflate) {
		ws_deflate(&deflated, text, len, false);
		payload = deflated.bytes;
		payload_len = deflated.len;
	}
	buf_init(&in, IN_MAX);
	for (size_t at = 0, n; at < payload_len; at += n) {
		n = payload_len - at < size ? payload_len - at : size;
		add_masked(&in,
			   (at == 0 ? WS_TEXT : WS_CONTINUATION) |
			       (at == 0 && deflate ? WS_RSV1 : 0) |
			       (at + n == payload_len ? WS_FIN : 0),
			   payload + at, n);
	}
	ws_text_init(&t, len, deflate);
	for (size_t at = 0; at < in.len; at += 5000)
		ws_text_feed(&t, in.bytes + at,
			     in.len - at < 5000 ? in.len - at : 5000);
	ck_assert_ptr_null(t.input.partial);
	ck_assert(!ws_text_is_over(&t));
	suite_assert_same(t.text.bytes + 5, t.text.len - 5, text, len);
	ws_text_free(&t);
	buf_free(&in);
	buf_free(&deflated);
	free(text);
}

TEST(a_text_as_long_as_the_limit)
{
	static const size_t lengths[] = {125,	126,   4096,   65535,
					 65536, 65537, 1 << 20};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		assert_text(lengths[i], lengths[i], false);
		assert_text(lengths[i], 1000, false);
		assert_text(lengths[i], lengths[i], true);
		assert_text(lengths[i], 100, true);
	}
	ws_partial_free_spare();
	ws_deflate_free();
}

TEST(many_frames_in_one_read)
{
	struct ws_text t;
	struct buf in;

	buf_init(&in, IN_MAX);
	for (int i = 0; i < 10000; i++)
		add_masked_text(&in, WS_FIN | WS_PING, "flood");
	ws_text_init(&t, WANT_TEXT_MAX, false);
	ws_text_feed(&t, in.bytes, in.len);
	ck_assert_uint_eq(t.text.len, 10000 * strlen("ping:flood ") - 1);
	ck_assert_uint_eq(t.input.frames_left, UINT_MAX - 10000);
	ck_assert_ptr_null(t.input.partial);
	ws_text_free(&t);
	buf_free(&in);
	ws_partial_free_spare();
}
