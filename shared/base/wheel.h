/* SPDX-License-Identifier: MIT */
/*
 * wheel.h - one coarse timer for all clients: heartbeats, waits, time limits.
 *
 * A hashed timing wheel (Varghese and Lauck, 1987, scheme 6). It turns every
 * WHEEL_TICK_MS while a timer is set. Setting and clearing a timer costs a few
 * pointers. No timer fires early; each fires less than two ticks late.
 */
#ifndef SHARED_BASE_WHEEL_H
#define SHARED_BASE_WHEEL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum { WHEEL_TICK_MS = 250, WHEEL_SLOTS = 256 };

/* Embedded in its owner. Zeroed is not set. */
struct wheel_timer {
	LIST_ENTRY(wheel_timer) entry;
	uint64_t due; /* tick; 0: not set */
	void (*fire)(void *arg);
	void *arg;
};

LIST_HEAD(wheel_slot, wheel_timer);

struct wheel {
	struct ev_loop *loop;
	struct ev_timer ticker;
	uint64_t now; /* tick of the last turn */
	size_t count; /* timers that are set */
	struct wheel_slot slots[WHEEL_SLOTS];
};

/* In place; allocates nothing. Borrows `loop`. */
void wheel_init(struct wheel *w, struct ev_loop *loop);

/* Stops turning. Timers that are still set never fire. */
void wheel_free(struct wheel *w);

/* Calls timer->fire(timer->arg) once, `ms` to `ms` + 2 ticks from now. Replaces
 * the time of a timer that is set already. */
void wheel_set(struct wheel *w, struct wheel_timer *timer, uint64_t ms);

/* Does nothing when it is not set. */
void wheel_clear(struct wheel *w, struct wheel_timer *timer);

bool wheel_is_set(const struct wheel_timer *timer);

/* Fires the timers that are due by clock_ms(). The wheel does so by itself
 * every WHEEL_TICK_MS of real time; a test with its own clock calls it. */
void wheel_turn(struct wheel *w);

#endif
