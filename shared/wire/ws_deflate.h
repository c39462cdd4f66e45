/* SPDX-License-Identifier: MIT */
/*
 * ws_deflate.h - permessage-deflate without context takeover, either way: each
 * message is compressed for itself, so one compressed message serves all.
 *
 * The bytes of a message are a series of deflate blocks. So its shared start
 * can be compressed once, and each subscriber's own short end follows it as a
 * stored block.
 *
 * One process has one compressor and one decompressor, made when first used.
 *
 * Source: RFC 7692 (7.2.1, 7.2.2), RFC 1951 (3.2.4); zlib.h
 */
#ifndef SHARED_WIRE_WS_DEFLATE_H
#define SHARED_WIRE_WS_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"

/* Writes `bytes` compressed. `more`: ws_deflate_end() will follow, in another
 * frame; else this is the whole message. `out` turns bad without memory. */
void ws_deflate(struct buf *out, const void *bytes, size_t len, bool more);

/* Writes the end of a message, not compressed. */
void ws_deflate_end(struct buf *out, const void *bytes, size_t len);

enum ws_inflated {
	WS_INFLATED,
	WS_INFLATED_TOO_BIG, /* for out->max */
	WS_INFLATED_BAD,     /* it is not deflate */
	WS_INFLATED_NO_MEMORY
};

/* Writes the message `bytes` decompress to, at most out->max in all. */
enum ws_inflated ws_inflate(struct buf *out, const void *bytes,
			    size_t len) MUST_USE;

/* Frees compressor and decompressor. */
void ws_deflate_free(void);

#endif
