/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/ws_want.h"

#include <string.h>

#include "shared/wire/ws_deflate.h"
#include "tests/unit/suite.h"

enum { FEW_BYTES = 100, TEXT_MAX = 1 << 20 };

void
assert_says(const struct ws_said *s, const char *want)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	ws_said_tell(s, &text);
	suite_assert_bytes(&text, want);
	buf_free(&text);
}

/* Cut at `i` and at `j`. */
static void
assert_cut(const struct buf *in, size_t i, size_t j, bool deflate,
	   const char *want)
{
	struct ws_said s;

	ws_said_init(&s, SAID_MAX, deflate);
	ws_said_feed(&s, in->bytes, i);
	ws_said_feed(&s, in->bytes + i, j - i);
	ws_said_feed(&s, in->bytes + j, in->len - j);
	assert_says(&s, want);
	ws_said_free(&s);
}

static void
assert_however_cut(struct buf *in, bool deflate, const char *want)
{
	struct ws_said s;
	size_t len = in->len;

	ck_assert(buf_ok(in));
	assert_cut(in, len, len, deflate, want);
	for (size_t i = 0; i < len; i++)
		for (size_t j = i; j < len; j += len <= FEW_BYTES ? 1 : len)
			assert_cut(in, i, j, deflate, want);
	ws_said_init(&s, SAID_MAX, deflate);
	for (size_t i = 0; i < len; i++)
		ws_said_feed(&s, in->bytes + i, 1);
	assert_says(&s, want);
	ws_said_free(&s);
	buf_free(in);
}

void
assert_said(struct buf *in, const char *want)
{
	assert_however_cut(in, false, want);
}

void
assert_said_deflated(struct buf *in, const char *want)
{
	assert_however_cut(in, true, want);
}

void
add_deflated(struct buf *in, const char *text)
{
	struct buf deflated;

	buf_init(&deflated, TEXT_MAX);
	ws_deflate(&deflated, text, strlen(text), false);
	add_masked(in, WS_FIN | WS_RSV1 | WS_TEXT, deflated.bytes,
		   deflated.len);
	buf_free(&deflated);
}
