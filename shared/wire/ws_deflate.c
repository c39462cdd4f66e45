/* SPDX-License-Identifier: MIT */
/*
 * ws_deflate.c - a message is deflate blocks, ended by an empty stored block
 * of which the last four bytes are not sent.
 */
#include "config.h"

#include "shared/wire/ws_deflate.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#define ZLIB_CONST /* what is read is const */
#include <zlib.h>

/* Of an empty stored block, the bytes after the one with its type. */
static const uint8_t TAIL[4] = {0x00, 0x00, 0xFF, 0xFF};

enum {
	RAW = -MAX_WBITS, /* no header, no checksum; the widest window */
	/* Beside the window's 128 KB, 128 KB for what is being coded: zlib's
	 * own choice, as is the level. What is
	 * live is compressed once for all its subscribers, so a faster level
	 * would save little. */
	MEM_LEVEL = 8,
	STORED_MAX = UINT16_MAX, /* bytes of a stored block */
	CHUNK = 4096
};

static struct {
	z_stream deflater;
	z_stream inflater;
	bool deflates; /* it was made */
	bool inflates;
} kept;

/* Through ours, so that tests can make memory run out. */
static void *
allocate(void *unused, unsigned int count, unsigned int size)
{
	(void)unused;
	return calloc(count, size);
}

static void
release(void *unused, void *block)
{
	(void)unused;
	free(block);
}

static bool
deflate_begin(void)
{
	if (kept.deflates)
		return deflateReset(&kept.deflater) == Z_OK;
	kept.deflater = (z_stream){.zalloc = allocate, .zfree = release};
	kept.deflates =
	    deflateInit2(&kept.deflater, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW,
			 MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
	return kept.deflates;
}

static bool
inflate_begin(void)
{
	if (kept.inflates)
		return inflateReset(&kept.inflater) == Z_OK;
	kept.inflater = (z_stream){.zalloc = allocate, .zfree = release};
	kept.inflates = inflateInit2(&kept.inflater, RAW) == Z_OK;
	return kept.inflates;
}

/* Compresses all of it, up to a whole byte: the result ends in TAIL. */
static void
put_deflated(struct buf *out, const void *bytes, size_t len)
{
	z_stream *z = &kept.deflater;
	uint8_t chunk[CHUNK];

	z->next_in = bytes;
	z->avail_in = (uInt)len;
	do {
		z->next_out = chunk;
		z->avail_out = sizeof chunk;
		if (deflate(z, Z_SYNC_FLUSH) == Z_STREAM_ERROR)
			out->bad = true;
		buf_put(out, chunk, sizeof chunk - z->avail_out);
	} while (z->avail_out == 0 && buf_ok(out));
}

void
ws_deflate(struct buf *out, const void *bytes, size_t len, bool more)
{
	if (len > UINT_MAX || !deflate_begin()) {
		out->bad = true;
		return;
	}
	put_deflated(out, bytes, len);
	if (!more && buf_ok(out))
		out->len -= sizeof TAIL;
}

void
ws_deflate_end(struct buf *out, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		size_t size = len < STORED_MAX ? len : STORED_MAX;
		const uint8_t head[5] = {0, size & 0xFF, size >> 8,
					 ~size & 0xFF, ~size >> 8 & 0xFF};

		buf_put(out, head, sizeof head);
		buf_put(out, at, size);
		at += size;
		len -= size;
	}
	buf_putc(out, 0); /* and TAIL, which is not sent */
}

/* What became of `made` bytes of a chunk. */
static enum ws_inflated
put_inflated(struct buf *out, const uint8_t *chunk, size_t made)
{
	if (made > out->max - out->len)
		return WS_INFLATED_TOO_BIG;
	buf_put(out, chunk, made);
	return buf_ok(out) ? WS_INFLATED : WS_INFLATED_NO_MEMORY;
}

/* All of it is read; what it makes may still wait for room, until the next
 * piece is read: the last is TAIL, which makes nothing. */
static enum ws_inflated
inflate_piece(struct buf *out, const void *bytes, size_t len)
{
	z_stream *z = &kept.inflater;
	uint8_t chunk[CHUNK];
	enum ws_inflated put;
	int result;

	z->next_in = bytes;
	z->avail_in = (uInt)len;
	do {
		z->next_out = chunk;
		z->avail_out = sizeof chunk;
		result = inflate(z, Z_SYNC_FLUSH);
		put = put_inflated(out, chunk, sizeof chunk - z->avail_out);
		if (put != WS_INFLATED)
			return put;
		if (result == Z_STREAM_END)
			(void)inflateReset(z); /* other blocks may follow */
		else if (result == Z_MEM_ERROR)
			return WS_INFLATED_NO_MEMORY;
		else if (result != Z_OK && result != Z_BUF_ERROR)
			return WS_INFLATED_BAD;
	} while (z->avail_in > 0);
	return WS_INFLATED;
}

/* True when nothing is left incomplete: between two blocks. See zlib.h,
 * inflate(), on data_type. */
static bool
is_between_blocks(const z_stream *z)
{
	return (z->data_type & 128) != 0;
}

enum ws_inflated
ws_inflate(struct buf *out, const void *bytes, size_t len)
{
	enum ws_inflated result;

	if (len > UINT_MAX)
		return WS_INFLATED_TOO_BIG;
	if (!inflate_begin())
		return WS_INFLATED_NO_MEMORY;
	result = inflate_piece(out, bytes, len);
	/* Nothing read since the last reset: a block marked as the last was
	 * it, and some senders let no empty block follow. */
	if (result != WS_INFLATED || kept.inflater.total_in == 0)
		return result;
	result = inflate_piece(out, TAIL, sizeof TAIL);
	if (result == WS_INFLATED && !is_between_blocks(&kept.inflater))
		return WS_INFLATED_BAD; /* it was cut */
	return result;
}

void
ws_deflate_free(void)
{
	if (kept.deflates)
		(void)deflateEnd(&kept.deflater);
	if (kept.inflates)
		(void)inflateEnd(&kept.inflater);
	kept.deflates = kept.inflates = false;
}
