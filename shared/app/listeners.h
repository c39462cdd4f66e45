/* SPDX-License-Identifier: MIT */
/*
 * listeners.h - the listening sockets of a program, up to one of each kind of
 * start.h, as one.
 */
#ifndef SHARED_APP_LISTENERS_H
#define SHARED_APP_LISTENERS_H

#include <stddef.h>

#include "shared/app/start.h"
#include "shared/net/conn.h"
#include "shared/net/listen.h"

/* Zeroed it has none. */
struct listeners {
	struct listener at[START_SOCKETS];
};

/* Starts accepting conns from start->fds, which it owns. Sockets of clients
 * that wait there now are of requests that another process was asked about, and
 * are reset. The files of unix sockets that the program made itself are removed
 * by listeners_stop(). */
void listeners_start(struct listeners *l, struct ev_loop *loop,
		     const struct start *start, struct conns *conns);

/* As listen.h has them, for all. */
void listeners_pause(struct listeners *l);
void listeners_resume(struct listeners *l);
size_t listeners_accept(struct listeners *l);
void listeners_stop(struct listeners *l);

#endif
