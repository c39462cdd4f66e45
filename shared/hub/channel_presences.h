/* SPDX-License-Identifier: MIT */
/*
 * channel_presences.h - what the presences of all channels of the process have
 * in common (channel_presence.h), and their limits.
 */
#ifndef SHARED_HUB_CHANNEL_PRESENCES_H
#define SHARED_HUB_CHANNEL_PRESENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/wheel.h"
#include "shared/bus/presence.h"
#include "shared/conf/conf.h"

struct bus;
struct channel_presence;

enum {
	CHANNEL_PRESENCES_MAX = 5000,  /* channels of a process */
	CHANNEL_PRESENCE_CALLS = 2000, /* a second, of a process */
	/* ... for channels that Redis knows nothing of: others are renewed
	 * whatever new channels clients ask for. */
	CHANNEL_PRESENCE_NEW_CALLS = 1000
};

TAILQ_HEAD(channel_presence_list, channel_presence);

/* What all channels of the process have in common. */
struct channel_presences {
	struct bus *bus;
	struct wheel *wheel;
	const struct conf *conf;
	char process[BUS_PRESENCE_PROCESS_SIZE];
	unsigned int period_ms; /* between renewals; a lease is three */
	struct channel_presence_list urgent; /* at the end of this turn */
	size_t count;			     /* places taken */
	size_t visits;			     /* noted, see presence_visits.h */
	size_t busy;	 /* have something to tell, or wait for an answer */
	uint64_t second; /* of `calls` */
	unsigned int calls, new_calls;
	bool stopping; /* the process ends: set by its owner */
	bool is_full;  /* it is logged; until a tenth is free */
};

/* Everything is borrowed. There is nothing to free. */
void channel_presences_init(struct channel_presences *all, struct bus *bus,
			    struct wheel *wheel, const struct conf *conf);

/* One more question to Redis; `is_new`: of a channel of which Redis has nothing
 * of this process. False: there were enough in this second. */
bool channel_presences_may_call(struct channel_presences *all,
				bool is_new) MUST_USE;

/* A place of CHANNEL_PRESENCES_MAX for a channel, until it is given back.
 * False: there is none, which is logged when it begins. */
bool channel_presences_take_place(struct channel_presences *all) MUST_USE;
void channel_presences_give_back(struct channel_presences *all);

#endif
