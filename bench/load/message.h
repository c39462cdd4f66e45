/* SPDX-License-Identifier: MIT */
/*
 * message.h - what a piece of text from a server says: a line of
 * text/event-stream or application/x-ndjson, a WebSocket message, or a whole
 * long-poll response. Messages are found by their stamps, whatever is around
 * them.
 */
#ifndef BENCH_LOAD_MESSAGE_H
#define BENCH_LOAD_MESSAGE_H

#include <stddef.h>

#include "bench/load/stamp.h"

enum said {
	SAID_MESSAGE, /* one of ours; the only one with a stamp */
	SAID_CURSOR, /* `event: cursor`, {"cursor":…}: the subscriber is held */
	SAID_GAP,    /* `event: gap`, {"gap":…}: the server lost something */
	SAID_ID,     /* `id: …`, of Server-Sent Events */
	SAID_PING,   /* of a WebSocket, to be answered */
	SAID_OTHER   /* anything else but an empty line */
};

/* `stamp` is NULL unless SAID_MESSAGE. `text` is the whole piece, or the value
 * of the id; NULL with a gap, and with all messages of a piece but the last.
 * Both are valid until the function returns. */
typedef void said_fn(void *arg, enum said what, const struct stamp *stamp,
		     const char *text, size_t len);

/* Calls `fn` for each message in `text`; once, if there is none. */
void message_read(const char *text, size_t len, said_fn *fn, void *arg);

/* The last value of the JSON member `"cursor":"…"` in `text`, or, if there is
 * none, of `"id":"…"`, which is the cursor of a single channel. NULL: none. */
const char *message_cursor(const char *text, size_t len, size_t *cursor_len);

#endif
