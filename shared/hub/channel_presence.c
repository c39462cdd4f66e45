/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/channel_presence.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf_channel.h"
#include "shared/hub/channel.h"

enum {
	SECOND_MS = 1000,
	REFUSED_MS = 60 * SECOND_MS, /* until it is tried again */
	/* An announcement may arrive before an older answer. Older than that:
	 * the clock of Redis went back. */
	OVERTAKEN_MS = 5 * SECOND_MS
};

struct channel_presence {
	struct channel_presences *all;
	struct channel *channel;
	TAILQ_ENTRY(channel_presence) urgent_link;
	struct presence_held held;
	struct presence *now; /* NULL: not known */
	struct bus_call *call;
	struct wheel_timer timer;
	uint64_t told_at; /* clock_ms() of the last call; 0: none */
	uint64_t next_at; /* there is a reason to call again; 0: none */
	uint64_t late_at; /* a call is put off since then; 0: none is */
	bool has_place;	  /* of CHANNEL_PRESENCES_MAX */
	bool is_dirty;	  /* Redis has to be told */
	bool is_urgent;	  /* in the list of these */
	bool is_watched;
	bool is_known;
};

/* --- when to ask Redis ---------------------------------------------------- */

static bool
is_busy(const struct channel_presence *p)
{
	return p->is_dirty || p->call != NULL;
}

static void
set_dirty(struct channel_presence *p, bool dirty)
{
	p->all->busy -= is_busy(p);
	p->is_dirty = dirty;
	p->all->busy += is_busy(p);
}

static void
set_call(struct channel_presence *p, struct bus_call *call)
{
	p->all->busy -= is_busy(p);
	p->call = call;
	p->all->busy += is_busy(p);
}

static void
set_urgent(struct channel_presence *p, bool urgent)
{
	if (urgent == p->is_urgent)
		return;
	p->is_urgent = urgent;
	if (urgent)
		TAILQ_INSERT_TAIL(&p->all->urgent, p, urgent_link);
	else
		TAILQ_REMOVE(&p->all->urgent, p, urgent_link);
}

/* When the next call is due; 0: never. */
static uint64_t
due_at(const struct channel_presence *p)
{
	uint64_t at = 0;

	if (p->held.count > 0 || p->is_watched)
		at = p->told_at + p->all->period_ms;
	if (p->next_at != 0 && (at == 0 || p->next_at < at))
		at = p->next_at;
	if (p->is_dirty)
		at = p->told_at + (p->told_at > 0 ? SECOND_MS : 1);
	return at;
}

static void
schedule(struct channel_presence *p)
{
	uint64_t at = due_at(p), now = clock_ms();

	if (p->call != NULL || at == 0 || p->is_urgent)
		return;
	if (p->all->stopping)
		at = p->is_dirty ? now : 0;
	if (at == 0)
		wheel_clear(p->all->wheel, &p->timer);
	else if (at <= now)
		set_urgent(p, true);
	else
		wheel_set(p->all->wheel, &p->timer, at - now);
}

static void
changed(struct channel_presence *p)
{
	set_dirty(p, true);
	schedule(p);
}

/* --- what Redis says ------------------------------------------------------ */

static void
know(struct channel_presence *p)
{
	if (p->is_known)
		return;
	p->is_known = true;
	channel_tell_ready(p->channel);
}

static void
take(struct channel_presence *p, struct text text)
{
	struct presence *now = presence_new(*channel_name(p->channel), text);
	struct presence *before = p->now;

	if (now == NULL) {
		log_error("bad_presence",
			  "channel=%s reason=\"not written by "
			  "pushcgi\"",
			  channel_name(p->channel)->bytes);
		return;
	}
	if (before != NULL && now->at < before->at &&
	    before->at - now->at < OVERTAKEN_MS) {
		presence_unref(now);
		return;
	}
	p->now = now;
	if (p->is_watched && (before == NULL || !presence_equals(before, now)))
		channel_deliver_presence(p->channel, now);
	presence_unref(before);
}

static void
answered(void *arg, const struct bus_presence_answer *a)
{
	struct channel_presence *p = arg;

	set_call(p, NULL);
	switch (a->status) {
	case BUS_OK:
		presence_visits_told(&p->held.visits);
		p->next_at = a->again_ms > 0 ? p->told_at + a->again_ms + 1 : 0;
		take(p, a->text);
		know(p);
		break;
	case BUS_DOWN: /* or it cannot be asked just now */
		set_dirty(p, true);
		p->held.is_leased = true; /* what ended it may be lost */
		break;
	case BUS_REFUSED:
		presence_visits_told(&p->held.visits);
		p->told_at = clock_ms() + REFUSED_MS;
		know(p);
		break;
	}
	schedule(p);
}

/* --- what is told to Redis ------------------------------------------------ */

static struct bus_call *
call_bus(struct channel_presence *p, bool ends)
{
	return presence_held_tell(&p->held, channel_name(p->channel)->bytes,
				  ends, answered, p);
}

/* Without one nothing is told and nothing waits. It is tried again when
 * somebody comes or leaves. */
static bool
has_place(struct channel_presence *p)
{
	if (p->has_place)
		return true;
	p->has_place = channel_presences_take_place(p->all);
	if (!p->has_place) {
		presence_visits_clear(&p->held.visits);
		set_dirty(p, false);
		know(p);
		return false;
	}
	channel_presence_resubscribe(p);
	return true;
}

/* Subscribers do not wait longer than a second for their turn. */
static void
put_off(struct channel_presence *p)
{
	wheel_set(p->all->wheel, &p->timer, SECOND_MS);
	if (p->late_at == 0)
		p->late_at = clock_ms();
	else if (clock_ms() - p->late_at >= SECOND_MS)
		know(p);
}

/* While Redis is down nothing happens. */
static void
tell(struct channel_presence *p)
{
	set_urgent(p, false);
	wheel_clear(p->all->wheel, &p->timer);
	if (p->call != NULL || !bus_is_up(p->all->bus) || !has_place(p))
		return;
	if (!channel_presences_may_call(p->all, !p->held.is_leased)) {
		put_off(p);
		return;
	}
	p->late_at = 0;
	p->told_at = clock_ms();
	p->next_at = 0;
	set_dirty(p, false);
	set_call(p, call_bus(p, p->all->stopping));
	if (p->call == NULL)
		set_dirty(p, true);
}

static void
timer_fired(void *arg)
{
	tell(arg);
}

/* --- the process ---------------------------------------------------------- */

void
channel_presences_turn_end(struct channel_presences *all)
{
	struct channel_presence *p;

	while ((p = TAILQ_FIRST(&all->urgent)) != NULL)
		tell(p);
}

bool
channel_presences_are_settled(const struct channel_presences *all)
{
	return all->busy == 0 || !bus_is_up(all->bus);
}

/* --- a channel ------------------------------------------------------------ */

struct channel_presence *
channel_presence_new(struct channel_presences *all, struct channel *c)
{
	enum presence_setting setting =
	    conf_channel(all->conf, *channel_name(c)).presence;
	struct channel_presence *p;

	if (setting == PRESENCE_OFF)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->all = all;
	p->channel = c;
	presence_held_init(&p->held, all, setting == PRESENCE_LIST);
	p->timer.fire = timer_fired;
	p->timer.arg = p;
	return p;
}

/* What Redis does not know yet is told, and the answer is not waited for. */
void
channel_presence_free(struct channel_presence *p)
{
	struct channel_presences *all;

	if (p == NULL)
		return;
	all = p->all;
	if (p->call != NULL)
		presence_visits_told(&p->held.visits);
	bus_cancel(p->call);
	if (presence_held_matters(&p->held) && bus_is_up(all->bus))
		bus_cancel(call_bus(p, true));
	if (p->is_watched && p->has_place)
		bus_presence_unsubscribe(all->bus,
					 channel_name(p->channel)->bytes);
	all->busy -= is_busy(p);
	set_urgent(p, false);
	wheel_clear(all->wheel, &p->timer);
	presence_held_free(&p->held);
	presence_unref(p->now);
	if (p->has_place)
		channel_presences_give_back(all);
	free(p);
}

void
channel_presence_join(struct channel_presence *p,
		      const struct presence_member *m)
{
	if (p == NULL)
		return;
	presence_held_join(&p->held, m);
	changed(p);
}

void
channel_presence_leave(struct channel_presence *p,
		       const struct presence_member *m)
{
	if (p == NULL)
		return;
	presence_held_leave(&p->held, m);
	changed(p);
}

/* Until the channel is freed: a poll comes back. */
void
channel_presence_watch(struct channel_presence *p)
{
	if (p == NULL || p->is_watched)
		return;
	p->is_watched = true;
	p->is_known = false;
	channel_presence_resubscribe(p);
	set_dirty(p, true);
	set_urgent(p, true);
}

void
channel_presence_up(struct channel_presence *p)
{
	if (p != NULL && due_at(p) > 0)
		changed(p);
}

void
channel_presence_resubscribe(struct channel_presence *p)
{
	if (p != NULL && p->is_watched && p->has_place)
		bus_presence_subscribe(p->all->bus,
				       channel_name(p->channel)->bytes);
}

void
channel_presence_stop(struct channel_presence *p)
{
	if (p != NULL && p->held.is_leased)
		set_dirty(p, true);
	if (p != NULL)
		schedule(p);
}

/* What was announced between the last answer and now is not known. */
void
channel_presence_subscribed(struct channel_presence *p)
{
	if (p != NULL)
		changed(p);
}

void
channel_presence_announced(struct channel_presence *p, struct text text)
{
	unsigned int again_ms;

	if (p == NULL || !p->is_watched)
		return;
	if (presence_is_late(text, &again_ms)) {
		p->next_at = clock_ms() + again_ms + 1;
		schedule(p);
	} else {
		take(p, text);
	}
}

bool
channel_presence_is_known(const struct channel_presence *p)
{
	return p == NULL || p->is_known;
}

struct presence *
channel_presence_now(const struct channel_presence *p)
{
	return p != NULL && p->is_known ? p->now : NULL;
}
