/* SPDX-License-Identifier: MIT */
/*
 * conn_late.h - what happens to a conn whose request, or its body, did not come
 * within the time limit.
 */
#ifndef SHARED_NET_CONN_LATE_H
#define SHARED_NET_CONN_LATE_H

#include "shared/net/conn.h"

/* conn_kind.timed_out: has the owner of requests refuse what came of a request,
 * otherwise closes the conn. */
void conn_late(struct conn *conn);

#endif
