/* SPDX-License-Identifier: MIT */
/*
 * feed.h - reads one Server-Sent Events response, in whatever pieces it comes.
 *
 * HTTP/1.1 head, chunked or plain body, SSE lines. A feed keeps the beginning
 * of one line and allocates nothing. The data of a message of ours is
 *
 *	CHANNEL.SEQUENCE.SENT.xxxx...
 *
 * three decimal numbers of fixed width (10, 10 and 20 digits; SENT is
 * CLOCK_MONOTONIC in ns) and padding.
 */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FEED_STAMP = 43, FEED_LINE = 64 };

enum feed_what {
	FEED_OPEN,    /* the head is whole and its status is 200 */
	FEED_MESSAGE, /* one of ours; the only one with a stamp */
	FEED_CURSOR,  /* event: cursor */
	FEED_GAP,     /* event: gap */
	FEED_FOREIGN  /* anything else that has data */
};

struct feed_stamp {
	uint32_t channel; /* 0: the common one; K + 1: reader K's own */
	uint32_t sequence;
	uint64_t sent_ns;
	size_t bytes; /* of the whole data */
};

enum feed_state {
	FEED_STATUS,
	FEED_HEAD,
	FEED_SIZE,
	FEED_SIZE_REST,
	FEED_CHUNK,
	FEED_CHUNK_END,
	FEED_PLAIN,
	FEED_ENDED
};

struct feed {
	enum feed_state state;
	bool chunked;
	size_t left;	 /* bytes of this chunk still to come */
	size_t line_len; /* may be more than is kept in `line` */
	char line[FEED_LINE];
	enum feed_what what;  /* of the event that is coming in */
	unsigned int n_data;  /* its data lines */
	struct feed_stamp at; /* its stamp */
};

/* `stamp` is valid until the function returns; NULL unless FEED_MESSAGE. */
typedef void feed_fn(void *arg, enum feed_what what,
		     const struct feed_stamp *stamp);

void feed_init(struct feed *f);

/* Calls `fn` for all that becomes whole with `bytes`. False: not a 200, or
 * not chunks, or the response has ended. */
bool feed_take(struct feed *f, const char *bytes, size_t len, feed_fn *fn,
	       void *arg);

/* Writes the data of a message: `size` bytes (at least FEED_STAMP), no NUL. */
void feed_write(char *out, size_t size, const struct feed_stamp *stamp);

#endif
