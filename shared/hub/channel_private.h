/* SPDX-License-Identifier: MIT */
/*
 * channel_private.h - what the files of channel.h share: channel.c (one
 * channel, its tip and its holes) and channels.c (all of them, the audit).
 */
#ifndef SHARED_HUB_CHANNEL_PRIVATE_H
#define SHARED_HUB_CHANNEL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/wheel.h"
#include "shared/bus/bus.h"
#include "shared/hub/channel.h"
#include "shared/model/messages.h"

struct channel {
	struct text name; /* first: it is the key of the tree */
	struct channels *all;
	struct channel *next, *prev;
	enum channel_state state;
	bool subscribed; /* Redis has said so */
	bool known;	 /* the tip is */
	struct id tip;
	struct id target;	/* SYNCING: fill the hole up to here */
	struct id asked;	/* SYNCING: the page asked for ends here */
	struct id late_dropped; /* the last one for which `late` had no room */
	struct id tip_asked;	/* the tip when Redis was asked for its own */
	struct id audited;	/* Redis' tip at the last audit */
	struct bus_call *call;	/* asked by SYNCING */
	struct bus_call *audit;
	struct subscription **subscriptions;
	size_t subscription_count, subscription_room;
	struct messages recent, late;
	struct wheel_timer idle;
	char bytes[]; /* of the name */
};

/* A message was announced. */
void channel_live(struct channel *c, struct message *m);

/* SYNCING from here: asks Redis for its tip and goes on from what it says. */
void channel_ask_tip(struct channel *c);

/* Redis says its tip is `tip`; c->tip_asked is what ours was when asked. */
void channel_compare_tips(struct channel *c, struct id tip);

/* SYNCING from here: reads what lies between the tip and c->target. */
void channel_fill(struct channel *c);

#endif
