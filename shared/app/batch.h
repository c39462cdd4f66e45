/* SPDX-License-Identifier: MIT */
/*
 * batch.h - subscribers that get one response: regular HTTP, polls, long-polls.
 *
 * The response has what the cursor lacks. When that is nothing, a long-poll
 * that can be held goes live, and its fanout responds with the first message;
 * after `wait` seconds without one the response is empty.
 */
#ifndef SHARED_APP_BATCH_H
#define SHARED_APP_BATCH_H

#include "shared/app/subscriber.h"
#include "shared/model/batch.h"

extern const struct subscriber_kind batch_kind;

/* For the fanout (struct fanout_handler): the response of all its members. */
void batch_respond(const struct technique *t, const struct format *format,
		   const struct batch *batch, struct chain *c);

#endif
