/* SPDX-License-Identifier: MIT */
/*
 * delivery.h - something that happened in a channel, on its way to those who
 * follow it live: a message or a gap.
 *
 * It lives for one turn of the loop, and is where a message's bytes are made
 * once per format.
 */
#ifndef SHARED_HUB_DELIVERY_H
#define SHARED_HUB_DELIVERY_H

#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/rcbuf.h"
#include "shared/model/message.h"
#include "shared/technique.h"

struct delivery {
	size_t refs;
	struct message *message; /* NULL: it is the gap */
	struct gap gap;
	struct id position; /* where a subscriber stands once it has it */
	struct delivery_shared *shared;
};

/* With one reference, the caller's; takes one of the message. NULL: no
 * memory. */
struct delivery *delivery_of_message(struct message *m) MUST_USE;

/* The gap's channel name is borrowed for as long as the delivery lives. Its
 * place is gap.before; when that message is still to come, the caller sets the
 * one before it. */
struct delivery *delivery_of_gap(const struct gap *g) MUST_USE;

struct delivery *delivery_ref(struct delivery *d);
void delivery_unref(struct delivery *d); /* NULL is fine */

/* Where a subscriber stands once it has it. */
struct id delivery_id(const struct delivery *d);

/* The technique's bytes of the message for `form`: made the first time, the
 * same rcbuf after that. Borrowed from the delivery. NULL: no memory. */
struct rcbuf *delivery_shared(struct delivery *d, const struct format *format);

#endif
