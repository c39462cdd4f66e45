/* SPDX-License-Identifier: MIT */
/*
 * ws_text.h - the items that shared/wire/ws_input.c finds in some bytes, as
 * one text:
 *
 *	text:hello ping:x pong: close:1000:bye
 *	text:hello bad:1002
 *	text:hello more		an incomplete frame or message follows
 *
 * The text is the same however the bytes are split. Does not need Check: the
 * fuzzer uses it too.
 */
#ifndef TESTS_UNIT_WS_TEXT_H
#define TESTS_UNIT_WS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/wire/ws_input.h"

struct ws_text {
	struct ws_input input;
	struct buf text;
	enum ws_input_event last;
	struct ws_item end; /* of a close, or of what is bad */
};

void ws_text_init(struct ws_text *t, size_t max_text, bool deflate);
void ws_text_free(struct ws_text *t);

/* Reads more bytes, copied into memory of exactly their size; none when it is
 * over. Aborts when ws_input.h's contract is broken. */
void ws_text_feed(struct ws_text *t, const void *bytes, size_t len);

/* True after a close, or what is bad. */
bool ws_text_is_over(const struct ws_text *t);

/* Writes the text. */
void ws_text_put(const struct ws_text *t, struct buf *text);

/* Appends a frame as a client sends it: `first` is an opcode and bits. */
void add_masked(struct buf *in, unsigned int first, const void *payload,
		size_t len);
void add_masked_text(struct buf *in, unsigned int first, const char *payload);

#endif
