/* SPDX-License-Identifier: MIT */
/*
 * conn_room.h - the descriptors of a process.
 *
 * A client has one of them before it can be told to come back, and Apache has
 * one for each request that it asks about. Were there none left, web servers
 * would wait, and their sites with them. So there are two limits, of all
 * connections (conns.room): above `crowded` a client that is not held gets no
 * time to leave by itself, and above `full` nobody is held, and a stream ends
 * in the turn in which it came.
 *
 * Any user of the machine can connect and ask nothing: above max_asking the
 * connection that has been waiting longest is closed.
 */
#ifndef SHARED_NET_CONN_ROOM_H
#define SHARED_NET_CONN_ROOM_H

#include <stdbool.h>

#include "shared/net/conn.h"

bool conn_room_is_crowded(const struct conns *conns);
bool conn_room_is_full(const struct conns *conns);

/* A connection was accepted on which Apache will ask. May close another. */
void conn_room_ask(struct conn *conn);

/* It closes. */
void conn_room_asked(struct conn *conn);

#endif
