/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/ws_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/utf8.h"
#include "shared/base/xalloc.h"

enum { ALL_MAX = 1 << 24, CONTROL_MAX = 125 };

static const char *const names[] = {
    [WS_INPUT_TEXT] = "text", [WS_INPUT_PING] = "ping",
    [WS_INPUT_PONG] = "pong", [WS_INPUT_CLOSE] = "close",
    [WS_INPUT_BAD] = "bad",
};

static void
promise(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "ws_input.h: broken promise: %s\n", what);
	abort();
}

void
ws_text_init(struct ws_text *t, size_t max_text, bool deflate)
{
	*t = (struct ws_text){.input = {.max_text = max_text,
					.deflate = deflate,
					.frames_left = UINT_MAX,
					.bytes_left = SIZE_MAX}};
	buf_init(&t->text, ALL_MAX);
}

void
ws_text_free(struct ws_text *t)
{
	ws_partial_free(t->input.partial);
	buf_free(&t->text);
}

bool
ws_text_is_over(const struct ws_text *t)
{
	return t->last == WS_INPUT_CLOSE || t->last == WS_INPUT_BAD;
}

static void
check_item(const struct ws_text *t, enum ws_input_event event,
	   const struct ws_item *item)
{
	struct text payload = item->payload;

	switch (event) {
	case WS_INPUT_TEXT:
		promise(payload.len <= t->input.max_text, "text too long");
		promise(utf8_valid(payload.bytes, payload.len), "not UTF-8");
		promise(payload.bytes[payload.len] == '\0', "no NUL behind");
		break;
	case WS_INPUT_PING:
	case WS_INPUT_PONG:
		promise(payload.len <= CONTROL_MAX, "control frame too long");
		break;
	case WS_INPUT_CLOSE:
		promise(item->code != 0, "a close has a code");
		promise(utf8_valid(payload.bytes, payload.len), "not UTF-8");
		break;
	default:
		promise(item->code >= WS_CLOSE_PROTOCOL, "a fault has a code");
		promise(item->reason != NULL, "a fault has a reason");
		promise(strlen(item->reason) <= WS_CLOSE_REASON_MAX,
			"the reason fits into a close frame");
		break;
	}
}

static void
put_item(struct ws_text *t, enum ws_input_event event,
	 const struct ws_item *item)
{
	buf_printf(&t->text, "%s%s", t->text.len > 0 ? " " : "", names[event]);
	if (event == WS_INPUT_BAD ||
	    (event == WS_INPUT_CLOSE && item->code != WS_CLOSE_NONE))
		buf_printf(&t->text, ":%u", item->code);
	if (event == WS_INPUT_BAD ||
	    (event == WS_INPUT_CLOSE && item->payload.len == 0))
		return;
	buf_putc(&t->text, ':');
	buf_put(&t->text, item->payload.bytes, item->payload.len);
}

void
ws_text_feed(struct ws_text *t, const void *bytes, size_t len)
{
	struct ws_item item;
	const uint8_t *at;
	uint8_t *copy;

	if (ws_text_is_over(t))
		return;
	at = copy = xmalloc(len > 0 ? len : 1);
	if (len > 0)
		memcpy(copy, bytes, len);
	for (;;) {
		t->last = ws_input_next(&t->input, &at, copy + len, &item);
		promise(at >= copy && at <= copy + len, "read past the end");
		if (t->last == WS_INPUT_MORE)
			break;
		check_item(t, t->last, &item);
		put_item(t, t->last, &item);
		if (ws_text_is_over(t))
			break;
	}
	if (ws_text_is_over(t))
		t->end = item;
	else
		promise(at == copy + len, "did not use all bytes");
	free(copy);
}

void
ws_text_put(const struct ws_text *t, struct buf *text)
{
	buf_put(text, t->text.bytes, t->text.len);
	if (t->input.partial != NULL && !ws_text_is_over(t))
		buf_puts(text, text->len > 0 ? " more" : "more");
}

void
add_masked(struct buf *in, unsigned int first, const void *payload, size_t len)
{
	static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	const uint8_t *bytes = payload;
	size_t start = in->len;

	ws_put_head(in, first, len);
	in->bytes[start + 1] = (char)(in->bytes[start + 1] | 0x80);
	buf_put(in, mask, sizeof(mask));
	for (size_t i = 0; i < len; i++)
		buf_putc(in, (char)(bytes[i] ^ mask[i % 4]));
}

void
add_masked_text(struct buf *in, unsigned int first, const char *payload)
{
	add_masked(in, first, payload, strlen(payload));
}
