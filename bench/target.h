/* SPDX-License-Identifier: MIT */
/*
 * target.h - how a server is asked: its URLs, and nothing else of it.
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How messages are read. */
enum target_way {
	WAY_SSE,
	WAY_WEBSOCKET,
	WAY_DEFLATE /* a WebSocket that offers permessage-deflate */
};

struct target {
	const char *name;
	bool says_cursor; /* a subscriber stands once it was told its cursor */

	/* What goes before a channel: the only one, the first, the second. */
	const char *read_one;
	const char *read_two;
	const char *socket_one; /* the same of WebSockets */
	const char *socket_two;
	const char *read_own;

	/* A message is posted to `publish`, the channel after it; or, with
	 * `field`, the channel after that in the body, and then `data`. */
	const char *publish;
	const char *field;
	const char *data;
	const char *content_type;
};

/* NULL: no such target. */
const struct target *target_find(const char *name);

/* "sse", "websocket" or "deflate". False: none of them. */
bool target_find_way(enum target_way *out, const char *name);

/*
 * Write a whole request; return its length, or 0 when `size` is too small.
 * Channel 0 is the common one, K + 1 the one of subscriber K. A subscriber
 * reads the common one, and `own` when it is not 0.
 */
size_t target_read(const struct target *t, enum target_way way, char *out,
		   size_t size, uint32_t own);
size_t target_publish(const struct target *t, char *out, size_t size,
		      uint32_t channel, const char *data);

#endif
