/* SPDX-License-Identifier: MIT */
/*
 * loop_lag.h - how long each turn of the loop keeps all else waiting: from the
 * return of the system call that waits for events until the next one. Counted
 * in stats.h.
 */
#ifndef SHARED_APP_LOOP_LAG_H
#define SHARED_APP_LOOP_LAG_H

#include <ev.h>

struct loop_lag {
	struct ev_loop *loop;
	struct ev_prepare turn_end;
};

/* In place; `loop` is borrowed until loop_lag_stop(). */
void loop_lag_start(struct loop_lag *lag, struct ev_loop *loop);
void loop_lag_stop(struct loop_lag *lag);

#endif
