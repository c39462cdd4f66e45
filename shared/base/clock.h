/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the time that time-outs are measured with.
 *
 * A file of its own, so that a test program can link another clock.
 */
#ifndef SHARED_BASE_CLOCK_H
#define SHARED_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a monotonic clock with an arbitrary start. It advances in
 * steps of a few milliseconds, which makes it cheap to read. */
uint64_t clock_ms(void);

/* Seconds since 1970, for times that others state. It may go back. */
uint64_t clock_unix(void);

/* The same in milliseconds, exactly. */
uint64_t clock_unix_ms(void);

#endif
