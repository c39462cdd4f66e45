/* SPDX-License-Identifier: MIT */
/*
 * feed.h - reads the answer to one subscriber, in whatever pieces it comes.
 *
 * HTTP/1.1 head; then Server-Sent Events in a chunked or plain body, of which
 * it keeps the beginning of one line and allocates nothing; or, after a 101,
 * the frames of a WebSocket (frames.h).
 */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/frames.h"
#include "bench/stamp.h"

enum { FEED_LINE = 64 };

enum feed_state {
	FEED_STATUS,
	FEED_HEAD,
	FEED_SIZE,
	FEED_SIZE_REST,
	FEED_CHUNK,
	FEED_CHUNK_END,
	FEED_PLAIN,
	FEED_FRAMES,
	FEED_ENDED
};

struct feed {
	enum feed_state state;
	bool websocket;
	bool chunked;
	size_t left;	 /* bytes of this chunk still to come */
	size_t line_len; /* may be more than is kept in `line` */
	char line[FEED_LINE];
	enum feed_what what; /* of the event that is coming in */
	unsigned int n_data; /* its data lines */
	struct stamp at;     /* its stamp */
	struct frames frames;
};

/* `websocket`: an answer to an upgrade request is what comes. */
void feed_init(struct feed *f, bool websocket);
void feed_free(struct feed *f);

/* Calls `fn` for all that becomes whole with `bytes`. False: not a 200 or 101,
 * or not chunks, or it has ended. */
bool feed_take(struct feed *f, const char *bytes, size_t len, feed_fn *fn,
	       void *arg);

#endif
