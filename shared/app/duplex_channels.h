/* SPDX-License-Identifier: MIT */
/*
 * duplex_channels.h - a duplex client subscribes to more channels, or
 * unsubscribes from some.
 *
 * The subscriber moves to another fanout and catches up there from its
 * position. The reply is sent when it has: from there on it misses nothing.
 *
 * A channel that is new to the connection may make the process ask Redis, so
 * the client's are counted, and CHURN_PER_S of them forgotten each second. What
 * would make more than CHURN_MAX is refused with 429. A refused command counts
 * as one; above CHURN_CLOSE the client must be disconnected.
 */
#ifndef SHARED_APP_DUPLEX_CHANNELS_H
#define SHARED_APP_DUPLEX_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/app/subscriber.h"
#include "shared/base/attributes.h"
#include "shared/model/command.h"

/* While Redis is down none is completed: a client that changes its channels
 * again and again is refused with 429. */
enum { PENDING_CHANGES_MAX = 32 };

enum {
	CHURN_PER_S = 8,
	CHURN_MAX = 4 * CHANNELS_MAX,
	CHURN_CLOSE = CHURN_MAX + 100
};

STAILQ_HEAD(pending_changes, pending_change);

/* Of one client. */
struct duplex_channels {
	struct pending_changes pending; /* the reply is not sent yet */
	unsigned int pending_count;	/* at most PENDING_CHANGES_MAX */
	unsigned int churn;		/* new channels and refused commands */
	uint64_t churn_second;		/* up to which they were forgotten */
	bool moved; /* the caller must wake the subscriber, and clears it */
};

void duplex_channels_init(struct duplex_channels *dc);
void duplex_channels_free(struct duplex_channels *dc);

/* Carries out SUBSCRIBE or UNSUBSCRIBE. False: refused, `p` is filled. */
bool duplex_channels_change(struct duplex_channels *dc, struct subscriber *s,
			    const struct command *command,
			    struct problem *p) MUST_USE;

/* True: it has changed its channels too often, and must be disconnected. */
bool duplex_channels_churn(const struct duplex_channels *dc) MUST_USE;

/* Leaves these channels, of which it has more, without a reply. */
void duplex_channels_leave(struct duplex_channels *dc, struct subscriber *s,
			   const struct text *channels, size_t count);

/* The subscriber has caught up: sends the pending replies. False: there were
 * none. */
bool duplex_channels_caught_up(struct duplex_channels *dc,
			       struct subscriber *s);

#endif
