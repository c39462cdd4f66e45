/* SPDX-License-Identifier: MIT */
/*
 * chain.h - bytes from several rcbufs, framed once and sent to many clients
 * without copying.
 *
 * A chain is filled (rcbufs by reference, small pieces by copy), framed for the
 * conns it goes to, and written with writev() from its iovecs. A process reuses
 * one chain for everything it sends. What a socket does not take at once is
 * kept as a parcel: it refers to the same rcbufs, and all conns that have it
 * queued share it.
 *
 * Source: FastCGI specification 1.0, 3.3 (records), 5.5 (END_REQUEST)
 */
#ifndef SHARED_NET_CHAIN_H
#define SHARED_NET_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/rcbuf.h"

/* A framing is CHAIN_RAW (none), CHAIN_BODY (the same without the head of a
 * response), or the id of a FastCGI request. */
enum { CHAIN_RAW = 0, CHAIN_BODY = -2 };

struct chain_piece {
	struct rcbuf *rcbuf; /* NULL: the bytes are in `small` */
	size_t at;	     /* offset in `small` */
	size_t len;
};

struct chain {
	struct chain_piece *pieces;
	size_t piece_count, piece_room;
	struct buf small;
	size_t body;	/* the piece that it begins with */
	size_t content; /* bytes, without framing */
	bool ends;	/* END_REQUEST follows the content */
	bool bad;	/* a limit was exceeded: it must not be sent */

	/* Made by chain_frame(): the bytes to write. */
	struct iovec *iov;
	struct rcbuf **iov_rcbuf; /* of each iovec, or NULL */
	size_t iov_count, iov_room;
	struct buf headers;
	struct buf flat;       /* a short chain, copied into one piece */
	size_t len;	       /* bytes, with framing */
	int framing;	       /* -1: not framed */
	struct parcel *parcel; /* made by chain_keep(), or NULL */
};

void chain_init(struct chain *c);
void chain_free(struct chain *c);

/* Removes all pieces and releases their rcbufs; good again. Keeps its memory.
 */
void chain_clear(struct chain *c);

/* Adds the bytes of `b`; takes a reference of its own. NULL (bytes that
 * exceeded their limit) turns the chain bad. */
void chain_add_rcbuf(struct chain *c, struct rcbuf *b);

/* Adds a copy of `bytes`: for a few bytes. */
void chain_add(struct chain *c, const void *bytes, size_t len);

/* The same with the bytes of `b`; a bad buffer turns the chain bad. */
void chain_add_buf(struct chain *c, const struct buf *b);

/* What was added so far is the head of a response: CHAIN_BODY leaves it out. */
void chain_end_head(struct chain *c);

/* The request ends with this chain: under FastCGI the end of STDOUT and
 * END_REQUEST follow the content. */
void chain_end(struct chain *c);

/* Makes iov, iov_count and len; does nothing when `framing` has not changed.
 * False: the chain is bad. */
bool chain_frame(struct chain *c, int framing) MUST_USE;

/* The framed bytes, immutable. The caller owns one reference. The same parcel
 * each time, until the chain or its framing changes. */
struct parcel *chain_keep(struct chain *c) MUST_USE RETURNS_NONNULL;

struct parcel {
	size_t refs;
	size_t len;
	size_t memory; /* bytes of its own allocation */
	size_t iov_count;
	struct iovec *iov;
	struct rcbuf **iov_rcbuf; /* of each iovec, or NULL */
};

/* Releases one reference; the last one frees. NULL is fine. */
void parcel_unref(struct parcel *p);

/* Bytes of memory that all parcels of the process take, including the rcbufs
 * that they refer to: each counts once. */
size_t parcels_memory(void);

/* The part of that which falls to one of the references to `p`. What others
 * refer to as well is divided among them. */
size_t parcel_share(const struct parcel *p);

#endif
