/* SPDX-License-Identifier: MIT */
/*
 * rewind.h - checks whether Redis has lost messages that this process has
 * delivered, and writes it down for all others (rewind.lua).
 *
 * Redis loses its newest messages when it is emptied, restored, or killed
 * before it wrote them to disk, or when a replica that lagged is promoted.
 */
#ifndef SHARED_BUS_REWIND_H
#define SHARED_BUS_REWIND_H

#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/model/tip.h"

struct bus;

enum { BUS_SEEN_MAX = 65 };

/* Ids that this process has delivered, newest first; the first is its tip.
 * Never ids that only a client has named. Borrowed. */
struct bus_seen {
	const char *channel;
	const struct id *ids;
	size_t count;		/* 1 to BUS_SEEN_MAX */
	const struct tip *tip;	/* as last read: its forks are known */
	struct tip_fork passed; /* the newest one before the position in the
				 * history; zeroed: none, or not known */
};

struct rewind {
	enum {
		REWIND_KEPT,	/* Redis has lost nothing */
		REWIND_EXPIRED, /* all was silent for longer than a tip lives */
		REWIND_LOST
	} what;
	struct tip tip;	 /* after it was written down */
	struct id after; /* LOST: all that follows it is new to the process */
};

/* BUS_DOWN: the connection went down, another Redis is the master now, or Redis
 * cannot store anything just now: ask again.
 * BUS_REFUSED: Redis did not write it down; this is logged. */
typedef void bus_rewind_fn(void *arg, enum bus_status status,
			   const struct rewind *rewind);

/* NULL: the connection is down, fn is not called. */
struct bus_call *bus_rewind(struct bus *bus, const struct bus_seen *seen,
			    bus_rewind_fn *fn, void *arg) MUST_USE;

#endif
