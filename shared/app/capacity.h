/* SPDX-License-Identifier: MIT */
/*
 * capacity.h - how many requests the descriptors of this process allow.
 */
#ifndef SHARED_APP_CAPACITY_H
#define SHARED_APP_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/conf/conf.h"
#include "shared/net/conn.h"

struct capacity {
	size_t inherited;   /* limit of descriptors at the start */
	size_t descriptors; /* that it may have now */
};

/* Raises the soft limit of descriptors to the hard one. */
void capacity_raise(struct capacity *c);

/* Sets hold.budget_lighttpd if it is to be found out. A program that lighttpd
 * has started has its limit of descriptors, of which 70 % held requests may
 * take, two each: lighttpd accepts nobody when 90 % are in use, and begins
 * again below 80 %. */
void capacity_set_budget(const struct capacity *c, struct conf *conf);

/* hold.max, as far as the descriptors allow. Some are left: whoever is not held
 * has one, too, until it was told so. */
size_t capacity_held_max(const struct capacity *c, const struct conf *conf);

/* Sets the limits of conn_room.h by which a process does not run out of
 * descriptors. */
void capacity_limit_conns(const struct capacity *c, struct conns *conns);

#endif
