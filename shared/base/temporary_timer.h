/* SPDX-License-Identifier: MIT */
/*
 * temporary_timer.h - a timer of a wheel that takes memory only while it is
 * set. For what there are thousands of, and which seldom needs one.
 *
 * Its owner has a pointer to it: NULL when it is not set.
 */
#ifndef SHARED_BASE_TEMPORARY_TIMER_H
#define SHARED_BASE_TEMPORARY_TIMER_H

#include <stdint.h>

#include "shared/base/wheel.h"

struct temporary_timer;

/* Calls fire(arg) once, in `ms` (wheel.h), and not when it was set to before.
 * It is no longer set then. `*timer` must stay where it is meanwhile. */
void temporary_timer_set(struct temporary_timer **timer, struct wheel *wheel,
			 uint64_t ms, void (*fire)(void *arg), void *arg);

/* Does nothing when it is not set. */
void temporary_timer_clear(struct temporary_timer **timer, struct wheel *wheel);

#endif
