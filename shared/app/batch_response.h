/* SPDX-License-Identifier: MIT */
/*
 * batch_response.h - the one response of a batch subscriber.
 */
#ifndef SHARED_APP_BATCH_RESPONSE_H
#define SHARED_APP_BATCH_RESPONSE_H

#include "shared/base/buf.h"
#include "shared/base/text.h"
#include "shared/model/batch.h"
#include "shared/model/format.h"
#include "shared/net/chain.h"
#include "shared/technique.h"

/* Its ETag: cursor, count, and when presences changed. Requests of one URL may
 * start at different positions, because the cursor can be in a header. */
struct text batch_put_etag(struct buf *out, const struct batch *batch);

/* For the fanout (struct fanout_handler): the response of all its members. */
void batch_respond(const struct technique *t, const struct format *format,
		   const struct batch *batch, struct chain *c);

#endif
