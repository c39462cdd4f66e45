/* SPDX-License-Identifier: MIT */
/*
 * stamp.h - what a subscriber gets, and the data of the messages it is sent:
 *
 *	CHANNEL.SEQUENCE.SENT.abcd...
 *
 * three decimal numbers of fixed width (10, 10 and 20 digits; SENT is
 * CLOCK_MONOTONIC in ns) and padding, of small letters that look like noise:
 * a server that compresses has something to do.
 */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STAMP_SIZE = 43 };

struct stamp {
	uint32_t channel; /* 0: the common one; K + 1: subscriber K's own */
	uint32_t sequence;
	uint64_t sent_ns;
	size_t bytes; /* of the whole data */
	bool packed;  /* it came compressed */
};

enum feed_what {
	FEED_OPEN,    /* the head is whole and its status is right */
	FEED_MESSAGE, /* one of ours; the only one with a stamp */
	FEED_CURSOR,  /* where the subscriber stands: it is held */
	FEED_GAP,     /* the server has lost something */
	FEED_PING,    /* to be answered */
	FEED_FOREIGN  /* anything else that has data */
};

/* `stamp` is valid until the function returns; NULL unless FEED_MESSAGE. */
typedef void feed_fn(void *arg, enum feed_what what, const struct stamp *stamp);

/* Writes the data of a message: `size` bytes (at least STAMP_SIZE), no NUL. */
void stamp_write(char *out, size_t size, const struct stamp *stamp);

/* Of data that begins at `s`, of which `len` bytes are there. False: it is
 * not ours. `bytes` is set to `len`. */
bool stamp_read(struct stamp *out, const char *s, size_t len);

#endif
