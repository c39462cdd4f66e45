/* SPDX-License-Identifier: MIT */
/*
 * presence_visits.h - the long-polls of one channel that came or went since
 * Redis was told (bus/presence.h), and has confirmed it. Of each client the
 * last time counts; a client is its id and its user, as in Redis: ids are what
 * pages say of themselves.
 */
#ifndef SHARED_HUB_PRESENCE_VISITS_H
#define SHARED_HUB_PRESENCE_VISITS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/bus/presence.h"

LIST_HEAD(presence_visit_list, presence_visit);

enum { PRESENCE_VISITS_ALL = 50000 }; /* of a process; up to 500 bytes each */

/* At most BUS_PRESENCE_VISITS_MAX, and all together PRESENCE_VISITS_ALL; others
 * are left out. Zeroed but for `all` is empty. */
struct presence_visits {
	size_t *all; /* of all channels; borrowed */
	void *tree;  /* tsearch(3), by id and user */
	struct presence_visit_list list;
	size_t count;
	size_t taken; /* by presence_visits_take() */
};

/* The client counts until that time, clock_ms(); 0: it is held. `user` may be
 * NULL. Both are copied. */
void presence_visits_note(struct presence_visits *visits, const char *id,
			  const char *user, uint64_t until);

/* All but those whose time is over, which it removes; `taken` is their number.
 * The caller frees the array; its texts are valid until the next call. */
struct bus_presence_visit *presence_visits_take(struct presence_visits *visits,
						uint64_t now) MUST_USE;

/* Redis knows what was taken: removes it, unless it was noted anew since. */
void presence_visits_told(struct presence_visits *visits);

void presence_visits_clear(struct presence_visits *visits);

#endif
