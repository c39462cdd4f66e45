/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/loop_lag.h"

#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/stats/stats.h"

/* Below those who do their work at the end of a turn. ev_now() is the time when
 * the turn began; a clock that was set back meanwhile makes it 0. */
static void
turn_ends(struct ev_loop *loop, UNUSED ev_prepare *watcher, UNUSED int revents)
{
	double took = ev_time() - ev_now(loop);

	stats_time(STATS_LOOP_LAG, took > 0. ? (uint64_t)(took * 1e6) : 0, 1);
}

void
loop_lag_start(struct loop_lag *lag, struct ev_loop *loop)
{
	lag->loop = loop;
	ev_prepare_init(&lag->turn_end, turn_ends);
	ev_set_priority(&lag->turn_end, EV_MINPRI);
	ev_prepare_start(loop, &lag->turn_end);
}

void
loop_lag_stop(struct loop_lag *lag)
{
	ev_prepare_stop(lag->loop, &lag->turn_end);
}
