/* SPDX-License-Identifier: MIT */
/* shared/base/utf8.c */
#include "config.h"

#include "shared/base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/suite.h"

/* Asks about a copy of exactly that size, so that a byte read too many shows
 * under AddressSanitizer and valgrind. */
static bool
valid(const void *bytes, size_t len)
{
	char *copy = calloc(1, len == 0 ? 1 : len);
	bool response;

	if (len > 0)
		memcpy(copy, bytes, len);
	response = utf8_valid(copy, len);
	free(copy);
	return response;
}

/* Writes code point `c` in `len` bytes, even where fewer would do. */
static void
encode(unsigned char out[4], uint32_t c, size_t len)
{
	static const unsigned char lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};

	for (size_t i = len; i-- > 1; c >>= 6)
		out[i] = (unsigned char)(0x80 | (c & 0x3F));
	out[0] = (unsigned char)(lead[len] | c);
}

static size_t
shortest(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

TEST(the_empty_text_is_valid)
{
	ck_assert(valid("", 0));
	ck_assert(utf8_valid(NULL, 0));
}

TEST(every_code_point_except_surrogates_is_valid)
{
	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		unsigned char bytes[4];
		bool surrogate = c >= 0xD800 && c <= 0xDFFF;

		encode(bytes, c, shortest(c));
		if (utf8_valid((char *)bytes, shortest(c)) == surrogate)
			ck_abort_msg("U+%04X", c);
	}
}

TEST(code_points_above_10ffff_are_invalid)
{
	for (uint32_t c = 0x110000; c <= 0x1FFFFF; c++) {
		unsigned char bytes[4];

		encode(bytes, c, 4);
		if (utf8_valid((char *)bytes, 4))
			ck_abort_msg("U+%04X", c);
	}
}

TEST(overlong_forms_are_invalid)
{
	for (uint32_t c = 0; c < 0x10000; c++) {
		for (size_t len = shortest(c) + 1; len <= 4; len++) {
			unsigned char bytes[4];

			encode(bytes, c, len);
			if (utf8_valid((char *)bytes, len))
				ck_abort_msg("U+%04X in %zu bytes", c, len);
		}
	}
}

/* The valid texts of two bytes: two of ASCII, or one character. */
TEST(valid_texts_of_two_bytes_number_128_times_128_plus_1920)
{
	size_t count = 0;

	for (unsigned int i = 0; i < 0x10000; i++) {
		const char bytes[2] = {(char)(i >> 8), (char)i};

		count += utf8_valid(bytes, 2);
	}
	ck_assert_uint_eq(count, 128 * 128 + 1920);
}

/* Three of ASCII, ASCII beside a character, or one (without surrogates). */
TEST(valid_texts_of_three_bytes_have_the_expected_number)
{
	size_t count = 0;

	for (unsigned int i = 0; i < 0x1000000; i++) {
		const char bytes[3] = {(char)(i >> 16), (char)(i >> 8),
				       (char)i};

		count += utf8_valid(bytes, 3);
	}
	ck_assert_uint_eq(count, 128 * 128 * 128 + 2 * 128 * 1920 +
				     (0x10000 - 0x800 - 0x800));
}

TEST(a_truncated_character_is_invalid)
{
	ck_assert(!valid("\xc3", 1));
	ck_assert(!valid("\xe2\x82", 2));
	ck_assert(!valid("\xe2", 1));
	ck_assert(!valid("\xf0\x9f\x98", 3));
	ck_assert(!valid("abcdefgh\xf0\x9f", 10));
}

TEST(each_continuation_byte_is_checked)
{
	ck_assert(valid("\xf0\x9f\x98\x80", 4));
	ck_assert(!valid("\xf0\x1f\x98\x80", 4));
	ck_assert(!valid("\xf0\x9f\x18\x80", 4));
	ck_assert(!valid("\xf0\x9f\x98\x00", 4));
	ck_assert(!valid("\xf0\x9f\x98\xc0", 4));
	ck_assert(!valid("\x80", 1));
}

TEST(nul_is_valid)
{
	ck_assert(valid("a\0b", 3));
	ck_assert(!valid("a\0\xff", 3));
}

TEST(an_invalid_byte_is_found_at_every_offset)
{
	for (size_t len = 1; len < 40; len++) {
		char text[40];

		memset(text, 'a', sizeof text);
		if (!valid(text, len))
			ck_abort_msg("%zu plain bytes", len);
		for (size_t at = 0; at < len; at++) {
			text[at] = '\xff';
			if (valid(text, len))
				ck_abort_msg("byte %zu of %zu", at, len);
			text[at] = 'a';
		}
	}
}

TEST(a_character_is_valid_at_every_offset)
{
	for (size_t at = 0; at < 36; at++) {
		char text[40];

		memset(text, 'a', sizeof text);
		memcpy(text + at, "\xf0\x9f\x98\x80", 4);
		if (!valid(text, sizeof text))
			ck_abort_msg("at %zu", at);
	}
}

static void
assert_replaced(const char *bytes, size_t len, const char *want)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct buf out;

	if (len > 0)
		memcpy(copy, bytes, len);
	buf_init(&out, 100);
	utf8_replace(&out, copy, len);
	buf_putc(&out, '\0');
	ck_assert(buf_ok(&out));
	ck_assert_str_eq(out.bytes, want);
	buf_free(&out);
	free(copy);
}

#define R UTF8_REPLACEMENT

TEST(what_is_valid_is_not_replaced)
{
	assert_replaced("", 0, "");
	assert_replaced("caf\xc3\xa9 \xf0\x9f\x98\x80", 10,
			"caf\xc3\xa9 \xf0\x9f\x98\x80");
}

/* The Unicode Standard, tables 3-8 to 3-11. */
TEST(each_longest_beginning_of_a_character_is_replaced_once)
{
	assert_replaced("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 9,
			R R R R R R R R "A");
	assert_replaced("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 9,
			R R R R R R R R "A");
	assert_replaced("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 9,
			R R R R R "A" R R "B");
	assert_replaced("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 9, R R R R "A");
}

TEST(a_truncated_character_is_replaced_once)
{
	assert_replaced("a\xf0\x9f\x98", 4, "a" R);
	assert_replaced("\xe2", 1, R);
}
