/* SPDX-License-Identifier: MIT */
/*
 * histogram.h - how often each duration came, in constant memory.
 *
 * A duration is counted in a step whose width is at most 1/512 of it, up to
 * 36 minutes; what is longer is counted in the last step. The longest is kept
 * exactly.
 */
#ifndef BENCH_LOAD_HISTOGRAM_H
#define BENCH_LOAD_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 512 * 34 };

struct histogram {
	uint64_t count;
	uint64_t max_ns;
	uint64_t steps[HISTOGRAM_STEPS];
};

void histogram_add(struct histogram *h, uint64_t ns);

/* The duration that `percent` of all were not above, in ns: the upper end of
 * its step, but never above the longest. 0: there are none. */
uint64_t histogram_at(const struct histogram *h, double percent);

#endif
