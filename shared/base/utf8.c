/* SPDX-License-Identifier: MIT */
/*
 * utf8.c - RFC 3629, section 4: the table of well-formed byte sequences.
 */
#include "config.h"

#include "shared/base/utf8.h"

#include <stdint.h>
#include <string.h>

#include "shared/base/buf.h"

static const unsigned char *
skip_ascii(const unsigned char *at, const unsigned char *end)
{
	uint64_t eight;

	while (end - at >= 8) {
		memcpy(&eight, at, 8);
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
		at += 8;
	}
	while (at < end && *at < 0x80)
		at++;
	return at;
}

/* The length of the character that starts with `lead`, or 0. */
static size_t
length_after(unsigned char lead)
{
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The second byte is sufficient to detect overlong forms, surrogates, and
 * characters above U+10FFFF. */
static bool
second_fits(unsigned char lead, unsigned char second)
{
	switch (lead) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return second >= 0x80 && second <= 0xBF;
	}
}

/* How many of the `len` bytes of a character are right, from the first. */
static size_t
right_bytes(const unsigned char *at, const unsigned char *end, size_t len)
{
	size_t i = 1;

	if (at + 1 == end || !second_fits(*at, at[1]))
		return 1;
	while (++i < len && at + i < end && (at[i] & 0xC0) == 0x80)
		;
	return i;
}

/* The length of the valid non-ASCII character at `at`, or 0. */
static size_t
character_length(const unsigned char *at, const unsigned char *end)
{
	size_t len = length_after(*at);

	return len > 0 && right_bytes(at, end, len) == len ? len : 0;
}

bool
utf8_valid(const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end;

	if (len == 0)
		return true; /* `text` may be NULL */
	end = at + len;
	while ((at = skip_ascii(at, end)) < end) {
		size_t character = character_length(at, end);

		if (character == 0)
			return false;
		at += character;
	}
	return true;
}

/* Of a character that is not valid: how much of it one U+FFFD replaces. */
static size_t
wrong_bytes(const unsigned char *at, const unsigned char *end)
{
	size_t len = length_after(*at);

	return len > 0 ? right_bytes(at, end, len) : 1;
}

void
utf8_replace(struct buf *out, const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + len, *from = at;

	while ((at = skip_ascii(at, end)) < end) {
		size_t character = character_length(at, end);

		if (character > 0) {
			at += character;
			continue;
		}
		buf_put(out, (const char *)from, (size_t)(at - from));
		buf_puts(out, UTF8_REPLACEMENT);
		at += wrong_bytes(at, end);
		from = at;
	}
	buf_put(out, (const char *)from, (size_t)(at - from));
}
