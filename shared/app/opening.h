/* SPDX-License-Identifier: MIT */
/*
 * opening.h - the first bytes of a stream, which wait for what its subscriber
 * is given in the same turn: one write instead of two or three, for us, the web
 * server and the client.
 *
 * One at a time: whoever sets it sends it before another request comes.
 */
#ifndef SHARED_APP_OPENING_H
#define SHARED_APP_OPENING_H

#include "shared/base/buf.h"
#include "shared/net/chain.h"

struct subscriber;

/* Zeroed it is empty. */
struct opening {
	const struct subscriber *of; /* NULL: it is empty */
	struct buf head, body;
};

/* Takes both buffers over: the head of the response, and what follows it. */
void opening_set(struct opening *o, const struct subscriber *s,
		 struct buf *head, struct buf *body);

/* Adds it to `c`, which is empty, if it is that of `s`, and empties it. */
void opening_put(struct opening *o, const struct subscriber *s,
		 struct chain *c);

/* Drops it if it is that of `s`. */
void opening_drop(struct opening *o, const struct subscriber *s);

#endif
