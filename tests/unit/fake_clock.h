/* SPDX-License-Identifier: MIT */
/*
 * fake_clock.h - a clock that advances only when a test says so.
 *
 * A program linked with fake_clock.c gets this clock_ms() instead of the one
 * of shared/base/clock.c.
 */
#ifndef TESTS_UNIT_FAKE_CLOCK_H
#define TESTS_UNIT_FAKE_CLOCK_H

#include <stdint.h>

/* Timers on a wheel fire with the next wheel_turn(). */
void fake_clock_advance(uint64_t ms);

#endif
