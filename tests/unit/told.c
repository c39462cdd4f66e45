/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/told.h"

#include "tests/unit/suite.h"

enum { FEW_BYTES = 200 };

/* Cut at `i` and at `j`. */
static void
assert_cut(const struct buf *in, size_t i, size_t j, const struct telling *want)
{
	struct telling t;

	telling_init(&t, want->finish);
	telling_feed(&t, in->bytes, i);
	telling_feed(&t, in->bytes + i, j - i);
	telling_feed(&t, in->bytes + j, in->len - j);
	suite_assert_same(t.text.bytes, t.text.len, want->text.bytes,
			  want->text.len);
	telling_free(&t);
}

static void
assert_however_cut(struct buf *in, const char *text, bool finish)
{
	struct telling want, t;
	size_t len = in->len;

	ck_assert(buf_ok(in));
	telling_init(&want, finish);
	buf_puts(&want.text, text);
	assert_cut(in, len, len, &want);
	for (size_t i = 0; i < len; i++)
		for (size_t j = i; j < len; j += len <= FEW_BYTES ? 1 : len)
			assert_cut(in, i, j, &want);
	telling_init(&t, finish);
	for (size_t i = 0; i < len; i++)
		telling_feed(&t, in->bytes + i, 1);
	suite_assert_bytes(&t.text, text);
	telling_free(&t);
	telling_free(&want);
	buf_free(in);
}

void
assert_told(struct buf *in, const char *want)
{
	assert_however_cut(in, want, false);
}

void
assert_told_finishing(struct buf *in, const char *want)
{
	assert_however_cut(in, want, true);
}
