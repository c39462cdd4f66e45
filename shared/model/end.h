/* SPDX-License-Identifier: MIT */
/*
 * end.h - the notice that a right has expired, in JSON.
 *
 *	{"end":{"reason":"expired"},"cursor":"1700000000250-0"}
 *	{"end":{"reason":"expired","channels":["b"]},"cursor":"…"}
 *
 * The first is the last event of a stream: a client with a new token goes on
 * from the cursor. The second ends some channels of a connection that goes on.
 */
#ifndef SHARED_MODEL_END_H
#define SHARED_MODEL_END_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"

/* `count` 0: all channels. */
void end_put_json(struct buf *out, const struct text *channels, size_t count,
		  struct text cursor);

#endif
