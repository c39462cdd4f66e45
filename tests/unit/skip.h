/* SPDX-License-Identifier: MIT */
/*
 * skip.h - lets a test advance the clock.
 *
 * It replaces clock_gettime(), also for libev: the system's time plus the time
 * that was skipped.
 */
#ifndef TESTS_UNIT_SKIP_H
#define TESTS_UNIT_SKIP_H

void skip_ms(unsigned int ms);

/* Stops the clock: from now on time advances only by skip_ms(), and by 1 us per
 * call, because libev waits until the time changes. Nothing is late then, even
 * on a busy machine. */
void skip_only(void);

#endif
