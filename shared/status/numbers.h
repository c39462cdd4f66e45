/* SPDX-License-Identifier: MIT */
/*
 * numbers.h - what a process counts (stats.h), as its entry says it, and sums
 * of several.
 */
#ifndef SHARED_STATUS_NUMBERS_H
#define SHARED_STATUS_NUMBERS_H

#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/stats/stats.h"
#include "shared/stats/stats_table.h"

/* The largest number that is taken from an entry, so that no sum overflows. */
#define STATUS_NUMBER_MAX (UINT64_C(1) << 53)

/* Indexed as in stats.h. Zeroed: nothing. */
struct status_numbers {
	uint64_t processes;
	uint64_t held, held_max;
	uint64_t ways[STATS_WAYS];
	uint64_t takes[STATS_TAKES];
	uint64_t channels; /* subscribed; a sum counts one for each process */
	uint64_t counters[STATS_COUNTERS];
	uint64_t refused[STATS_REFUSALS];
	uint64_t cut[STATS_CUTS];
	struct stats_histogram times[STATS_TIMES];
	uint64_t queue, queue_max; /* bytes */
	uint64_t rss, private_rss; /* bytes */
};

void status_numbers_add(struct status_numbers *sum,
			const struct status_numbers *n);

/* How many times there are in a histogram. */
uint64_t status_times_count(const struct stats_histogram *h) MUST_USE;

/* The limit of the bucket, in ms, below which `percent` of all times are. 0:
 * there are none. Above the last limit: UINT32_MAX. */
unsigned int status_times_percentile(const struct stats_histogram *h,
				     unsigned int percent) MUST_USE;

#endif
