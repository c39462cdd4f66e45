/* SPDX-License-Identifier: MIT */
/*
 * group.h - subscribers of one format and the same channels: they get the same
 * bytes, so these are put together once and sent to each.
 *
 * What happens in the channels gathers while a turn of the loop runs; when it
 * ends, each group that has something builds one chain (shared body and own
 * suffix of each message) and writes it to all its live members. A technique
 * that answers once gives them all the same answer and lets them go.
 *
 * A member is first waiting (it catches up by itself), then live.
 */
#ifndef SHARED_HUB_GROUP_H
#define SHARED_HUB_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/http/params.h"
#include "shared/base/attributes.h"
#include "shared/net/chain.h"
#include "shared/hub/channel.h"
#include "shared/net/conn.h"

struct group;

/* Embedded in a subscriber. */
struct member {
	struct conn *conn;
	struct group *group; /* NULL: in none */
	size_t slot;	     /* the group's */
	bool live;
};

/* What members are told. A member may leave in any of them. */
struct group_handler {
	/* Something changed that it may have waited for. */
	void (*wake)(struct member *m);
	/* Redis cannot be reached. To those that are waiting. */
	void (*away)(struct member *m);
	/* Its answer was sent, its conn has ended. */
	void (*answered)(struct member *m);
};

struct groups {
	struct channels *channels;
	const struct group_handler *handler;
	void *tree;	       /* tsearch(3), by form and channels */
	struct group *first;   /* of all */
	struct group *touched; /* have something to send */
	struct chain chain;    /* scratch, of everything that sends */
};

/* Borrows both. */
void groups_init(struct groups *all, struct channels *channels,
		 const struct group_handler *handler);
void groups_free(struct groups *all);

/* Sends what has gathered. Called when a turn of the loop ends. */
void groups_flush(struct groups *all);

/* Makes `m` (conn set, in no group) a waiting member of the group for `params`.
 * False: no memory. */
bool group_enter(struct groups *all, const struct params *params,
		 struct member *m) MUST_USE;

/* It stands at the tips of all channels, now: it is live from here. False: no
 * memory. */
bool group_join(struct member *m) MUST_USE;

/* It is in no group any more. */
void group_leave(struct member *m);

const struct format *group_format(const struct group *g);
size_t group_channel_count(const struct group *g);
struct channel *group_channel(const struct group *g, size_t i);

/* Where live members stand, one part a channel in the group's order. */
const struct cursor_part *group_parts(const struct group *g);

/* Calls fn for each member of each group; it may leave in it. */
void groups_each(struct groups *all, void (*fn)(struct member *m));

#endif
