/* SPDX-License-Identifier: MIT */
/*
 * batch.h - what one answer says: messages and gaps, in order, and where the
 * subscriber stands after them.
 */
#ifndef SHARED_MODEL_BATCH_H
#define SHARED_MODEL_BATCH_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"
#include "shared/model/message.h"

/* An answer ends after the message with which its data is this much, in bytes:
 * `limit` says how many it may hold, not how many it does. */
enum { BATCH_BYTES = 1024 * 1024 };

/* A message or a gap: one of the two is NULL. */
struct batch_item {
	const struct message *message;
	const struct gap *gap;
	struct text cursor; /* after it; no bytes: its id says as much */
};

struct batch {
	const struct batch_item *items;
	size_t count;	    /* 0: nothing happened */
	struct text cursor; /* after the last item */
};

/* {"messages":[…],"cursor":"…"} */
void batch_put_json(struct buf *out, const struct batch *batch);

#endif
