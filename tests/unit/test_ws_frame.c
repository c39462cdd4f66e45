/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_frame.c */
#include "config.h"

#include "shared/wire/ws_frame.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

enum { OUT_MAX = 1 << 20 };

/* The head of a text frame with `len` bytes of payload is `want`. */
static void
assert_head(size_t len, const char *want, size_t want_len)
{
	char *payload = malloc(len + 1);
	struct buf out;

	ck_assert_ptr_nonnull(payload);
	memset(payload, 'p', len);
	buf_init(&out, OUT_MAX);
	ws_put_frame(&out, WS_FIN | WS_TEXT, payload, len);
	ck_assert(buf_ok(&out));
	ck_assert_uint_eq(out.len, want_len + len);
	suite_assert_same(out.bytes, want_len, want, want_len);
	suite_assert_same(out.bytes + want_len, len, payload, len);
	buf_free(&out);
	free(payload);
}

static void
assert_close(uint16_t code, const char *reason, const char *want,
	     size_t want_len)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	ws_put_close(&out, code, reason);
	ck_assert(buf_ok(&out));
	suite_assert_same(out.bytes, out.len, want, want_len);
	buf_free(&out);
}

TEST(a_short_frame)
{
	struct buf out;

	buf_init(&out, 100);
	ws_put_frame(&out, WS_FIN | WS_TEXT, "Hello", 5);
	suite_assert_bytes(&out, "\x81\x05Hello"); /* RFC 6455, 5.7 */
	buf_free(&out);
}

TEST(fragments)
{
	struct buf out;

	buf_init(&out, 100);
	ws_put_frame(&out, WS_TEXT, "Hel", 3);
	ws_put_frame(&out, WS_FIN | WS_CONTINUATION, "lo", 2);
	suite_assert_bytes(&out, "\x01\x03Hel\x80\x02lo"); /* RFC 6455, 5.7 */
	buf_free(&out);
}

TEST(a_compressed_message_has_rsv1)
{
	struct buf out;

	buf_init(&out, 100);
	ws_put_frame(&out, WS_FIN | WS_RSV1 | WS_TEXT, "x", 1);
	suite_assert_bytes(&out, "\xc1\x01x");
	buf_free(&out);
}

TEST(an_empty_ping)
{
	struct buf out;

	buf_init(&out, 100);
	ws_put_frame(&out, WS_FIN | WS_PING, NULL, 0);
	suite_assert_same(out.bytes, out.len, "\x89\x00", 2);
	buf_free(&out);
}

TEST(lengths_are_minimally_encoded)
{
	assert_head(0, "\x81\x00", 2);
	assert_head(125, "\x81\x7d", 2);
	assert_head(126, "\x81\x7e\x00\x7e", 4);
	assert_head(256, "\x81\x7e\x01\x00", 4);
	assert_head(65535, "\x81\x7e\xff\xff", 4);
	assert_head(65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
	assert_head(0x89abc, "\x81\x7f\x00\x00\x00\x00\x00\x08\x9a\xbc", 10);
}

TEST(a_close_has_code_and_reason)
{
	assert_close(WS_CLOSE_PROTOCOL, "why", "\x88\x05\x03\xeawhy", 7);
	assert_close(WS_CLOSE_NORMAL, "", "\x88\x02\x03\xe8", 4);
	assert_close(4999, "", "\x88\x02\x13\x87", 4);
}

TEST(a_close_without_a_code_is_empty)
{
	assert_close(WS_CLOSE_NONE, "why", "\x88\x00", 2);
}

/* A close whose reason is `len` bytes and then `suffix` says `want` bytes. */
static void
assert_reason_cut(size_t len, const char *suffix, size_t want)
{
	char reason[300];
	struct buf out;

	memset(reason, 'r', len);
	strcpy(reason + len, suffix);
	buf_init(&out, OUT_MAX);
	ws_put_close(&out, WS_CLOSE_ERROR, reason);
	ck_assert_uint_eq((unsigned char)out.bytes[1], 2 + want);
	suite_assert_same(out.bytes + 4, out.len - 4, reason, want);
	buf_free(&out);
}

TEST(a_long_reason_is_truncated_between_characters)
{
	assert_reason_cut(122, "x", 123);
	assert_reason_cut(123, "x", 123);
	assert_reason_cut(200, "x", 123);
	assert_reason_cut(121, "\xc3\xa9", 123);
	assert_reason_cut(122, "\xc3\xa9", 122);
	assert_reason_cut(123, "\xc3\xa9", 123);
	assert_reason_cut(120, "\xe2\x82\xac", 123);
	assert_reason_cut(121, "\xe2\x82\xac", 121);
	assert_reason_cut(119, "\xf0\x9f\x98\x80", 123);
	assert_reason_cut(120, "\xf0\x9f\x98\x80", 120);
	assert_reason_cut(122, "\xf0\x9f\x98\x80", 122);
}

TEST(output_above_the_limit_turns_the_buffer_bad)
{
	struct buf out;

	buf_init(&out, 6);
	ws_put_frame(&out, WS_FIN | WS_TEXT, "Hello", 5);
	ck_assert(!buf_ok(&out));
	buf_free(&out);
}
