/* SPDX-License-Identifier: MIT */
/*
 * conn_stalled.h - ends conns whose peers take nothing.
 */
#ifndef SHARED_NET_CONN_STALLED_H
#define SHARED_NET_CONN_STALLED_H

#include "shared/net/conn.h"

/* After conns_init(). From then on a conn closes on its own whose socket takes
 * none of its queue for CONN_STALLED_MS. */
void conn_stalled_init(struct conns *conns);

#endif
