/* SPDX-License-Identifier: MIT */
/*
 * fuzz_record.c - any bytes as FastCGI records.
 *
 * The first byte selects how the others are split, on which the events must not
 * depend, and the role. The others are also read as the content of a
 * GET_VALUES.
 */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/wire/record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/record_text.h"

/* 1 to 32 bytes, at most what is left. */
static size_t
next_size(uint32_t *seed, size_t left)
{
	size_t size;

	*seed = *seed * 1664525 + 1013904223;
	size = (*seed >> 16) % 32 + 1;
	return size < left ? size : left;
}

static void
check_split(const uint8_t *bytes, size_t len, uint8_t how)
{
	struct record_text whole, split;
	uint32_t seed = how;

	record_text_init(&whole, how % 2 == 0);
	record_text_init(&split, how % 2 == 0);
	whole.reader.authorizer = split.reader.authorizer = how % 4 > 1;
	record_text_feed(&whole, bytes, len);
	for (size_t at = 0, size; at < len; at += size) {
		size = how < 2 ? 1 : next_size(&seed, len - at);
		record_text_feed(&split, bytes + at, size);
	}
	check(buf_ok(&whole.text) && buf_ok(&split.text));
	check(whole.last == split.last && whole.text.len == split.text.len);
	check(split.text.len == 0 ||
	      memcmp(whole.text.bytes, split.text.bytes, split.text.len) == 0);
	record_text_free(&whole);
	record_text_free(&split);
}

/* The reply is one short record for any content. */
static void
check_values(const uint8_t *bytes, size_t len)
{
	struct record_piece asked = {bytes, len, 0, 0};
	struct record_reader reader = {0};
	struct record_piece piece;
	struct buf out;
	const uint8_t *at;

	buf_init(&out, 128);
	record_put_values(&out, &asked, UINT32_MAX);
	check(buf_ok(&out));
	at = (const uint8_t *)out.bytes;
	check(record_next(&reader, &at, at + out.len, &piece) ==
	      RECORD_UNKNOWN);
	check(record_next(&reader, &at, (const uint8_t *)out.bytes + out.len,
			  &piece) == RECORD_MORE);
	check(at == (const uint8_t *)out.bytes + out.len);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return 0;
	check_split(bytes + 1, len - 1, bytes[0]);
	check_values(bytes + 1, len - 1);
	return 0;
}
