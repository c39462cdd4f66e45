/* SPDX-License-Identifier: MIT */
/*
 * channel_presence.h - who subscribes to a channel, in this process and over
 * all (model/presence.h, bus/presence.h).
 *
 * Only channels with the setting channel.presence have it. What this process
 * holds is told to Redis at the end of the turn in which it changes, at most
 * once a second, and renewed three times within a lease. A process that asks
 * for notices (watches) subscribes to them.
 *
 * Costs are limited: CHANNEL_PRESENCES_MAX channels that have a place,
 * CHANNEL_PRESENCE_CALLS questions a second, PRESENCE_USERS_MAX names. What is
 * above the second limit is late; a lease lasts that long. Subscribers of a
 * channel that has no place, or is late for more than a second, do not wait for
 * the presence.
 */
#ifndef SHARED_HUB_CHANNEL_PRESENCE_H
#define SHARED_HUB_CHANNEL_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/hub/channel_presences.h"
#include "shared/hub/presence_held.h"
#include "shared/model/presence.h"

struct channel;
struct channel_presence;

/* Asks Redis what is urgent. */
void channel_presences_turn_end(struct channel_presences *all);

/* With `stopping`, after channel_presence_stop() of each channel: Redis has
 * confirmed it, or cannot be reached. */
bool channel_presences_are_settled(const struct channel_presences *all);

/* NULL: by its setting this channel has none. The channel is borrowed. */
struct channel_presence *channel_presence_new(struct channel_presences *all,
					      struct channel *c) MUST_USE;

/* With `p` NULL each of these does nothing. */
void channel_presence_free(struct channel_presence *p);
void channel_presence_join(struct channel_presence *p,
			   const struct presence_member *m);
void channel_presence_leave(struct channel_presence *p,
			    const struct presence_member *m);

/* There are subscribers that ask for it. */
void channel_presence_watch(struct channel_presence *p);

/* The bus is up: what it holds is told anew. */
void channel_presence_up(struct channel_presence *p);

/* Nothing is subscribed any more: subscribes again. */
void channel_presence_resubscribe(struct channel_presence *p);

/* The process ends, `stopping` is set: its lease ends now. */
void channel_presence_stop(struct channel_presence *p);

/* Redis has confirmed that it is watched; has announced a change. */
void channel_presence_subscribed(struct channel_presence *p);
void channel_presence_announced(struct channel_presence *p, struct text text);

/* For those who watch. False: Redis is being asked; the channel tells its
 * subscriptions when it is known (ready). True with `p` NULL. */
bool channel_presence_is_known(const struct channel_presence *p);

/* Borrowed until the next event of the channel. NULL: none is known, because
 * the channel has none or Redis refuses it. */
struct presence *channel_presence_now(const struct channel_presence *p);

#endif
