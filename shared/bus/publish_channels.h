/* SPDX-License-Identifier: MIT */
/*
 * publish_channels.h - the channels that a process publishes to: what waits to
 * be sent, in order, and the last id that was acknowledged (with
 * publish.wait_replicas: that enough replicas have, too).
 *
 * A channel is one of
 *
 *	ready	messages wait, nothing is sent
 *	sent	Redis has not answered; more messages may wait behind
 *	idle	nothing waits: it is kept for its last id
 *
 * The PUBLISH_CHANNELS_IDLE_MAX channels used last are kept idle.
 */
#ifndef SHARED_BUS_PUBLISH_CHANNELS_H
#define SHARED_BUS_PUBLISH_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/bus/redis_conn.h"
#include "shared/model/id.h"

enum { PUBLISH_CHANNELS_IDLE_MAX = 256 };

struct publish_call; /* publish.c */
TAILQ_HEAD(publish_calls, publish_call);

TAILQ_HEAD(publish_channel_list, publish_channel);

struct publish_channel {
	struct text name; /* with a NUL; first: the tree compares it */
	struct publish_calls waiting;
	bool sent;
	struct id last;			     /* 0-0: none is known */
	char last_server[REDIS_SERVER_SIZE]; /* that has acknowledged it */
	TAILQ_ENTRY(publish_channel) link;
	struct publish_channel_list *list; /* that it is in, or NULL */
	char bytes[];			   /* of the name */
};

struct publish_channels {
	void *tree;				 /* by name, see tsearch(3) */
	struct publish_channel_list ready, idle; /* the oldest first */
	size_t idle_count;
};

void publish_channels_init(struct publish_channels *all);

/* Nothing may be sent or wait. */
void publish_channels_free(struct publish_channels *all);

/* Finds or makes a channel. The caller adds a message or sets `sent`, then
 * calls publish_channels_settle(). */
struct publish_channel *publish_channels_get(struct publish_channels *all,
					     struct text name) RETURNS_NONNULL;

/* Puts it into the list of its state, after a change of `waiting` or `sent`. An
 * idle channel may be freed. */
void publish_channels_settle(struct publish_channels *all,
			     struct publish_channel *channel);

#endif
