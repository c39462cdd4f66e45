/* SPDX-License-Identifier: MIT */
/*
 * channel_sync.h - keeps a channel in step with Redis.
 *
 * The tip is read from Redis once Redis has confirmed the SUBSCRIBE. From there
 * each announced message names the one before it (prev), so a missing message
 * is detected at once and is read from the stream. When Redis does not confirm,
 * or announcements do not arrive, channels.c has the tip read once a second
 * instead, and messages come from the stream.
 *
 * A tip of Redis below ours, or a message that names one before our tip, is a
 * rewind: Redis was emptied or restored, or failed over to a replica that
 * lagged. Redis checks it again and writes it down for those who come later
 * (bus_rewind()); live subscribers get a gap, and what is new follows.
 */
#ifndef SHARED_HUB_CHANNEL_SYNC_H
#define SHARED_HUB_CHANNEL_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/hub/channel.h"

/*
 * Has the tip read from Redis, by a question asked in this turn of the loop or
 * later, and what is missing. ready() of all subscriptions follows, or down().
 * All that call it in one turn share a question: it is sent when the turn ends,
 * after every request that was read in the turn.
 */
void channel_verify(struct channel *c);

/* True: READY, and the tip was read by a question asked in that turn or later.
 */
bool channel_is_verified(const struct channel *c, uint64_t since);

/* --- events, for channels.c ----------------------------------------------- */

/* The subscription was made anew: the channel is no longer subscribed. */
void channel_unsubscribed(struct channel *c);

/* Redis has confirmed the SUBSCRIBE. */
void channel_subscribed(struct channel *c);

/* Redis can be asked again. */
void channel_up(struct channel *c);

/* Redis cannot be asked. */
void channel_down(struct channel *c);

/* A message was announced. */
void channel_announced(struct channel *c, struct message *m);

/* Once a second: tries again what failed. `deaf`: announcements may not arrive,
 * so the tip is read. A question that is then under way is one of the round. */
void channel_second(struct channel *c, bool deaf);

/* Audit, step 1: reads the tip from Redis. */
void channel_start_audit(struct channel *c);

/* Audit, step 2: everything announced before step 1 has arrived. A tip of Redis
 * above ours is a message that was never announced: reads it. */
void channel_finish_audit(struct channel *c);

/* Cancels all questions. */
void channel_sync_cancel(struct channel *c);

#endif
