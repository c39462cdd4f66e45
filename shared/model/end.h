/* SPDX-License-Identifier: MIT */
/*
 * end.h - the notice that a subscription ends, for a reason that concerns the
 * client, in JSON.
 *
 *	{"end":{"reason":"expired"},"cursor":"1700000000250-0"}
 *	{"end":{"reason":"kicked","channels":["b"]},"cursor":"…"}
 *
 * expired: its right has, and a client with a new token goes on from the
 * cursor. kicked: an administrator has disconnected it. The first form is the
 * last event of a stream; the second ends some channels of a connection that
 * goes on.
 */
#ifndef SHARED_MODEL_END_H
#define SHARED_MODEL_END_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"

/* Borrowed. */
struct end {
	const char *reason; /* letters only */
	const struct text *channels;
	size_t count; /* of channels; 0: all */
};

/* An empty cursor is left out: the client has no position yet. */
void end_put_json(struct buf *out, const struct end *end, struct text cursor);

#endif
