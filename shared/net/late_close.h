/* SPDX-License-Identifier: MIT */
/*
 * late_close.h - closes descriptors that another process may still have open.
 *
 * epoll watches what a descriptor refers to, not the descriptor: if it is
 * closed while another process has it, too, events go on coming for a number
 * that is no more. libev can only help itself by making its epoll anew, with
 * all that it watches: thousands of system calls. So such a descriptor stays
 * open until the other process has closed its own.
 *
 * Source: epoll(7), "Will closing a file descriptor cause it to be removed";
 *         libev 4.33, ev_epoll.c
 */
#ifndef SHARED_NET_LATE_CLOSE_H
#define SHARED_NET_LATE_CLOSE_H

#include <stddef.h>

#include "shared/base/wheel.h"

enum { LATE_CLOSE_MS = 250 }; /* closed after once to twice that */

struct late_list {
	int *fds;
	size_t count, room;
};

struct late_close {
	struct wheel *wheel;
	struct late_list now, before; /* since the timer fired, and before */
	struct wheel_timer timer;     /* set while there is one */
};

/* `wheel` is borrowed. */
void late_close_init(struct late_close *all, struct wheel *wheel);

/* Closes all. */
void late_close_free(struct late_close *all);

/* How many wait. */
size_t late_close_count(const struct late_close *all);

/* Ends the connection of a socket now, and closes it later. Owns `fd`, which is
 * watched no more. */
void late_close_add(struct late_close *all, int fd);

#endif
