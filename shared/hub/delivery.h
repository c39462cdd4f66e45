/* SPDX-License-Identifier: MIT */
/*
 * delivery.h - a message, a gap or a presence on its way from a channel to its
 * live subscribers.
 *
 * It lives for one turn of the event loop, or as long as it waits for others
 * (gather.h). It formats a message once per format and keeps the result: the
 * shared part of what subscribers get. The other part, the suffix, holds the
 * cursor and is made per fanout.
 */
#ifndef SHARED_HUB_DELIVERY_H
#define SHARED_HUB_DELIVERY_H

#include <stddef.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/rcbuf.h"
#include "shared/model/gap.h"
#include "shared/model/message.h"
#include "shared/technique.h"

struct delivery {
	size_t refs;
	struct message *message;   /* NULL: it is one of the next two */
	struct presence *presence; /* NULL: it is the gap */
	struct gap gap;
	struct id position; /* of a subscriber that has got it; unused for a
			     * presence, which leaves it where it is */
	SLIST_HEAD(, delivery_shared) shared;
};

/* Of a message, to which it takes a reference. The caller gets one reference to
 * the delivery. */
struct delivery *delivery_of_message(struct message *m) MUST_USE;

/* Of a gap, after which a subscriber's position is `position`: gap.before, or
 * the id before it when that message follows. The gap's channel name is
 * borrowed for the life of the delivery. */
struct delivery *delivery_of_gap(const struct gap *g,
				 struct id position) MUST_USE;

/* Takes a reference to it. */
struct delivery *delivery_of_presence(struct presence *p) MUST_USE;

struct delivery *delivery_ref(struct delivery *d);
void delivery_unref(struct delivery *d); /* NULL is fine */

/* Of data, about: what it keeps in memory while it waits. */
size_t delivery_bytes(const struct delivery *d);

/* The shared part of the message, or the presence, on that stream, in that
 * format: made at the first call, the same rcbuf after that. Borrowed from the
 * delivery. NULL: the technique wrote more than 16 MB. Formats are compared by
 * address (formats.h): all fanouts that wait for a delivery exist together, so
 * no address is used twice. */
struct rcbuf *delivery_shared(struct delivery *d,
			      const struct technique_stream *stream,
			      const struct format *format);

#endif
