/* SPDX-License-Identifier: MIT */
/*
 * stamp.h - the data of a message, which says what it is wherever it stands:
 *
 *	MCHANNEL.SEQUENCE.SENT.abcd...E
 *
 * three decimal numbers of fixed width (7, 10 and 20 digits; SENT is
 * CLOCK_MONOTONIC in ns) and padding of small letters that look like noise, so
 * that a server that compresses has something to do. Letters, digits and dots
 * need no escaping in any format that a server may put around them.
 */
#ifndef BENCH_LOAD_STAMP_H
#define BENCH_LOAD_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STAMP_MIN = 42 }; /* bytes, without padding */

struct stamp {
	uint32_t channel;
	uint32_t sequence; /* in the channel, from 0 */
	uint64_t sent_ns;
	size_t bytes; /* of the whole data */
};

/* Writes `size` bytes (at least STAMP_MIN), no NUL. */
void stamp_write(char *out, size_t size, const struct stamp *stamp);

/*
 * Finds the first whole stamp from `*at` on; sets `*at` behind it. False: there
 * is none before `end`. One whose end is missing has the bytes up to the first
 * that cannot be padding.
 */
bool stamp_find(const char **at, const char *end, struct stamp *out);

#endif
