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

extern const struct subscriber_kind batch_kind;

#endif
