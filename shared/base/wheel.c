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
unlink_timer(struct wheel *w, struct wheel_timer *timer)
{
	timer->prev->next = timer->next;
	timer->next->prev = timer->prev;
	timer->next = timer->prev = NULL;
	w->count--;
}

/* Fires what is due in one slot. A timer that fires may set and clear any
 * other, so the due ones are moved to a ring of their own first. */
static void
turn_slot(struct wheel *w, struct wheel_timer *head)
{
	struct wheel_timer due = {.next = &due, .prev = &due};
	struct wheel_timer *t, *next;

	for (t = head->next; t != head; t = next) {
		next = t->next;
		if (t->due > w->now)
			continue;
		t->prev->next = t->next;
		t->next->prev = t->prev;
		t->prev = due.prev;
		t->next = &due;
		due.prev->next = t;
		due.prev = t;
	}
	while (due.next != &due) {
		t = due.next;
		unlink_timer(w, t);
		t->fire(t->arg);
	}
}

void
wheel_turn(struct wheel *w)
{
	uint64_t now = clock_ticks(), from = w->now + 1;

	if (now > w->now + WHEEL_SLOTS)
		from = now - WHEEL_SLOTS + 1; /* once around is everything */
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
	size_t i;

	memset(w, 0, sizeof(*w));
	w->loop = loop;
	w->now = clock_ticks();
	for (i = 0; i < WHEEL_SLOTS; i++)
		w->slots[i].next = w->slots[i].prev = &w->slots[i];
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
	struct wheel_timer *head;

	wheel_clear(w, timer);
	if (w->count++ == 0) {
		w->now = clock_ticks(); /* it stood still while empty */
		ev_timer_again(w->loop, &w->ticker);
	}
	/* the tick that begins next after that: never early */
	timer->due = (clock_ms() + ms) / WHEEL_TICK_MS + 1;
	head = &w->slots[timer->due % WHEEL_SLOTS];
	timer->next = head;
	timer->prev = head->prev;
	head->prev->next = timer;
	head->prev = timer;
}

void
wheel_clear(struct wheel *w, struct wheel_timer *timer)
{
	if (wheel_is_set(timer))
		unlink_timer(w, timer);
}

bool
wheel_is_set(const struct wheel_timer *timer)
{
	return timer->next != NULL;
}
