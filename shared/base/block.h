/* SPDX-License-Identifier: MIT */
/*
 * block.h - bytes that never change, shared by all who must send them.
 *
 * A message is formatted once per format into a block; each subscriber's write
 * refers to it. The last block_unref() frees it. Not thread-safe.
 */
#ifndef SHARED_BASE_BLOCK_H
#define SHARED_BASE_BLOCK_H

#include <stddef.h>

#include "shared/base/attributes.h"

struct block {
	size_t refs;
	size_t len;
	char bytes[];
};

/* A copy of `bytes`, with one reference, the caller's. NULL: no memory. */
struct block *block_new(const void *bytes, size_t len) MUST_USE;

/* One more reference; returns `b`. NULL is fine. */
struct block *block_ref(struct block *b);

/* One reference less. NULL is fine. */
void block_unref(struct block *b);

#endif
