/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/record_want.h"

#include "tests/unit/suite.h"

enum { FEW_BYTES = 200 };

/* Split at `i` and at `j`. */
static void
assert_split(const struct buf *in, size_t i, size_t j,
	     const struct record_text *want)
{
	struct record_text t;

	record_text_init(&t, want->finish);
	record_text_feed(&t, in->bytes, i);
	record_text_feed(&t, in->bytes + i, j - i);
	record_text_feed(&t, in->bytes + j, in->len - j);
	suite_assert_same(t.text.bytes, t.text.len, want->text.bytes,
			  want->text.len);
	record_text_free(&t);
}

static void
assert_every_split(struct buf *in, const char *text, bool finish)
{
	struct record_text want, t;
	size_t len = in->len;

	ck_assert(buf_ok(in));
	record_text_init(&want, finish);
	buf_puts(&want.text, text);
	assert_split(in, len, len, &want);
	for (size_t i = 0; i < len; i++)
		for (size_t j = i; j < len; j += len <= FEW_BYTES ? 1 : len)
			assert_split(in, i, j, &want);
	record_text_init(&t, finish);
	for (size_t i = 0; i < len; i++)
		record_text_feed(&t, in->bytes + i, 1);
	suite_assert_bytes(&t.text, text);
	record_text_free(&t);
	record_text_free(&want);
	buf_free(in);
}

void
assert_records(struct buf *in, const char *want)
{
	assert_every_split(in, want, false);
}

void
assert_records_finishing(struct buf *in, const char *want)
{
	assert_every_split(in, want, true);
}
