/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/stats/stats.h"

#include <stdbool.h>

enum { ROUND_TRIP_MS = 1000 };

struct stats stats;

const unsigned int stats_le_ms[STATS_LIMITS] = {
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000};

void
stats_refused_status(unsigned int status)
{
	static const struct {
		unsigned int status;
		enum stats_refusal reason;
	} known[] = {{400, STATS_REFUSED_400}, {401, STATS_REFUSED_401},
		     {403, STATS_REFUSED_403}, {404, STATS_REFUSED_404},
		     {405, STATS_REFUSED_405}, {408, STATS_REFUSED_408},
		     {411, STATS_REFUSED_411}, {413, STATS_REFUSED_413},
		     {414, STATS_REFUSED_414}, {415, STATS_REFUSED_415},
		     {426, STATS_REFUSED_426}, {431, STATS_REFUSED_431},
		     {503, STATS_REFUSED_503}, {504, STATS_REFUSED_504}};

	if (status == 429)
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].status == status) {
			stats_refused(known[i].reason);
			return;
		}
	stats_refused(STATS_REFUSED_OTHER);
}

void
stats_held(enum stats_way way, enum stats_takes takes)
{
	stats.held++;
	stats.ways[way]++;
	stats.takes[takes]++;
	stats_add(STATS_CONNECTS, 1);
}

void
stats_left(enum stats_way way, enum stats_takes takes)
{
	stats.held--;
	stats.ways[way]--;
	stats.takes[takes]--;
}

void
stats_time(enum stats_time what, uint64_t us, uint64_t n)
{
	struct stats_histogram *h = &stats.times[what];
	size_t i = 0;

	while (i < STATS_LIMITS && us > stats_le_ms[i] * UINT64_C(1000))
		i++;
	h->counts[i] += n;
	h->sum_us += us * n;
}

void
stats_redis_clock(uint64_t redis_ms, uint64_t sent_ms, uint64_t now_ms)
{
	static bool is_known;
	uint64_t took = now_ms > sent_ms ? now_ms - sent_ms : 0;

	if (took > ROUND_TRIP_MS && is_known)
		return;
	is_known = true;
	stats.redis_ahead_ms = (int64_t)(redis_ms - (sent_ms + took / 2));
}

uint64_t
stats_age_us(uint64_t id_ms, uint64_t now_ms)
{
	uint64_t now = now_ms + (uint64_t)stats.redis_ahead_ms;

	return now > id_ms ? (now - id_ms) * 1000 : 0;
}
