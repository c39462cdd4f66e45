/* SPDX-License-Identifier: MIT */
/*
 * rcbuf.h - bytes that never change, shared by all who must send them.
 *
 * A message is formatted once per format into a rcbuf; each subscriber's write
 * refers to it. The last rcbuf_unref() frees it. Not thread-safe.
 */
#ifndef SHARED_BASE_RCBUF_H
#define SHARED_BASE_RCBUF_H

#include <stddef.h>

#include "shared/base/attributes.h"

struct rcbuf {
	size_t refs;
	size_t len;
	char bytes[];
};

/* A copy of `bytes`, with one reference, the caller's. NULL: no memory. */
struct rcbuf *rcbuf_new(const void *bytes, size_t len) MUST_USE;

/* One more reference; returns `b`. NULL is fine. */
struct rcbuf *rcbuf_ref(struct rcbuf *b);

/* One reference less. NULL is fine. */
void rcbuf_unref(struct rcbuf *b);

#endif
