/* SPDX-License-Identifier: MIT */
/*
 * ws_deflate.c - a message is deflate blocks, followed by an empty stored
 * block whose last four bytes are not sent (RFC 7692, 7.2.1).
 */
#include "config.h"

#include "shared/wire/ws_deflate.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#define ZLIB_CONST /* next_in is const */
#include <zlib.h>

#include "shared/base/xalloc.h"

/* An empty stored block without its first byte, the type. */
static const uint8_t TAIL[4] = {0x00, 0x00, 0xFF, 0xFF};

enum {
	RAW = -MAX_WBITS, /* no header, no checksum; the largest window */
	/* zlib's defaults: 128 KB of memory beside the 128 KB of the window,
	 * and Z_DEFAULT_COMPRESSION. A live message is compressed once for all
	 * subscribers, so a faster level would save little. */
	MEM_LEVEL = 8,
	STORED_MAX = UINT16_MAX, /* bytes of a stored block */
	CHUNK = 4096
};

static struct {
	z_stream deflater;
	z_stream inflater;
	bool has_deflater;
	bool has_inflater;
} kept;

static void *
allocate(void *unused, unsigned int count, unsigned int size)
{
	(void)unused;
	return xcalloc(count, size);
}

static void
release(void *unused, void *block)
{
	(void)unused;
	free(block);
}

static z_stream *
get_deflater(void)
{
	z_stream *z = &kept.deflater;

	if (kept.has_deflater) {
		(void)deflateReset(z);
		return z;
	}
	*z = (z_stream){.zalloc = allocate, .zfree = release};
	if (deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW, MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		xalloc_failed();
	kept.has_deflater = true;
	return z;
}

static z_stream *
get_inflater(void)
{
	z_stream *z = &kept.inflater;

	if (kept.has_inflater) {
		(void)inflateReset(z);
		return z;
	}
	*z = (z_stream){.zalloc = allocate, .zfree = release};
	if (inflateInit2(z, RAW) != Z_OK)
		xalloc_failed();
	kept.has_inflater = true;
	return z;
}

/* Compresses all bytes, up to a byte boundary: the result ends with TAIL. */
static void
put_deflated(struct buf *out, z_stream *z, const void *bytes, size_t len)
{
	uint8_t chunk[CHUNK];

	z->next_in = bytes;
	z->avail_in = (uInt)len;
	do {
		z->next_out = chunk;
		z->avail_out = sizeof(chunk);
		(void)deflate(z, Z_SYNC_FLUSH);
		buf_put(out, chunk, sizeof(chunk) - z->avail_out);
	} while (z->avail_out == 0 && buf_ok(out));
}

void
ws_deflate(struct buf *out, const void *bytes, size_t len, bool more)
{
	if (len > UINT_MAX) {
		out->bad = true;
		return;
	}
	put_deflated(out, get_deflater(), bytes, len);
	if (!more && buf_ok(out))
		out->len -= sizeof(TAIL);
}

void
ws_deflate_end(struct buf *out, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		size_t size = len < STORED_MAX ? len : STORED_MAX;
		const uint8_t head[5] = {0, size & 0xFF, size >> 8,
					 ~size & 0xFF, ~size >> 8 & 0xFF};

		buf_put(out, head, sizeof(head));
		buf_put(out, at, size);
		at += size;
		len -= size;
	}
	buf_putc(out, 0); /* the empty block; TAIL is not sent */
}

/* Uses all bytes. Some output may still be pending inside zlib; the next piece
 * flushes it, and TAIL, the last piece, produces none. */
static enum ws_inflated
inflate_piece(struct buf *out, z_stream *z, const void *bytes, size_t len)
{
	uint8_t chunk[CHUNK];
	size_t made;
	int result;

	z->next_in = bytes;
	z->avail_in = (uInt)len;
	do {
		z->next_out = chunk;
		z->avail_out = sizeof(chunk);
		result = inflate(z, Z_SYNC_FLUSH);
		made = sizeof(chunk) - z->avail_out;
		if (made > out->max - out->len)
			return WS_INFLATED_TOO_BIG;
		buf_put(out, chunk, made);
		if (result == Z_STREAM_END)
			(void)inflateReset(z); /* more blocks may follow */
		else if (result != Z_OK && result != Z_BUF_ERROR)
			return WS_INFLATED_BAD;
	} while (z->avail_in > 0);
	return WS_INFLATED;
}

/* False: in the middle of a block (zlib.h: inflate(), data_type). */
static bool
is_between_blocks(const z_stream *z)
{
	return (z->data_type & 128) != 0;
}

enum ws_inflated
ws_inflate(struct buf *out, const void *bytes, size_t len)
{
	z_stream *z = get_inflater();
	enum ws_inflated result;

	if (len > UINT_MAX)
		return WS_INFLATED_TOO_BIG;
	result = inflate_piece(out, z, bytes, len);
	/* total_in is 0 after a reset: the message ended with a block marked
	 * as final, which some senders do not follow with an empty block. */
	if (result != WS_INFLATED || z->total_in == 0)
		return result;
	result = inflate_piece(out, z, TAIL, sizeof(TAIL));
	if (result == WS_INFLATED && !is_between_blocks(z))
		return WS_INFLATED_BAD;
	return result;
}

void
ws_deflate_free(void)
{
	if (kept.has_deflater)
		(void)deflateEnd(&kept.deflater);
	if (kept.has_inflater)
		(void)inflateEnd(&kept.inflater);
	kept.has_deflater = kept.has_inflater = false;
}
