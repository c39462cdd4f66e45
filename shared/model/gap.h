/* SPDX-License-Identifier: MIT */
/*
 * gap.h - a notice that messages of a channel are missing.
 *
 * The messages between `after` and `before` are no longer kept. `after` is the
 * subscriber's position. `before` is the first message it gets next, or the
 * channel's last id when no message is kept, or 0-0 when the cursor was from
 * the future and everything that is kept follows.
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
