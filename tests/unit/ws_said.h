/* SPDX-License-Identifier: MIT */
/*
 * ws_said.h - what shared/wire/ws_input.c makes of some bytes, as one text:
 *what was said, then what is answered, then whether something is incomplete.
 *
 *	text:hello text:you pong:x close:1002
 *	text:hello more
 *
 * The text is the same however the bytes are cut. Without Check: the fuzzer
 * uses it too.
 */
#ifndef TESTS_UNIT_WS_SAID_H
#define TESTS_UNIT_WS_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/wire/ws_input.h"

struct ws_said {
	struct ws_reading reading;
	struct ws_input *input;
	struct buf texts;
	struct buf out;
	struct ws_ended ended;
	bool over;
	bool unwanted; /* texts are refused */
	size_t fed;    /* bytes */
	size_t frames;
	size_t frames_max;
};

void ws_said_init(struct ws_said *s, size_t max_message, bool deflate);
void ws_said_free(struct ws_said *s);

/* Gives it more bytes, in memory of just their size; none when it is over.
 * Stops the program when ws_input.h's promises are broken. */
void ws_said_feed(struct ws_said *s, const void *bytes, size_t len);

/* Writes the text. */
void ws_said_tell(const struct ws_said *s, struct buf *text);

/* Appends a frame as a client sends it: `first` is an opcode and bits. */
void add_masked(struct buf *in, unsigned int first, const void *payload,
		size_t len);
void add_masked_text(struct buf *in, unsigned int first, const char *payload);

#endif
