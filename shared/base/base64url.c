/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/base64url.h"

#include <stdint.h>

#include "shared/base/buf.h"

static const char ALPHABET[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* -1: none. */
static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

bool
base64url_decode(struct buf *out, struct text text)
{
	uint32_t bits = 0;
	unsigned int count = 0; /* of bits not yet written; the low ones */

	if (text.len % 4 == 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int v = value(text.bytes[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		buf_putc(out, (char)(unsigned char)(bits >> count));
	}
	return (bits & ((1U << count) - 1)) == 0;
}

void
base64url_encode(struct buf *out, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint32_t bits = 0;
	unsigned int count = 0;

	while (len-- > 0) {
		bits = bits << 8 | *at++;
		for (count += 8; count >= 6; count -= 6)
			buf_putc(out, ALPHABET[bits >> (count - 6) & 63]);
	}
	if (count > 0)
		buf_putc(out, ALPHABET[bits << (6 - count) & 63]);
}
