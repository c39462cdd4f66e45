/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/ws_said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/utf8.h"

enum { ALL_MAX = 1 << 24, FRAMES_MAX = 1 << 20 };

static void
promise(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "ws_input.h is broken: %s\n", what);
	abort();
}

static bool
take_frame(void *arg)
{
	struct ws_said *s = arg;

	promise(s->frames <= s->frames_max, "it reads on after too many");
	return ++s->frames <= s->frames_max;
}

static const char *
take_text(void *arg, const char *text, size_t len)
{
	struct ws_said *s = arg;

	promise(utf8_valid(text, len), "a text is UTF-8");
	promise(len <= s->reading.max_message, "a text is within the limit");
	promise(text[len] == '\0', "a NUL is at the end");
	buf_puts(&s->texts, s->texts.len > 0 ? " text:" : "text:");
	buf_put(&s->texts, text, len);
	return s->unwanted ? "it is not wanted" : NULL;
}

void
ws_said_init(struct ws_said *s, size_t max_message, bool deflate)
{
	*s = (struct ws_said){.frames_max = FRAMES_MAX};
	s->reading = (struct ws_reading){.max_message = max_message,
					 .deflate = deflate,
					 .out = &s->out,
					 .frame = take_frame,
					 .text = take_text,
					 .arg = s};
	buf_init(&s->texts, ALL_MAX);
	buf_init(&s->out, ALL_MAX);
}

void
ws_said_free(struct ws_said *s)
{
	ws_input_free(s->input);
	buf_free(&s->texts);
	buf_free(&s->out);
}

void
ws_said_feed(struct ws_said *s, const void *bytes, size_t len)
{
	uint8_t *copy;

	if (s->over)
		return;
	copy = malloc(len > 0 ? len : 1);
	promise(copy != NULL, "(there is memory)");
	if (len > 0)
		memcpy(copy, bytes, len);
	s->over = !ws_input_read(&s->input, &s->reading, copy, len, &s->ended);
	free(copy);
	s->fed += len;
	promise(s->out.len <= s->fed + 4 + WS_CLOSE_REASON_MAX,
		"no more is answered than read");
	promise(!s->over || s->ended.reason != NULL, "it says why");
}

/* The frame at `at`, of the server's; returns its length. */
static size_t
tell_frame(const struct ws_said *s, const char *at, struct buf *text)
{
	const uint8_t *frame = (const uint8_t *)at;
	size_t len = frame[1];

	promise(len <= 125, "a control frame is short and not masked");
	if (text->len > 0)
		buf_putc(text, ' ');
	if (frame[0] == (WS_FIN | WS_PONG)) {
		buf_puts(text, "pong:");
		buf_put(text, at + 2, len);
		return 2 + len;
	}
	promise(frame[0] == (WS_FIN | WS_CLOSE), "pongs and closes are sent");
	promise(s->over, "it is over when a close is sent");
	buf_puts(text, "close");
	if (len == 0) {
		promise(s->ended.code == WS_CLOSE_NONE, "no code was got");
		return 2;
	}
	promise((frame[2] << 8 | frame[3]) == s->ended.code, "its code is it");
	promise(len == 2 || (len - 2 == strlen(s->ended.reason) &&
			     memcmp(at + 4, s->ended.reason, len - 2) == 0),
		"its reason is it");
	buf_printf(text, ":%u", s->ended.code);
	return 2 + len;
}

void
ws_said_tell(const struct ws_said *s, struct buf *text)
{
	buf_put(text, s->texts.bytes, s->texts.len);
	for (size_t at = 0; at < s->out.len;)
		at += tell_frame(s, s->out.bytes + at, text);
	if (s->input != NULL && !s->over)
		buf_puts(text, text->len > 0 ? " more" : "more");
}

void
add_masked(struct buf *in, unsigned int first, const void *payload, size_t len)
{
	static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	const uint8_t *bytes = payload;
	size_t start = in->len;

	ws_put_frame(in, first, payload, len);
	in->len -= len; /* but the head */
	in->bytes[start + 1] = (char)(in->bytes[start + 1] | 0x80);
	buf_put(in, mask, sizeof mask);
	for (size_t i = 0; i < len; i++)
		buf_putc(in, (char)(bytes[i] ^ mask[i % 4]));
}

void
add_masked_text(struct buf *in, unsigned int first, const char *payload)
{
	add_masked(in, first, payload, strlen(payload));
}
