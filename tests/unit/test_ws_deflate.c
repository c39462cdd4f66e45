/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_deflate.c */
#include "config.h"

#include "shared/wire/ws_deflate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

enum { OUT_MAX = 1 << 22 };

/* `len` bytes that compress a little: `kinds` different ones. */
static char *
some(size_t len, unsigned int kinds)
{
	char *bytes = malloc(len + 1);
	uint32_t seed = (uint32_t)len;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (char)('a' + (seed >> 16) % kinds);
	}
	return bytes;
}

static void
assert_inflates(const struct buf *deflated, const char *want, size_t len)
{
	struct buf out;

	ck_assert(buf_ok(deflated));
	buf_init(&out, len);
	ck_assert_int_eq(ws_inflate(&out, deflated->bytes, deflated->len),
			 WS_INFLATED);
	suite_assert_same(out.bytes, out.len, want, len);
	buf_free(&out);
}

static void
assert_inflated(const char *deflated, size_t len, const char *want)
{
	const struct buf b = {.bytes = (char *)(uintptr_t)deflated, .len = len};

	assert_inflates(&b, want, strlen(want));
}

static void
assert_refused(const char *deflated, size_t len)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	ck_assert_int_eq(ws_inflate(&out, deflated, len), WS_INFLATED_BAD);
	buf_free(&out);
}

/* Whole, and split at `at` into a compressed start and a stored end. */
static void
assert_round_trip(const char *text, size_t len, size_t at)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	ws_deflate(&out, text, len, false);
	assert_inflates(&out, text, len);
	buf_clear(&out);
	ws_deflate(&out, text, at, true);
	ck_assert(out.len >= 4);
	suite_assert_same(out.bytes + out.len - 4, 4, "\0\0\xff\xff", 4);
	ws_deflate_end(&out, text + at, len - at);
	ck_assert_int_eq(out.bytes[out.len - 1], 0);
	assert_inflates(&out, text, len);
	buf_free(&out);
}

TEST(the_sample_of_rfc_7692)
{
	struct buf out;

	buf_init(&out, 100);
	ws_deflate(&out, "Hello", 5, false);
	suite_assert_same(out.bytes, out.len, "\xf2\x48\xcd\xc9\xc9\x07\x00",
			  7); /* RFC 7692, 7.2.3.1 */
	buf_free(&out);
	ws_deflate_free();
}

TEST(an_empty_message_is_one_zero_byte)
{
	struct buf out;

	buf_init(&out, 100);
	ws_deflate(&out, "", 0, false); /* RFC 7692, 7.2.3.6 */
	suite_assert_same(out.bytes, out.len, "\0", 1);
	buf_clear(&out);
	ws_deflate(&out, NULL, 0, false);
	suite_assert_same(out.bytes, out.len, "\0", 1);
	assert_inflates(&out, "", 0);
	buf_free(&out);
	ws_deflate_free();
}

TEST(messages_are_compressed_independently)
{
	struct buf one, two;

	buf_init(&one, 1000);
	buf_init(&two, 1000);
	ws_deflate(&one, "the same, the same", 18, false);
	ws_deflate(&two, "quite another", 13, true);
	buf_clear(&two);
	ws_deflate(&two, "the same, the same", 18, false);
	suite_assert_same(two.bytes, two.len, one.bytes, one.len);
	buf_free(&one);
	buf_free(&two);
	ws_deflate_free();
}

TEST(output_is_smaller_than_input)
{
	struct buf out;
	char *text = some(65536, 4);

	buf_init(&out, OUT_MAX);
	ws_deflate(&out, text, 65536, false);
	ck_assert(buf_ok(&out));
	ck_assert_uint_lt(out.len, 65536 / 3);
	buf_free(&out);
	free(text);
	ws_deflate_free();
}

TEST(output_is_appended)
{
	struct buf out;

	buf_init(&out, 100);
	buf_puts(&out, "before");
	ws_deflate(&out, "Hello", 5, false);
	ck_assert_uint_eq(out.len, 6 + 7);
	suite_assert_same(out.bytes, 6, "before", 6);
	buf_free(&out);
	ws_deflate_free();
}

TEST(an_end_is_stored_blocks_and_a_zero_byte)
{
	struct buf out;

	buf_init(&out, 100);
	ws_deflate_end(&out, "abc", 3);
	suite_assert_same(out.bytes, out.len,
			  "\0\3\0\xfc\xff"
			  "abc\0",
			  9);
	buf_clear(&out);
	ws_deflate_end(&out, NULL, 0);
	suite_assert_same(out.bytes, out.len, "\0", 1);
	buf_free(&out);
}

TEST(round_trip_of_short_lengths)
{
	char *text = some(300, 20);

	for (size_t len = 0; len <= 300; len++)
		assert_round_trip(text, len, len / 2);
	free(text);
	ws_deflate_free();
}

TEST(round_trip_of_long_messages)
{
	static const size_t lengths[] = {4096,	 65534,	 65535,	 65536,
					 131070, 131071, 1 << 20};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		for (unsigned int kinds = 1; kinds <= 96; kinds += 95) {
			char *text = some(lengths[i], kinds);

			assert_round_trip(text, lengths[i], 0);
			assert_round_trip(text, lengths[i], 10);
			assert_round_trip(text, lengths[i], lengths[i]);
			free(text);
		}
	}
	ws_deflate_free();
}

/* A flush that fills a chunk to the last byte needs another call. */
TEST(round_trip_of_lengths_around_a_chunk)
{
	char *text = some(4200, 250);

	for (size_t len = 4000; len <= 4200; len++)
		assert_round_trip(text, len, len);
	free(text);
	ws_deflate_free();
}

/* RFC 7692, 7.2.3: "Hello" in each kind of block. */
TEST(every_kind_of_block_is_inflated)
{
	assert_inflated("\xf2\x48\xcd\xc9\xc9\x07\x00", 7, "Hello");
	assert_inflated("\x00\x05\x00\xfa\xffHello\x00", 11, "Hello");
	assert_inflated("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, "Hello");
	assert_inflated("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
			13, "Hello");
	ws_deflate_free();
}

TEST(a_final_block_needs_no_empty_block_after_it)
{
	assert_inflated("\xf3\x48\xcd\xc9\xc9\x07\x00", 7, "Hello");
	assert_inflated("", 0, "");
	ws_deflate_free();
}

TEST(invalid_deflate_is_refused)
{
	assert_refused("\x06", 1); /* an invalid block type */
	assert_refused("\x00\x05\x00\xfa\xfeHello", 10); /* a wrong length */
	assert_refused("\x02\x08", 2); /* a distance too far back */
	ws_deflate_free();
}

TEST(a_truncated_message_is_refused)
{
	char *text = some(2000, 30);
	struct buf out;

	buf_init(&out, OUT_MAX);
	ws_deflate(&out, text, 2000, false);
	for (size_t len = 1; len < out.len; len++)
		assert_refused(out.bytes, len);
	buf_free(&out);
	free(text);
	assert_refused("\x00\x05\x00\xfa\xffHell", 9);
	ws_deflate_free();
}

TEST(inflating_works_after_a_refusal)
{
	assert_refused("\x06", 1);
	assert_inflated("\xf2\x48\xcd\xc9\xc9\x07\x00", 7, "Hello");
	ws_deflate_free();
}

TEST(a_message_as_long_as_the_limit)
{
	char *text = some(100000, 2);
	struct buf deflated, out;

	buf_init(&deflated, OUT_MAX);
	ws_deflate(&deflated, text, 100000, false);
	assert_inflates(&deflated, text, 100000);
	buf_init(&out, 99999);
	ck_assert_int_eq(ws_inflate(&out, deflated.bytes, deflated.len),
			 WS_INFLATED_TOO_BIG);
	ck_assert_uint_le(out.len, 99999);
	buf_free(&out);
	buf_free(&deflated);
	free(text);
	ws_deflate_free();
}

TEST(a_bomb_takes_no_more_than_the_limit)
{
	struct buf bomb, out;
	char *zeros = calloc(1, 1 << 20);
	size_t most;

	ck_assert_ptr_nonnull(zeros);
	buf_init(&bomb, OUT_MAX);
	for (int i = 0; i < 64; i++)
		ws_deflate(&bomb, zeros, 1 << 20, true);
	free(zeros);
	buf_init(&out, 10000);
	ck_assert_int_eq(ws_inflate(&out, bomb.bytes, bomb.len),
			 WS_INFLATED_TOO_BIG);
	most = out.room;
	buf_free(&out);
	buf_free(&bomb);
	ck_assert_uint_le(most, 20000);
	ws_deflate_free();
}

TEST(output_above_the_limit_turns_the_buffer_bad)
{
	struct buf out;

	buf_init(&out, 6);
	ws_deflate(&out, "Hello, Hello", 12, false);
	ck_assert(!buf_ok(&out));
	buf_free(&out);
	buf_init(&out, 5);
	ws_deflate_end(&out, "Hello", 5);
	ck_assert(!buf_ok(&out));
	buf_free(&out);
	ws_deflate_free();
}
