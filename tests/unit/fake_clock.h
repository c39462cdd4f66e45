/* SPDX-License-Identifier: MIT */
/*
 * fake_clock.h - a clock that advances only when a test says so.
 *
 * A program linked with fake_clock.c gets its clock_ms() and clock_unix()
 * instead of those of shared/base/clock.c.
 */
#ifndef TESTS_UNIT_FAKE_CLOCK_H
#define TESTS_UNIT_FAKE_CLOCK_H

#include <stdint.h>

/* What clock_unix() returns at the start. */
#define FAKE_CLOCK_UNIX UINT64_C(4000000000) /* in 2096 */

/* Timers on a wheel fire with the next wheel_turn(). */
void fake_clock_advance(uint64_t ms);

/* The clock is as at the start. */
void fake_clock_restart(void);

/* Now it is so many seconds since 1970; clock_ms() stays. */
void fake_clock_set_unix(uint64_t seconds);

#endif
