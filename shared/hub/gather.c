/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/gather.h"

#include <string.h>
#include <unistd.h>

#include "shared/base/attributes.h"
#include "shared/base/clock.h"

enum {
	CLOCK_STEP_MS = 4, /* of clock_ms() */
	OFFSET_MAX_MS = 1000
};

bool
gather_is_over(uint64_t until)
{
	return until <= clock_ms() + CLOCK_STEP_MS;
}

/* --- the timer ------------------------------------------------------------ */

static void
fired(UNUSED struct ev_loop *loop, ev_timer *timer, UNUSED int revents)
{
	gathers_turn(timer->data);
}

/* Unless it fires sooner. */
static void
arm(struct gathers *all, uint64_t until)
{
	uint64_t now = clock_ms();
	double after = until > now ? (double)(until - now) / 1000. : 0.;

	if (all->loop == NULL ||
	    (ev_is_active(&all->timer) &&
	     ev_timer_remaining(all->loop, &all->timer) <= after))
		return;
	ev_timer_stop(all->loop, &all->timer);
	ev_timer_set(&all->timer, after, 0.);
	ev_timer_start(all->loop, &all->timer);
}

void
gathers_init(struct gathers *all, struct ev_loop *loop)
{
	memset(all, 0, sizeof(*all));
	LIST_INIT(&all->open);
	all->loop = loop;
	all->offset = (uint64_t)getpid() * 37 % OFFSET_MAX_MS;
	ev_timer_init(&all->timer, fired, 0., 0.);
	ev_set_priority(&all->timer, EV_MAXPRI);
	all->timer.data = all;
}

void
gathers_stop(struct gathers *all)
{
	if (all->loop != NULL)
		ev_timer_stop(all->loop, &all->timer);
}

/* --- windows -------------------------------------------------------------- */

/* It follows the last one, which may end a little early. */
static void
open_window(struct gathers *all, struct gather *g)
{
	uint64_t from = clock_ms();

	if (from < g->until)
		from = g->until;
	g->until = from + g->ms - (from + all->offset) % g->ms;
	arm(all, g->until);
}

static void
forget_waiting(struct gathers *all, struct gather *g)
{
	all->bytes -= g->bytes;
	all->entries -= g->entries;
	g->count = g->bytes = g->entries = 0;
}

static void
release(struct gathers *all, struct gather *g)
{
	if (g->count == 0)
		return;
	forget_waiting(all, g);
	g->release(g->arg);
}

static void
end_window(struct gathers *all, struct gather *g)
{
	if (g->until == 0)
		return;
	g->until = 0;
	LIST_REMOVE(g, link);
	forget_waiting(all, g);
}

void
gathers_release(struct gathers *all)
{
	struct gather *g, *next;

	for (g = LIST_FIRST(&all->open); g != NULL; g = next) {
		next = LIST_NEXT(g, link);
		release(all, g);
	}
}

/* What is released may lead to something that is delivered. */
void
gathers_turn(struct gathers *all)
{
	struct gather *g, *next;

	for (g = LIST_FIRST(&all->open); g != NULL; g = next) {
		next = LIST_NEXT(g, link);
		if (!gather_is_over(g->until)) {
			arm(all, g->until);
		} else if (g->count == 0) {
			end_window(all, g);
		} else {
			open_window(all, g);
			release(all, g);
		}
	}
}

/* --- a channel ------------------------------------------------------------ */

void
gather_init(struct gather *g, unsigned int ms, void (*fn)(void *arg), void *arg)
{
	*g = (struct gather){.ms = ms, .release = fn, .arg = arg};
}

void
gather_end(struct gathers *all, struct gather *g)
{
	end_window(all, g);
}

bool
gather_add(struct gathers *all, struct gather *g, size_t bytes,
	   size_t subscriptions)
{
	if (g->ms == 0)
		return false;
	if (g->until == 0) {
		LIST_INSERT_HEAD(&all->open, g, link);
		open_window(all, g);
		return false;
	}
	g->count++;
	g->bytes += bytes;
	g->entries += subscriptions;
	all->bytes += bytes;
	all->entries += subscriptions;
	if (all->bytes >= GATHERS_BYTES || all->entries >= GATHERS_ENTRIES)
		gathers_release(all);
	else if (g->count >= GATHER_MESSAGES || g->bytes >= GATHER_BYTES)
		release(all, g);
	return g->count > 0;
}
