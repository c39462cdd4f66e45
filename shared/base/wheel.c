/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/wheel.h"

#include <string.h>

#include "shared/base/clock.h"

static uint64_t
clock_ticks(void)
{
	return clock_ms() / WHEEL_TICK_MS;
}

static void
remove_timer(struct wheel *w, struct wheel_timer *timer)
{
	LIST_REMOVE(timer, entry);
	timer->due = 0;
	w->count--;
}

/* Fires what is due in one slot. A timer that fires may set and clear any
 * other, so the due ones first move to a list of their own. A slot has the
 * newest timer first, so that they fire in the order they were set. */
static void
turn_slot(struct wheel *w, struct wheel_slot *slot)
{
	struct wheel_slot due = LIST_HEAD_INITIALIZER(due);
	struct wheel_timer *t, *next;

	for (t = LIST_FIRST(slot); t != NULL; t = next) {
		next = LIST_NEXT(t, entry);
		if (t->due > w->now)
			continue;
		LIST_REMOVE(t, entry);
		LIST_INSERT_HEAD(&due, t, entry);
	}
	while ((t = LIST_FIRST(&due)) != NULL) {
		remove_timer(w, t);
		t->fire(t->arg);
	}
}

void
wheel_turn(struct wheel *w)
{
	uint64_t now = clock_ticks(), from = w->now + 1;

	if (now > w->now + WHEEL_SLOTS)
		from = now - WHEEL_SLOTS + 1; /* every slot once */
	w->now = now;
	for (; from <= now; from++)
		turn_slot(w, &w->slots[from % WHEEL_SLOTS]);
	if (w->count == 0)
		ev_timer_stop(w->loop, &w->ticker);
}

static void
tick(struct ev_loop *loop, ev_timer *ticker, int revents)
{
	(void)loop;
	(void)revents;
	wheel_turn(ticker->data);
}

void
wheel_init(struct wheel *w, struct ev_loop *loop)
{
	memset(w, 0, sizeof(*w));
	w->loop = loop;
	w->now = clock_ticks();
	ev_timer_init(&w->ticker, tick, WHEEL_TICK_MS / 1000.,
		      WHEEL_TICK_MS / 1000.);
	w->ticker.data = w;
}

void
wheel_free(struct wheel *w)
{
	ev_timer_stop(w->loop, &w->ticker);
}

void
wheel_set(struct wheel *w, struct wheel_timer *timer, uint64_t ms)
{
	wheel_clear(w, timer);
	if (w->count++ == 0) {
		w->now = clock_ticks(); /* it stops while empty */
		ev_timer_again(w->loop, &w->ticker);
	}
	/* the first tick that begins after that time */
	timer->due = (clock_ms() + ms) / WHEEL_TICK_MS + 1;
	LIST_INSERT_HEAD(&w->slots[timer->due % WHEEL_SLOTS], timer, entry);
}

void
wheel_clear(struct wheel *w, struct wheel_timer *timer)
{
	if (wheel_is_set(timer))
		remove_timer(w, timer);
}

bool
wheel_is_set(const struct wheel_timer *timer)
{
	return timer->due != 0;
}
