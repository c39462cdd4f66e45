/* SPDX-License-Identifier: MIT */
/*
 * channel.h - the channels this process follows, each with its tip.
 *
 * The tip is the id of the last message this process has passed on. It is set
 * from Redis once the subscription stands; from there each message names the
 * one before it (prev), so a hole is seen at once and filled from the stream.
 *
 *	DOWN      not subscribed: no Redis, or it has not answered yet
 *	SYNCING  subscribed; the tip is asked for, or a hole is being filled;
 *		  what is announced meanwhile waits
 *	READY     every message passed on, up to the tip
 *
 * An audit (bus.audit) compares all tips with Redis and sends a token through
 * the subscription: a hole nobody saw, ids that went back (Redis emptied or
 * restored) and a subscription that died are all found by it.
 *
 * A channel nobody follows any more stays a little, for the long-poll that
 * comes back, then is unsubscribed.
 */
#ifndef SHARED_HUB_CHANNEL_H
#define SHARED_HUB_CHANNEL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/wheel.h"
#include "shared/bus/bus.h"
#include "shared/hub/delivery.h"

struct channel;

enum channel_state { CHANNEL_DOWN, CHANNEL_SYNCING, CHANNEL_READY };

/* Who wants to know; one a fanout of subscribers and channel. */
struct subscription {
	const struct subscription_handler *handler;
	void *owner;   /* the handler's */
	size_t number; /* the handler's: which of its channels */
	size_t slot;   /* the channel's: where in its array */
};

struct subscription_handler {
	/* A message or gap, the next after the last one given. */
	void (*deliver)(struct subscription *sub, struct delivery *d);
	/* The channel became READY. */
	void (*ready)(struct subscription *sub);
	/* Redis cannot be reached (again). */
	void (*down)(struct subscription *sub);
};

/* All channels of the process. */
struct channels {
	struct ev_loop *loop;
	struct wheel *wheel;
	struct bus *bus;
	const struct conf *conf;
	void *tree; /* tsearch(3), by name */
	struct channel *first;
	size_t idle; /* channels nobody follows */
	struct ev_timer audit;
};

/* Opens the bus too. Everything is borrowed. False: no memory. */
bool channels_open(struct channels *all, struct ev_loop *loop,
		   struct wheel *wheel, const struct conf *conf) MUST_USE;

/* Followers must have left. */
void channels_close(struct channels *all);

/* The channel of that name, made if need be; it is `sub`'s until it leaves.
 * `sub`'s handler, owner and number are set. NULL: no memory. */
struct channel *channel_subscribe(struct channels *all, const char *name,
				  size_t len,
				  struct subscription *sub) MUST_USE;
void channel_unsubscribe(struct channel *c, struct subscription *sub);

enum channel_state channel_state(const struct channel *c);
const struct text *channel_name(const struct channel *c); /* with a NUL */

/* Meaningful once it has been READY. */
struct id channel_tip(const struct channel *c);

/* Somebody knows of a message after our tip: asks Redis for its own, and
 * fills what is missing. READY again after that. */
void channel_verify(struct channel *c);

/*
 * All messages after `after` up to the tip, from memory: a view into the
 * channel, valid until the loop goes on, `*count` of them. NULL: they are not
 * all in memory, params bus_history().
 */
struct message *const *channel_recent(const struct channel *c, struct id after,
				      size_t *count);

#endif
