/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/presence_held.h"

#include <stdint.h>
#include <stdlib.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/bus/bus.h"
#include "shared/model/presence.h"

enum { PERIODS_A_LEASE = 3, OWN_MAX = PRESENCE_TEXT_MAX + 64 };

void
presence_held_init(struct presence_held *h, struct channel_presences *all,
		   bool list)
{
	h->all = all;
	h->list = list;
	h->visits.all = &all->visits;
}

void
presence_held_free(struct presence_held *h)
{
	presence_users_free(&h->users);
	presence_visits_clear(&h->visits);
}

/* While Redis is down nothing empties these. One that is not noted is over in
 * Redis when its time is. */
static void
note(struct presence_held *h, const struct presence_member *m, uint64_t until)
{
	const struct bus *bus = h->all->bus;

	if (m->linger_ms > 0 && (bus_is_up(bus) || bus_is_starting(bus)))
		presence_visits_note(&h->visits, m->id, m->user, until);
}

void
presence_held_join(struct presence_held *h, const struct presence_member *m)
{
	h->count++;
	if (h->list && m->user != NULL)
		presence_users_add(&h->users, m->user);
	note(h, m, 0);
}

void
presence_held_leave(struct presence_held *h, const struct presence_member *m)
{
	h->count--;
	if (h->list && m->user != NULL)
		presence_users_remove(&h->users, m->user);
	note(h, m, clock_ms() + m->linger_ms);
}

bool
presence_held_matters(const struct presence_held *h)
{
	return h->is_leased || h->visits.count > 0;
}

struct bus_call *
presence_held_tell(struct presence_held *h, const char *channel, bool ends,
		   bus_presence_fn *answered, void *arg)
{
	const struct channel_presences *all = h->all;
	struct bus_presence_visit *visits =
	    presence_visits_take(&h->visits, clock_ms());
	bool holds = h->count > 0 && !ends;
	struct bus_presence question = {
	    .channel = channel,
	    .process = holds || presence_held_matters(h) ? all->process : "",
	    .lease_ms = holds ? all->period_ms * PERIODS_A_LEASE : 0,
	    .list = h->list,
	    .visits = visits,
	    .visit_count = h->visits.taken};
	struct bus_call *call;
	struct buf own;

	buf_init(&own, OWN_MAX);
	presence_users_put(&own, h->count, &h->users);
	buf_putc(&own, '\0');
	question.own = own.bytes;
	call = bus_presence(all->bus, &question, answered, arg);
	buf_free(&own);
	free(visits);
	if (call != NULL)
		h->is_leased = holds;
	return call;
}
