/* SPDX-License-Identifier: MIT */
/*
 * chain.h - bytes from several rcbufs, framed once, sent to many without
 * copying.
 *
 * A chain is filled (shared rcbufs by reference, small pieces by copy), framed
 * for the kind of conn it goes to, and written with writev() from its iovecs.
 * It is reused: one of a process builds everything. What a socket does not
 * take at once is kept as a parcel, which refers to the same rcbufs and is
 * shared by all conns that are behind with it.
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

enum { CHAIN_RAW = 0 }; /* framing: none; otherwise the FastCGI request id */

struct chain_piece {
	struct rcbuf *rcbuf; /* NULL: the bytes are in `small` */
	size_t at;	     /* offset in `small` */
	size_t len;
};

struct chain {
	struct chain_piece *pieces;
	size_t piece_count, piece_room;
	struct buf small;
	size_t content; /* bytes, without framing */
	bool ends;	/* END_REQUEST follows the content */
	bool bad;	/* memory ran out */

	/* After chain_frame(): what to write. */
	struct iovec *iov;
	struct rcbuf **iov_rcbuf; /* of each iovec, or NULL */
	size_t iov_count, iov_room;
	struct buf headers;
	struct buf flat;       /* all of a short chain in one piece */
	size_t len;	       /* bytes, with framing */
	int framing;	       /* what it is framed for; -1: not yet */
	struct parcel *parcel; /* made by chain_keep(), or NULL */
};

void chain_init(struct chain *c);
void chain_free(struct chain *c);

/* Empty and good again; keeps its memory, lets go of the rcbufs. */
void chain_clear(struct chain *c);

/* Adds the rcbuf's bytes; takes a reference of its own. NULL turns the chain
 * bad: it is what a failed rcbuf_new() gave. */
void chain_add_rcbuf(struct chain *c, struct rcbuf *b);

/* Adds a copy of small bytes. */
void chain_add(struct chain *c, const void *bytes, size_t len);

/* Adds what is in `b`, by copy; a bad buffer turns the chain bad. */
void chain_add_buf(struct chain *c, const struct buf *b);

/* The request ends after this chain: under FastCGI the end of STDOUT and
 * END_REQUEST are part of it. */
void chain_end(struct chain *c);

/* Makes iov, iov_count and len for `framing`; nothing to do when it is framed
 * so already. False: the chain is bad, nothing of it may be sent. */
bool chain_frame(struct chain *c, int framing) MUST_USE;

/*
 * The framed bytes for those who could not send them all. Immutable, counted
 * references; the caller gets one. NULL: no memory. Asked again while the
 * chain is framed the same, it is the same parcel.
 */
struct parcel *chain_keep(struct chain *c) MUST_USE;

struct parcel {
	size_t refs;
	size_t len;
	size_t iov_count;
	struct iovec *iov;
	struct rcbuf **iov_rcbuf;
	/* then the two arrays and the bytes that were not in rcbufs */
};

void parcel_unref(struct parcel *p); /* NULL is fine */

#endif
