/* SPDX-License-Identifier: MIT */
/*
 * redis_reader.h - from the bytes of Redis to replies, within limits.
 *
 * hiredis parses. A reply that is larger than `reply_max` bytes, has an array
 * of more than REDIS_ARRAY_MAX elements, a line of more than REDIS_LINE_MAX
 * bytes, or more than REDIS_LEVELS_MAX arrays inside each other is an error,
 * before memory is used for it.
 *
 * Source: hiredis 0.14 and 1.x, read.h
 */
#ifndef SHARED_BUS_REDIS_READER_H
#define SHARED_BUS_REDIS_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_reply.h"

enum {
	REDIS_ARRAY_MAX = 64 * 1024,
	REDIS_LINE_MAX = 64 * 1024,
	REDIS_LEVELS_MAX = 7 /* of hiredis 0.14 */
};

struct redis_reader;

/* False: no more of the bytes are read; the caller frees the reader once
 * redis_reader_feed() has returned. */
typedef bool redis_reader_fn(void *arg, const struct redis_reply *reply);

struct redis_reader *redis_reader_new(size_t reply_max) RETURNS_NONNULL;
void redis_reader_free(struct redis_reader *r); /* NULL is fine */

/* Calls fn for each reply that is now complete. Returns NULL, or what is wrong
 * with the bytes; then the reader is of no more use. Valid until the next
 * call. */
const char *redis_reader_feed(struct redis_reader *r, struct text bytes,
			      redis_reader_fn *fn, void *arg) MUST_USE;

#endif
