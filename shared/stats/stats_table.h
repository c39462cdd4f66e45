/* SPDX-License-Identifier: MIT */
/*
 * stats_table.h - name, unit and help of each number of stats.h.
 *
 * The names are those of entry.h, of the status page and of the metrics, so
 * they do not change.
 */
#ifndef SHARED_STATS_STATS_TABLE_H
#define SHARED_STATS_STATS_TABLE_H

#include "shared/stats/stats.h"

struct stats_row {
	const char *name; /* as in the entry */
	const char *unit; /* "messages", "bytes", "ms", ...; "" for a reason */
	const char *help; /* a phrase for people, without a full stop */
};

extern const struct stats_row stats_counter_rows[STATS_COUNTERS];
extern const struct stats_row stats_refusal_rows[STATS_REFUSALS];
extern const struct stats_row stats_cut_rows[STATS_CUTS];
extern const struct stats_row stats_time_rows[STATS_TIMES];
extern const struct stats_row stats_way_rows[STATS_WAYS];
extern const struct stats_row stats_takes_rows[STATS_TAKES];

#endif
