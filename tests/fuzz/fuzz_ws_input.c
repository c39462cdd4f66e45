/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ws_input.c - any bytes as what a WebSocket client sends.
 *
 * The first byte says how the others are cut, and whether they may be
 * compressed; however they are cut, they mean the same. What a text promises
 * is checked in ws_said.c.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/wire/ws_deflate.h"
#include "tests/unit/ws_said.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { MESSAGE_MAX = 500, FRAMES = 50, TEXT_MAX = 1 << 24 };

static void
check(bool truth)
{
	if (!truth)
		abort();
}

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
start(struct ws_said *s, bool deflate)
{
	ws_said_init(s, MESSAGE_MAX, deflate);
	s->frames_max = FRAMES;
}

static void
check_same(const struct ws_said *whole, const struct ws_said *cut)
{
	struct buf a, b;

	check(is_same(&whole->texts, &cut->texts));
	check(is_same(&whole->out, &cut->out));
	check(whole->over == cut->over);
	check(whole->ended.code == cut->ended.code);
	check(whole->ended.reason == cut->ended.reason);
	check(whole->frames == cut->frames);
	buf_init(&a, TEXT_MAX);
	buf_init(&b, TEXT_MAX);
	ws_said_tell(whole, &a);
	ws_said_tell(cut, &b);
	check(is_same(&a, &b));
	buf_free(&a);
	buf_free(&b);
}

static void
check_cut(const uint8_t *bytes, size_t len, uint8_t how)
{
	bool deflate = how % 2 == 0;
	struct ws_said whole, cut;
	uint32_t seed = how;

	start(&whole, deflate);
	start(&cut, deflate);
	ws_said_feed(&whole, bytes, len);
	for (size_t at = 0, size; at < len; at += size) {
		size = how < 4 ? 1 : next_size(&seed, len - at);
		ws_said_feed(&cut, bytes + at, size);
	}
	check_same(&whole, &cut);
	ws_said_free(&whole);
	ws_said_free(&cut);
}

/* What is compressed comes back, also with an end of its own. */
static void
check_round_trip(const uint8_t *bytes, size_t len, uint8_t how)
{
	size_t at = len * how / 255;
	struct buf deflated, out;

	buf_init(&deflated, TEXT_MAX);
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
	check_cut(bytes + 1, len - 1, bytes[0]);
	check_round_trip(bytes + 1, len - 1, bytes[0]);
	return 0;
}
