/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ws_input.c - any bytes as what a WebSocket client sends.
 *
 * The first byte selects how the others are split and whether compression was
 * negotiated; the items are the same however the bytes are split. ws_text.c
 * checks each item.
 */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/wire/ws_deflate.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/ws_text.h"

enum { TEXT_MAX = 500, FRAMES = 50, BYTES = 700, ALL_MAX = 1 << 24 };

static bool
is_same(const struct buf *a, const struct buf *b)
{
	return buf_ok(a) && buf_ok(b) && a->len == b->len &&
	       (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

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
start(struct ws_text *t, bool deflate)
{
	ws_text_init(t, TEXT_MAX, deflate);
	t->input.frames_left = FRAMES;
	t->input.bytes_left = BYTES;
}

static void
check_same(const struct ws_text *whole, const struct ws_text *split)
{
	struct buf a, b;

	check(whole->last == split->last);
	check(whole->end.code == split->end.code);
	check(whole->end.reason == split->end.reason);
	check(whole->input.frames_left == split->input.frames_left);
	check(whole->input.bytes_left == split->input.bytes_left);
	buf_init(&a, ALL_MAX);
	buf_init(&b, ALL_MAX);
	ws_text_put(whole, &a);
	ws_text_put(split, &b);
	check(is_same(&a, &b));
	buf_free(&a);
	buf_free(&b);
}

static void
check_split(const uint8_t *bytes, size_t len, uint8_t how)
{
	bool deflate = how % 2 == 0;
	struct ws_text whole, split;
	uint32_t seed = how;

	start(&whole, deflate);
	start(&split, deflate);
	ws_text_feed(&whole, bytes, len);
	for (size_t at = 0, size; at < len; at += size) {
		size = how < 4 ? 1 : next_size(&seed, len - at);
		ws_text_feed(&split, bytes + at, size);
	}
	check_same(&whole, &split);
	ws_text_free(&whole);
	ws_text_free(&split);
}

/* Inflating gives what was compressed, also with a stored end. */
static void
check_round_trip(const uint8_t *bytes, size_t len, uint8_t how)
{
	size_t at = len * how / 255;
	struct buf deflated, out;

	buf_init(&deflated, ALL_MAX);
	buf_init(&out, len);
	ws_deflate(&deflated, bytes, at, true);
	ws_deflate_end(&deflated, bytes + at, len - at);
	check(ws_inflate(&out, deflated.bytes, deflated.len) == WS_INFLATED);
	check(out.len == len &&
	      (len == 0 || memcmp(out.bytes, bytes, len) == 0));
	buf_free(&deflated);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return 0;
	check_split(bytes + 1, len - 1, bytes[0]);
	check_round_trip(bytes + 1, len - 1, bytes[0]);
	return 0;
}
