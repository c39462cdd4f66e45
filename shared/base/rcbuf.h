/* SPDX-License-Identifier: MIT */
/*
 * rcbuf.h - immutable bytes with a reference count.
 *
 * A message is formatted once per format into an rcbuf; the writes of all
 * subscribers refer to it. Not thread-safe.
 */
#ifndef SHARED_BASE_RCBUF_H
#define SHARED_BASE_RCBUF_H

#include <stddef.h>

#include "shared/base/attributes.h"

struct rcbuf {
	size_t refs;
	size_t queued; /* those of parcels (chain.h), once per iovec */
	size_t len;
	char bytes[];
};

/* A copy of `bytes`. The caller owns its one reference. */
struct rcbuf *rcbuf_new(const void *bytes, size_t len) MUST_USE RETURNS_NONNULL;

/* Adds a reference and returns `b`. NULL is fine. */
struct rcbuf *rcbuf_ref(struct rcbuf *b);

/* Releases a reference; the last one frees. NULL is fine. */
void rcbuf_unref(struct rcbuf *b);

#endif
