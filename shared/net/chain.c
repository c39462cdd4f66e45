/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/chain.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/vec.h"
#include "shared/base/xalloc.h"
#include "shared/wire/record.h"

enum {
	SMALL_MAX = 64 * 1024 * 1024,
	SMALL_KEPT = 256 * 1024,
	FLAT_SHORT = 4096, /* one copy costs less than a writev() per client */
	/* Many small pieces: one copy costs less than their iovecs per client,
	 * and a parcel of it takes no more than they do. */
	FLAT_MAX = 256 * 1024,
	FLAT_PIECE = 512
};

static size_t memory; /* of all parcels and their rcbufs */

void
chain_init(struct chain *c)
{
	memset(c, 0, sizeof(*c));
	buf_init(&c->small, SMALL_MAX);
	buf_init(&c->headers, SMALL_MAX);
	buf_init(&c->flat, FLAT_MAX);
	c->framing = -1;
}

/* The pieces change: what was made from them is void. */
static void
unframe(struct chain *c)
{
	parcel_unref(c->parcel);
	c->parcel = NULL;
	c->framing = -1;
}

void
chain_clear(struct chain *c)
{
	size_t i;

	unframe(c);
	for (i = 0; i < c->piece_count; i++)
		rcbuf_unref(c->pieces[i].rcbuf);
	c->piece_count = 0;
	c->body = 0;
	if (c->small.room > SMALL_KEPT)
		buf_free(&c->small);
	buf_clear(&c->small);
	c->content = 0;
	c->ends = false;
	c->bad = false;
}

void
chain_free(struct chain *c)
{
	chain_clear(c);
	free(c->pieces);
	free(c->iov);
	free(c->iov_rcbuf);
	buf_free(&c->small);
	buf_free(&c->headers);
	buf_free(&c->flat);
	chain_init(c);
}

static void
add_piece(struct chain *c, struct chain_piece piece)
{
	c->pieces = vec_grow(c->pieces, c->piece_count, &c->piece_room,
			     sizeof(*c->pieces));
	c->pieces[c->piece_count++] = piece;
}

void
chain_add_rcbuf(struct chain *c, struct rcbuf *b)
{
	if (b == NULL) {
		c->bad = true;
		return;
	}
	if (b->len == 0)
		return;
	unframe(c);
	add_piece(c,
		  (struct chain_piece){.rcbuf = rcbuf_ref(b), .len = b->len});
	c->content += b->len;
}

void
chain_add(struct chain *c, const void *bytes, size_t len)
{
	struct chain_piece *last =
	    c->piece_count > c->body ? &c->pieces[c->piece_count - 1] : NULL;
	size_t at = c->small.len;

	if (len == 0)
		return;
	buf_put(&c->small, bytes, len);
	if (!buf_ok(&c->small)) {
		c->bad = true;
		return;
	}
	unframe(c);
	c->content += len;
	if (last != NULL && last->rcbuf == NULL)
		last->len += len; /* joins the small piece before it */
	else
		add_piece(c, (struct chain_piece){.at = at, .len = len});
}

void
chain_add_buf(struct chain *c, const struct buf *b)
{
	if (buf_ok(b))
		chain_add(c, b->bytes, b->len);
	else
		c->bad = true;
}

void
chain_end_head(struct chain *c)
{
	unframe(c);
	c->body = c->piece_count;
}

void
chain_end(struct chain *c)
{
	unframe(c);
	c->ends = true;
}

static void
put_iov(struct chain *c, const void *bytes, size_t len, struct rcbuf *rcbuf)
{
	c->iov[c->iov_count].iov_base = (void *)(uintptr_t)bytes;
	c->iov[c->iov_count].iov_len = len;
	c->iov_rcbuf[c->iov_count] = rcbuf;
	c->iov_count++;
	c->len += len;
}

static void
put_pieces_raw(struct chain *c, size_t first)
{
	const struct chain_piece *p;
	size_t i;

	for (i = first; i < c->piece_count; i++) {
		p = &c->pieces[i];
		put_iov(c, p->rcbuf ? p->rcbuf->bytes : c->small.bytes + p->at,
			p->len, p->rcbuf);
	}
}

/* Records of up to 65,535 bytes: for each the next of `headers`, then its
 * content. */
static void
put_pieces_in_records(struct chain *c)
{
	const uint8_t *header = (const uint8_t *)c->headers.bytes;
	size_t left = c->content, record = 0, i;

	for (i = 0; i < c->piece_count; i++) {
		const struct chain_piece *p = &c->pieces[i];
		const char *at =
		    p->rcbuf ? p->rcbuf->bytes : c->small.bytes + p->at;
		size_t todo = p->len, n;

		for (; todo > 0; todo -= n, at += n, record -= n, left -= n) {
			if (record == 0) {
				record = left < RECORD_CONTENT_MAX
					     ? left
					     : RECORD_CONTENT_MAX;
				put_iov(c, header, RECORD_HEADER_SIZE, NULL);
				header += RECORD_HEADER_SIZE;
			}
			n = todo < record ? todo : record;
			put_iov(c, at, n, p->rcbuf);
		}
	}
	if (c->ends)
		put_iov(c, header, RECORD_HEADER_SIZE + RECORD_END_SIZE, NULL);
}

/* The headers of all records, in order. */
static void
make_headers(struct chain *c, uint16_t id)
{
	uint8_t header[RECORD_HEADER_SIZE + RECORD_END_SIZE];
	size_t left, n;

	buf_clear(&c->headers);
	for (left = c->content; left > 0; left -= n) {
		n = left < RECORD_CONTENT_MAX ? left : RECORD_CONTENT_MAX;
		record_header(header, RECORD_TYPE_STDOUT, id, (uint16_t)n);
		buf_put(&c->headers, header, RECORD_HEADER_SIZE);
	}
	if (c->ends) {
		record_header(header, RECORD_TYPE_STDOUT, id, 0);
		record_end(header + RECORD_HEADER_SIZE, id,
			   RECORD_REQUEST_COMPLETE);
		buf_put(&c->headers, header, sizeof(header));
	}
}

static void
make_iov_room(struct chain *c, size_t count)
{
	if (count <= c->iov_room)
		return;
	c->iov = xreallocarray(c->iov, count, sizeof(*c->iov));
	c->iov_rcbuf =
	    xreallocarray(c->iov_rcbuf, count, sizeof(*c->iov_rcbuf));
	c->iov_room = count;
}

/* A short chain, or one of small pieces, becomes one piece: send() is cheaper
 * than writev(). */
static void
flatten(struct chain *c)
{
	size_t i;

	if (c->iov_count < 2 || c->len > FLAT_MAX ||
	    (c->len > FLAT_SHORT && c->len / c->iov_count > FLAT_PIECE))
		return;
	buf_clear(&c->flat);
	for (i = 0; i < c->iov_count; i++)
		buf_put(&c->flat, c->iov[i].iov_base, c->iov[i].iov_len);
	c->iov_count = 0;
	c->len = 0;
	put_iov(c, c->flat.bytes, c->flat.len, NULL);
}

bool
chain_frame(struct chain *c, int framing)
{
	size_t records = c->content / RECORD_CONTENT_MAX + 1;

	if (c->bad)
		return false;
	if (c->framing == framing)
		return true;
	unframe(c);
	/* a record takes an iovec for its header and may cut a piece in two;
	 * END_REQUEST takes one more */
	make_iov_room(c, c->piece_count + 2 * records + 1);
	c->iov_count = 0;
	c->len = 0;
	if (framing == CHAIN_RAW || framing == CHAIN_BODY) {
		put_pieces_raw(c, framing == CHAIN_BODY ? c->body : 0);
	} else {
		make_headers(c, (uint16_t)framing);
		put_pieces_in_records(c);
	}
	flatten(c);
	c->framing = framing;
	return true;
}

static size_t
rcbuf_size(const struct rcbuf *b)
{
	return sizeof(*b) + b->len;
}

static struct rcbuf *
queue_rcbuf(struct rcbuf *b)
{
	if (b != NULL && b->queued++ == 0)
		memory += rcbuf_size(b);
	return rcbuf_ref(b);
}

static void
unqueue_rcbuf(struct rcbuf *b)
{
	if (b != NULL && --b->queued == 0)
		memory -= rcbuf_size(b);
	rcbuf_unref(b);
}

/* One allocation: the parcel, its two arrays, and a copy of the bytes that are
 * in no rcbuf. */
static struct parcel *
make_parcel(const struct chain *c)
{
	struct parcel *p;
	size_t size = sizeof(*p), i;
	char *at;

	size += c->iov_count * (sizeof(*p->iov) + sizeof(*p->iov_rcbuf));
	for (i = 0; i < c->iov_count; i++)
		if (c->iov_rcbuf[i] == NULL)
			size += c->iov[i].iov_len;
	p = xmalloc(size);
	p->refs = 1;
	p->memory = size;
	memory += size;
	p->len = c->len;
	p->iov_count = c->iov_count;
	p->iov = (struct iovec *)(p + 1);
	p->iov_rcbuf = (struct rcbuf **)(p->iov + p->iov_count);
	at = (char *)(p->iov_rcbuf + p->iov_count);
	for (i = 0; i < p->iov_count; i++) {
		p->iov[i] = c->iov[i];
		p->iov_rcbuf[i] = queue_rcbuf(c->iov_rcbuf[i]);
		if (p->iov_rcbuf[i] != NULL)
			continue;
		memcpy(at, c->iov[i].iov_base, c->iov[i].iov_len);
		p->iov[i].iov_base = at;
		at += c->iov[i].iov_len;
	}
	return p;
}

struct parcel *
chain_keep(struct chain *c)
{
	if (c->parcel == NULL)
		c->parcel = make_parcel(c);
	c->parcel->refs++;
	return c->parcel;
}

void
parcel_unref(struct parcel *p)
{
	size_t i;

	if (p == NULL || --p->refs > 0)
		return;
	for (i = 0; i < p->iov_count; i++)
		unqueue_rcbuf(p->iov_rcbuf[i]);
	memory -= p->memory;
	free(p);
}

size_t
parcels_memory(void)
{
	return memory;
}

size_t
parcel_share(const struct parcel *p)
{
	size_t share = p->memory, i;

	for (i = 0; i < p->iov_count; i++)
		if (p->iov_rcbuf[i] != NULL)
			share += rcbuf_size(p->iov_rcbuf[i]) /
				 p->iov_rcbuf[i]->queued;
	return share / p->refs;
}
