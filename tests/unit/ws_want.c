/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/ws_want.h"

#include <string.h>

#include "shared/wire/ws_deflate.h"
#include "tests/unit/suite.h"

enum { FEW_BYTES = 100, TEXT_MAX = 1 << 20 };

void
assert_text_is(const struct ws_text *t, const char *want)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	ws_text_put(t, &text);
	suite_assert_bytes(&text, want);
	buf_free(&text);
}

/* Split at `i` and at `j`. */
static void
expect_split(const struct buf *in, size_t i, size_t j, bool deflate,
	     const char *want)
{
	struct ws_text t;

	ws_text_init(&t, WANT_TEXT_MAX, deflate);
	ws_text_feed(&t, in->bytes, i);
	ws_text_feed(&t, in->bytes + i, j - i);
	ws_text_feed(&t, in->bytes + j, in->len - j);
	assert_text_is(&t, want);
	ws_text_free(&t);
}

static void
expect_however_split(struct buf *in, bool deflate, const char *want)
{
	struct ws_text t;
	size_t len = in->len;

	ck_assert(buf_ok(in));
	expect_split(in, len, len, deflate, want);
	for (size_t i = 0; i < len; i++)
		for (size_t j = i; j < len; j += len <= FEW_BYTES ? 1 : len)
			expect_split(in, i, j, deflate, want);
	ws_text_init(&t, WANT_TEXT_MAX, deflate);
	for (size_t i = 0; i < len; i++)
		ws_text_feed(&t, in->bytes + i, 1);
	assert_text_is(&t, want);
	ws_text_free(&t);
	buf_free(in);
}

void
assert_items(struct buf *in, const char *want)
{
	expect_however_split(in, false, want);
}

void
assert_items_deflate(struct buf *in, const char *want)
{
	expect_however_split(in, true, want);
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
