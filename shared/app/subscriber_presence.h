/* SPDX-License-Identifier: MIT */
/*
 * subscriber_presence.h - tells the channels who subscribes to them
 * (hub/channel_presence.h).
 *
 * A long-poll that was answered counts for hold.retry seconds more, at most 60,
 * which is when a client that was told to come back does so: then it has left.
 * One whose client hung up has left at once.
 */
#ifndef SHARED_APP_SUBSCRIBER_PRESENCE_H
#define SHARED_APP_SUBSCRIBER_PRESENCE_H

#include "shared/app/subscriber.h"
#include "shared/app/subscriber_events.h"

/* Nothing, if no channel has the setting presence. `all` is borrowed. */
void subscriber_presence_listen(struct subscriber_events *events,
				struct subscribers *all);

#endif
