/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/numbers.h"

#include <stddef.h>

static void
add_all(uint64_t *sum, const uint64_t *n, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += n[i];
}

void
status_numbers_add(struct status_numbers *sum, const struct status_numbers *n)
{
	sum->processes += n->processes;
	sum->held += n->held;
	sum->held_max += n->held_max;
	add_all(sum->ways, n->ways, STATS_WAYS);
	add_all(sum->takes, n->takes, STATS_TAKES);
	sum->channels += n->channels;
	add_all(sum->counters, n->counters, STATS_COUNTERS);
	add_all(sum->refused, n->refused, STATS_REFUSALS);
	add_all(sum->cut, n->cut, STATS_CUTS);
	for (size_t i = 0; i < STATS_TIMES; i++) {
		add_all(sum->times[i].counts, n->times[i].counts,
			STATS_LIMITS + 1);
		sum->times[i].sum_us += n->times[i].sum_us;
	}
	sum->queue += n->queue;
	sum->queue_max += n->queue_max;
	sum->rss += n->rss;
	sum->private_rss += n->private_rss;
}

uint64_t
status_times_count(const struct stats_histogram *h)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= STATS_LIMITS; i++)
		count += h->counts[i];
	return count;
}

unsigned int
status_times_percentile(const struct stats_histogram *h, unsigned int percent)
{
	uint64_t all = status_times_count(h), below = 0;

	if (all == 0)
		return 0;
	for (size_t i = 0; i < STATS_LIMITS; i++) {
		below += h->counts[i];
		/* no product: it would overflow */
		if ((double)below >= (double)all * percent / 100)
			return stats_le_ms[i];
	}
	return UINT32_MAX;
}
