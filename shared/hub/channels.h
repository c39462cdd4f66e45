/* SPDX-License-Identifier: MIT */
/*
 * channels.h - all channels of the process, found by name.
 *
 * Owns the bus of a process that has subscribers and passes its events on to
 * the channels. A channel is made by its first subscription, and unsubscribed
 * from Redis 10 s after the last one: a client that polls comes back. When more
 * than 1,000 channels have none, the one without for the longest time goes.
 *
 * An audit (every bus.audit seconds) reads the tip of each channel from Redis,
 * then sends a token through the pub/sub connection. When the token is back,
 * all that was announced before has arrived. It detects messages that were
 * stored but never announced, ids that went back (Redis emptied or restored),
 * and a pub/sub connection that is dead.
 *
 * While that connection is not known to be alive (it is down, the token is late
 * by a second, an ACL forbids the token), the tips are read once a second and
 * messages come from the streams: in rounds, of which one is under way at a
 * time, ROUND_BATCH channels at a time.
 */
#ifndef SHARED_HUB_CHANNELS_H
#define SHARED_HUB_CHANNELS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/base/wheel.h"
#include "shared/hub/channel.h"
#include "shared/hub/channel_presence.h"

TAILQ_HEAD(channel_list, channel_entry);

struct channels {
	struct ev_loop *loop;
	struct wheel *wheel;
	struct channel_common common; /* with the bus */
	const struct conf *conf;
	struct channel_presences presences;
	void *tree; /* tsearch(3), by name */
	struct channel_list list;
	struct channel_list idle; /* without subscriptions, the oldest first */
	size_t idle_count;
	bool deaf;    /* announcements may not arrive */
	size_t round; /* channels that this round has yet to ask about */
	struct ev_timer audit, second;
	struct ev_timer next_turn; /* makes one; see channels_stop() */
	struct ev_check turn_begin;
	struct ev_prepare turn_end;
};

/* Opens the bus. Everything is borrowed until channels_close(). */
void channels_open(struct channels *all, struct ev_loop *loop,
		   struct wheel *wheel, const struct conf *conf);

/* The process ends: no presence of it is left in Redis. */
void channels_stop(struct channels *all);

/* After that: Redis has confirmed it, or cannot be reached. */
bool channels_are_settled(const struct channels *all);

/* Closes the bus. All subscriptions must have been removed. */
void channels_close(struct channels *all);

/* Adds `sub` (handler, owner and number set) to the channel of that name.
 * sub->channel lives at least until channels_unsubscribe(). */
void channels_subscribe(struct channels *all, struct text name,
			struct subscription *sub);
void channels_unsubscribe(struct subscription *sub);

/* A subscriber that is held came to the channel, or left it: for its presence
 * (channel_presence.h). */
void channels_join(struct channels *all, struct text name,
		   const struct presence_member *m);
void channels_leave(struct channels *all, struct text name,
		    const struct presence_member *m);

/* Calls fn(arg, channel) for each channel. */
void channels_each(const struct channels *all,
		   void (*fn)(void *arg, const struct channel *c), void *arg);

#endif
