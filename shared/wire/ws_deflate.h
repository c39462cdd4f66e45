/* SPDX-License-Identifier: MIT */
/*
 * ws_deflate.h - permessage-deflate without context takeover in either
 * direction: each message is compressed by itself, so one compressed message
 * serves all subscribers.
 *
 * A message is a series of deflate blocks. The part that all subscribers share
 * is compressed once; the suffix of each subscriber follows as a stored block.
 *
 * A process has one compressor and one decompressor, allocated on first use.
 *
 * Source: RFC 7692 (7.2.1, 7.2.2), RFC 1951 (3.2.4); zlib.h
 */
#ifndef SHARED_WIRE_WS_DEFLATE_H
#define SHARED_WIRE_WS_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"

/* Appends `bytes`, compressed. `more`: a ws_deflate_end() follows, in another
 * frame; else this is the whole message. */
void ws_deflate(struct buf *out, const void *bytes, size_t len, bool more);

/* Appends the end of a message, not compressed. */
void ws_deflate_end(struct buf *out, const void *bytes, size_t len);

enum ws_inflated {
	WS_INFLATED,
	WS_INFLATED_TOO_BIG, /* above out->max */
	WS_INFLATED_BAD	     /* not deflate, or incomplete */
};

/* Appends the decompressed message; `out` never holds more than out->max. */
enum ws_inflated ws_inflate(struct buf *out, const void *bytes,
			    size_t len) MUST_USE;

/* Frees the compressor and the decompressor. */
void ws_deflate_free(void);

#endif
