/* SPDX-License-Identifier: MIT */
/*
 * fanout_private.h - what the files of fanout.h share: fanout.c (who is in it,
 * what the channels say) and fanout_send.c (what is sent when a turn ends).
 */
#ifndef SHARED_HUB_FANOUT_PRIVATE_H
#define SHARED_HUB_FANOUT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/hub/delivery.h"
#include "shared/hub/fanout.h"
#include "shared/model/cursor.h"

/* What two fanouts must have alike to be one. */
struct fanout_key {
	struct format format;
	size_t count;
	const struct text *const *names; /* of the channels, sorted */
};

struct members {
	struct member **at;
	size_t count, room;
};

struct pending {
	struct delivery *delivery;
	size_t number; /* of the channel */
};

struct fanout {
	struct fanout_key key; /* first: it is the key of the tree */
	struct fanouts *all;
	struct fanout *next, *prev;
	struct fanout *next_touched;
	bool touched;
	unsigned int users; /* loops that run over it: not to be freed */
	struct members live, waiting;
	struct pending *pending;
	size_t pending_count, pending_room;
	struct cursor_part *parts; /* these three: `count` each, behind it */
	struct subscription *subscriptions;
	struct channel **channels;
};

/* Sends what has gathered; after it live members stand at the tips. */
void fanout_flush(struct fanout *fanout);

void fanout_forget_pending(struct fanout *fanout);

/* Frees it when nobody is in it and nothing runs over it. */
void fanout_release(struct fanout *fanout);

#endif
