/* SPDX-License-Identifier: MIT */
/*
 * redis_outage.h - logs when a connection goes down and up: one line for each
 * change.
 *
 * A connection that goes down again within 2 s of going up is still the same
 * outage: redis_up is then logged after 2 s of being up. redis_down is logged
 * again only for another reason.
 */
#ifndef SHARED_BUS_REDIS_OUTAGE_H
#define SHARED_BUS_REDIS_OUTAGE_H

#include <ev.h>
#include <stdbool.h>

enum { REDIS_REASON_SIZE = 256 };

struct redis_outage {
	struct ev_loop *loop;
	const char *name; /* of the connection */
	struct ev_timer stable;
	bool logged_down; /* is the last line */
	bool flaps;	  /* the last time it was up for less than 2 s */
	double up_at;	  /* ev_now(); 0: it is down */
	char reason[REDIS_REASON_SIZE]; /* of the last line */
};

/* Down, which is not logged. Everything is borrowed. */
void redis_outage_init(struct redis_outage *o, struct ev_loop *loop,
		       const char *name);
void redis_outage_stop(struct redis_outage *o); /* the end */

void redis_outage_up(struct redis_outage *o);

/* Returns true if it was up for 2 s or longer. */
bool redis_outage_down(struct redis_outage *o, const char *reason);

#endif
