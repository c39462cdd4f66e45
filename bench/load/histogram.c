/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/histogram.h"

enum { HALF = 512 }; /* steps of each power of two but the first */

/* The first 1024 ns have a step each; from then on the width doubles with each
 * power of two. */
static uint32_t
step_of(uint64_t ns)
{
	unsigned int shift = 0;
	uint64_t step;

	if (ns >= 2 * HALF)
		shift = 54 - (unsigned int)__builtin_clzll(ns);
	step = (uint64_t)HALF * shift + (ns >> shift);
	return step < HISTOGRAM_STEPS ? (uint32_t)step : HISTOGRAM_STEPS - 1;
}

/* The longest duration that a step counts. */
static uint64_t
end_of(uint32_t step)
{
	uint32_t shift = step < 2 * HALF ? 0 : step / HALF - 1;

	return ((uint64_t)(step - HALF * shift + 1) << shift) - 1;
}

void
histogram_add(struct histogram *h, uint64_t ns)
{
	h->steps[step_of(ns)]++;
	h->count++;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

uint64_t
histogram_at(const struct histogram *h, double percent)
{
	double rank = (double)h->count * percent / 100;
	uint64_t want = (uint64_t)rank, seen = 0;

	if (want < 1 || (double)want < rank)
		want++; /* rounded up */

	for (uint32_t i = 0; i < HISTOGRAM_STEPS - 1; i++) {
		seen += h->steps[i];
		if (seen >= want)
			return end_of(i) < h->max_ns ? end_of(i) : h->max_ns;
	}
	return h->max_ns;
}
