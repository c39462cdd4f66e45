/* SPDX-License-Identifier: MIT */
/*
 * fuzz_cursor.c - any text as a cursor.
 *
 * A cursor has exactly one text: formatting a parsed cursor gives the same
 * text (for a single part, its id).
 */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/model/cursor.h"
#include "tests/fuzz/fuzz.h"

static void
check_written(const struct cursor *c, const char *text, size_t len)
{
	struct buf out;

	buf_init(&out, len);
	cursor_put(&out, c->parts, c->count);
	check(buf_ok(&out));
	check(out.len == len && memcmp(out.bytes, text, len) == 0);
	buf_free(&out);
}

/* Each part is found, or one before it with the same tag. */
static void
check_found(const struct cursor *c)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t first = 0;

		while (c->parts[first].tag != c->parts[i].tag)
			first++;
		check(c->parts[i].tag >> 42 == 0);
		check(cursor_find(c, c->parts[i].tag) == &c->parts[first]);
	}
}

static void
check_cursor(const struct cursor *c, const char *text, size_t len)
{
	size_t tag_len = strlen("AAAAAAA.");

	switch (c->kind) {
	case CURSOR_NONE:
		check(len == 0 && c->count == 0);
		break;
	case CURSOR_ALL:
		check(len == 1 && text[0] == '0' && c->parts[0].start);
		check(c->count == 1 && c->parts[0].tag == 0);
		check_written(c, text, len);
		break;
	case CURSOR_ID:
		check(c->count == 1 && c->parts[0].tag == 0);
		check_written(c, text, len);
		break;
	case CURSOR_PARTS:
		check(c->count >= 1 && c->count <= CHANNELS_MAX);
		if (c->count == 1)
			check_written(c, text + tag_len, len - tag_len);
		else
			check_written(c, text, len);
		break;
	default:
		abort();
	}
	check_found(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct cursor c;

	check(cursor_tag((struct text){text, len}) >> 42 == 0);
	if (cursor_parse(&c, (struct text){text, len})) {
		check_cursor(&c, text, len);
	} else {
		check(c.kind == CURSOR_NONE && c.count == 0);
		check(cursor_find(&c, 0) == NULL);
	}
	return 0;
}
