/* SPDX-License-Identifier: MIT */
/*
 * gap.h - a notice that messages of a channel are missing.
 *
 * The messages between `after` and `before` are missing. `after` is the
 * subscriber's position; `before` is the first message it gets next, or the id
 * up to which nothing is kept. When `before` is not above `after`, Redis has
 * lost its newest messages: whatever came after `after`, up to the next
 * message, may be missing.
 */
#ifndef SHARED_MODEL_GAP_H
#define SHARED_MODEL_GAP_H

#include "shared/base/text.h"
#include "shared/model/id.h"

struct buf;

struct gap {
	struct text channel; /* borrowed */
	struct id after;
	struct id before;
};

/* {"gap":{"channel":"…","after":"…","before":"…"},"cursor":"…"} */
void gap_put_json(struct buf *out, const struct gap *gap, struct text cursor);

#endif
