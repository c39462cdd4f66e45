/* SPDX-License-Identifier: MIT */
/*
 * fanouts.h - all fanouts of the process, and how a subscriber becomes a member
 * of one.
 *
 * At the end of each turn of the event loop they send what the channels have
 * delivered in it, unless it waits for others (gather.h): an ev_prepare of the
 * highest priority, so that conns which fail are swept in the same turn. A
 * fanout is made by its first member and freed with its last.
 */
#ifndef SHARED_HUB_FANOUTS_H
#define SHARED_HUB_FANOUTS_H

#include <ev.h>
#include <sys/queue.h>

#include "shared/hub/channels.h"
#include "shared/hub/fanout.h"
#include "shared/hub/fanout_send.h"
#include "shared/hub/formats.h"
#include "shared/net/chain.h"
#include "shared/technique.h"

LIST_HEAD(fanout_list, fanout);
SLIST_HEAD(fanout_queue, fanout);

struct fanouts {
	const struct technique *technique;
	struct channels *channels;
	const struct fanout_handler *handler;
	struct formats formats;
	void *tree; /* tsearch(3), by set */
	struct fanout_list list;
	struct fanout_queue queue; /* have something to send */
	struct ev_prepare turn_end;
	struct chain chain; /* scratch, for everything that sends */
	struct fanout_time time;
	struct fanout_sender sender;
};

/* Runs on the loop of `channels`. Everything is borrowed. */
void fanouts_init(struct fanouts *all, const struct technique *technique,
		  struct channels *channels,
		  const struct fanout_handler *handler);

/* All members must have left. */
void fanouts_free(struct fanouts *all);

/* Sends what is pending now, not only at the end of the turn, and also what
 * waits for others. */
void fanouts_flush(struct fanouts *all);

/* Makes `m` (conn set, in no fanout) a waiting member of the fanout of `set`.
 */
void fanouts_enter(struct fanouts *all, const struct fanout_set *set,
		   struct member *m);

/* Makes a waiting member live. Its position must be the tip of each channel. */
void fanouts_join(struct member *m);

/* Of a stream technique: a live member gets all that was delivered, also what
 * waits for others: something of its own follows. */
void fanouts_settle(struct member *m);

/* Removes `m` from its fanout, if it is in one. */
void fanouts_leave(struct member *m);

/* Calls fn(m, arg) for every member; it may leave in it. One that enters
 * another fanout may be met again. */
void fanouts_each(struct fanouts *all, void (*fn)(struct member *m, void *arg),
		  void *arg);

#endif
