/* SPDX-License-Identifier: MIT */
/*
 * wheel.h - one coarse timer for all clients: heartbeats, waits, time-outs.
 *
 * A hashed timing wheel (Varghese and Lauck, 1987, scheme 6) that turns every
 * WHEEL_TICK_MS while something is on it. Setting and clearing costs a few
 * pointers; nothing fires early, everything fires less than two ticks late.
 */
#ifndef SHARED_BASE_WHEEL_H
#define SHARED_BASE_WHEEL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WHEEL_TICK_MS = 250, WHEEL_SLOTS = 256 };

/* Embedded in what waits. Zeroed is not set. */
struct wheel_timer {
	struct wheel_timer *next, *prev; /* NULL: not on the wheel */
	uint64_t due;			 /* tick */
	void (*fire)(void *arg);
	void *arg; /* borrowed while it is set */
};

struct wheel {
	struct ev_loop *loop;
	struct ev_timer ticker;
	uint64_t now; /* ticks of the monotonic clock, as last turned */
	size_t count; /* timers on it */
	struct wheel_timer slots[WHEEL_SLOTS]; /* heads of rings */
};

void wheel_init(struct wheel *w, struct ev_loop *loop);

/* Stops turning. Timers that are still set are forgotten. */
void wheel_free(struct wheel *w);

/* Calls timer->fire(timer->arg) once, `ms` or up to two ticks more from now.
 * Set again before that: only the new time counts. */
void wheel_set(struct wheel *w, struct wheel_timer *timer, uint64_t ms);

/* Not set: nothing happens. */
void wheel_clear(struct wheel *w, struct wheel_timer *timer);

bool wheel_is_set(const struct wheel_timer *timer);

/* Fires the timers that are due by clock_ms(). The wheel does so by itself
 * every WHEEL_TICK_MS of real time; a test with its own clock calls it. */
void wheel_turn(struct wheel *w);

#endif
