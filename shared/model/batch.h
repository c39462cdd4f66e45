/* SPDX-License-Identifier: MIT */
/*
 * batch.h - the content of one response: messages and gaps in order, and the
 * subscriber's cursor after them.
 */
#ifndef SHARED_MODEL_BATCH_H
#define SHARED_MODEL_BATCH_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"
#include "shared/model/gap.h"
#include "shared/model/message.h"
#include "shared/model/presence.h"

/* The most bytes of data in a response, unless it holds only one message; even
 * if `limit` allows more messages. */
enum { BATCH_BYTES = 256 * 1024 };

/* A message, a gap or a presence: the others are NULL. */
struct batch_item {
	const struct message *message;
	const struct gap *gap;
	struct text cursor; /* after it; empty: its id is the cursor */
	const struct presence *presence; /* without a cursor */
};

struct batch {
	const struct batch_item *items;
	size_t count;	    /* 0: nothing new */
	struct text cursor; /* after the last item */
	/* The client must not come back sooner, for one that cannot read
	 * Retry-After; 0: it may */
	unsigned int retry_ms;
};

/* {"messages":[…],"cursor":"…"}, and with retry_ms {…,"retry":N} */
void batch_put_json(struct buf *out, const struct batch *batch);

#endif
