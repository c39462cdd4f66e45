/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the time that all stamps and latencies are taken with.
 */
#ifndef BENCH_LOAD_CLOCK_H
#define BENCH_LOAD_CLOCK_H

#include <stdint.h>

enum { NS_PER_MS = 1000000 };
#define NS_PER_S UINT64_C(1000000000)

uint64_t clock_ns(void); /* CLOCK_MONOTONIC */

#endif
