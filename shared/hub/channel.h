/* SPDX-License-Identifier: MIT */
/*
 * channel.h - one channel as this process follows it: state, tip,
 * subscriptions.
 *
 * The tip is the id of the last message delivered. It is read from Redis once
 * Redis has confirmed the SUBSCRIBE. From there each message names the one
 * before it (prev), so a missing message is detected at once and is read from
 * the stream.
 *
 *	DOWN     not subscribed, or Redis could not be read: nothing is
 *		 delivered
 *	SYNCING  subscribed; the tip, or messages that are missing, are being
 *		 read; messages announced meanwhile are queued
 *	READY    everything up to the tip has been delivered
 *
 * channels.h finds a channel by its name, feeds it with the events of the bus,
 * and runs the audits.
 */
#ifndef SHARED_HUB_CHANNEL_H
#define SHARED_HUB_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/text.h"
#include "shared/hub/delivery.h"
#include "shared/model/messages.h"

struct bus;
struct bus_call;
struct conf;

enum channel_state { CHANNEL_DOWN, CHANNEL_SYNCING, CHANNEL_READY };

/* One user of a channel; embedded in its owner. */
struct subscription {
	const struct subscription_handler *handler;
	void *owner;		 /* for the handler */
	unsigned int number;	 /* for the handler: which of its channels */
	unsigned int slot;	 /* index in the channel's array */
	struct channel *channel; /* set by channel_add() */
};

/* In ready() and down() a subscription may remove itself, in deliver() not. */
struct subscription_handler {
	/* The message or gap that follows the last one delivered. */
	void (*deliver)(struct subscription *sub, struct delivery *d);
	/* The channel became READY. */
	void (*ready)(struct subscription *sub);
	/* Redis cannot be reached; once each time it goes down. */
	void (*down)(struct subscription *sub);
};

/* All fields are private to channel.c, except that the name is first:
 * channels.c finds a channel by it. */
struct channel {
	struct text name; /* NUL-terminated */
	struct bus *bus;
	const struct conf *conf;
	enum channel_state state;
	bool subscribed; /* Redis has confirmed it */
	bool tip_known;
	struct id tip;
	struct id tip_when_asked; /* ours, when Redis was asked for its own */
	struct id target;	  /* SYNCING: read the stream up to here */
	struct id overflow;	  /* last message `queued` had no room for */
	struct id audited;	  /* tip of Redis at the last audit */
	struct bus_call *call;	  /* SYNCING: tip or page under way */
	struct bus_call *audit;	  /* tip of an audit under way */
	struct subscription **subscriptions;
	size_t subscription_count, subscription_room;
	struct messages recent; /* the last ones delivered */
	struct messages queued; /* SYNCING: announced meanwhile */
};

/* DOWN, without subscriptions. Everything is borrowed for its life; the name
 * is NUL-terminated. */
void channel_init(struct channel *c, struct text name, struct bus *bus,
		  const struct conf *conf);
void channel_free(struct channel *c);

const struct text *channel_name(const struct channel *c);
enum channel_state channel_state(const struct channel *c);

/* 0-0 until the channel was READY for the first time. */
struct id channel_tip(const struct channel *c);

/*
 * All messages with after < id <= tip, if memory holds them all: borrowed until
 * the next event of the channel, `*count` of them. NULL: use bus_history().
 */
struct message *const *channel_recent(const struct channel *c, struct id after,
				      size_t *count);

/* READY: compares our tip with that of Redis and reads what is missing. For a
 * caller who has seen an id above our tip. */
void channel_verify(struct channel *c);

/* `sub` (handler, owner and number set) is borrowed until it is removed. */
void channel_add(struct channel *c, struct subscription *sub);
void channel_remove(struct subscription *sub);
bool channel_is_idle(const struct channel *c); /* has no subscription */

/* --- events, for channels.c ----------------------------------------------- */

/* The connections were made anew: the channel is no longer subscribed. */
void channel_reset(struct channel *c);

/* Redis has confirmed the SUBSCRIBE. */
void channel_subscribed(struct channel *c);

/* Redis cannot be reached. */
void channel_down(struct channel *c);

/* A message was announced. */
void channel_announced(struct channel *c, struct message *m);

/* Audit, step 1: reads the tip from Redis; tries again what failed. */
void channel_start_audit(struct channel *c);

/* Audit, step 2: everything announced before step 1 has arrived. A tip of Redis
 * above ours is a message that was never announced: reads it. */
void channel_finish_audit(struct channel *c);

#endif
