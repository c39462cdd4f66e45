/* SPDX-License-Identifier: MIT */
/*
 * conn_timer.h - the timer of a conn: while a request comes in, and for a
 * moment before it is closed. It exists while it is set.
 */
#ifndef SHARED_NET_CONN_TIMER_H
#define SHARED_NET_CONN_TIMER_H

#include <stdint.h>

#include "shared/net/conn.h"

/* Calls kind->timed_out() in `ms` (wheel.h), not when it was set to before. */
void conn_set_timer(struct conn *conn, uint64_t ms);

/* Does nothing when it is not set. */
void conn_clear_timer(struct conn *conn);

#endif
