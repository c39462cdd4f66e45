/* SPDX-License-Identifier: MIT */
/*
 * hook_channel.h - tells a channel who subscribes (hook.channel): a message for
 * each event.
 *
 * Of the channel itself nothing is told. At most HOOK_RATE messages a second
 * are published, after HOOK_BURST at once, and at most HOOK_BURST wait for
 * Redis. The rest is counted, logged, and told by a message when there is room
 * again.
 */
#ifndef SHARED_APP_HOOK_CHANNEL_H
#define SHARED_APP_HOOK_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/app/hook_lost.h"
#include "shared/app/subscriber_events.h"

struct bus;
struct conf;

enum { HOOK_RATE = 1000, HOOK_BURST = 5000 };

struct hook_channel {
	const struct conf *conf;
	struct bus *bus;
	unsigned int waiting; /* for Redis */
	unsigned int room;    /* that may be published now */
	uint64_t filled;      /* clock_ms() when `room` grew */
	struct hook_lost lost;
};

/* Nothing, if the setting is not set. `bus` is open; all is borrowed. */
void hook_channel_open(struct hook_channel *h, const struct conf *conf,
		       struct bus *bus, struct subscriber_events *events);

/* Nothing waits for Redis. */
bool hook_channel_is_settled(const struct hook_channel *h);

#endif
