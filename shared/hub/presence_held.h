/* SPDX-License-Identifier: MIT */
/*
 * presence_held.h - the subscribers of one channel that this process holds, and
 * how Redis is told of them (bus/presence.h).
 */
#ifndef SHARED_HUB_PRESENCE_HELD_H
#define SHARED_HUB_PRESENCE_HELD_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/presence.h"
#include "shared/hub/channel_presences.h"
#include "shared/hub/presence_users.h"
#include "shared/hub/presence_visits.h"

/* One that is held, or was. */
struct presence_member {
	const char *user; /* NULL: it has no name */
	const char *id;	  /* of the client, no spaces; used with linger_ms */
	/* Of one that left: it counts so long, until a process holds it again:
	 * a long-poll between two requests. Of one that came: it may be such a
	 * one. 0: neither. */
	unsigned int linger_ms;
};

struct presence_held {
	const struct channel_presences *all;
	size_t count;
	struct presence_users users;
	struct presence_visits visits; /* since Redis was told */
	bool list;		       /* of names */
	bool is_leased;		       /* Redis has something of it */
};

/* `h` is zeroed. */
void presence_held_init(struct presence_held *h, struct channel_presences *all,
			bool list);
void presence_held_free(struct presence_held *h);

void presence_held_join(struct presence_held *h,
			const struct presence_member *m);
void presence_held_leave(struct presence_held *h,
			 const struct presence_member *m);

/* Redis has something of it, or shall have. */
bool presence_held_matters(const struct presence_held *h) MUST_USE;

/* Tells Redis; `ends`: that nothing is held any more. After an answer,
 * presence_visits_told(). NULL: it cannot be asked now. */
struct bus_call *presence_held_tell(struct presence_held *h,
				    const char *channel, bool ends,
				    bus_presence_fn *answered, void *arg);

#endif
