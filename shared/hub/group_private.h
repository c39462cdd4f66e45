/* SPDX-License-Identifier: MIT */
/*
 * group_private.h - what the files of group.h share: group.c (who is in it,
 * what the channels say) and group_send.c (what is sent when a turn ends).
 */
#ifndef SHARED_HUB_GROUP_PRIVATE_H
#define SHARED_HUB_GROUP_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/model/cursor.h"
#include "shared/hub/delivery.h"
#include "shared/hub/group.h"

/* What two groups must have alike to be one. */
struct group_key {
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

struct group {
	struct group_key key; /* first: it is the key of the tree */
	struct groups *all;
	struct group *next, *prev;
	struct group *next_touched;
	bool touched;
	unsigned int users; /* loops that run over it: not to be freed */
	struct members live, waiting;
	struct pending *pending;
	size_t pending_count, pending_room;
	struct cursor_part *parts; /* these three: `count` each, behind it */
	struct follower *followers;
	struct channel **channels;
};

/* Sends what has gathered; after it live members stand at the tips. */
void group_flush(struct group *g);

void group_forget_pending(struct group *g);

/* Frees it when nobody is in it and nothing runs over it. */
void group_release(struct group *g);

#endif
