/* SPDX-License-Identifier: MIT */
/*
 * fanout.h - subscribers of one format and the same channels: they get the same
 * bytes, so these are put together once and sent to each.
 *
 * What happens in the channels gathers while a turn of the loop runs; when it
 * ends, each fanout that has something builds one chain (shared body and own
 * suffix of each message) and writes it to all its live members. A technique
 * that answers once gives them all the same answer and lets them go.
 *
 * A member is first waiting (it catches up by itself), then live.
 */
#ifndef SHARED_HUB_FANOUT_H
#define SHARED_HUB_FANOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/hub/channels.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"

struct fanout;

/* What the subscribers of a fanout have in common. Borrowed. */
struct fanout_set {
	const struct format *format;
	const struct text *channels; /* sorted, each once, with a NUL */
	size_t channel_count;	     /* 1 to CHANNELS_MAX */
};

/* Embedded in a subscriber. */
struct member {
	struct conn *conn;
	struct fanout *fanout; /* NULL: in none */
	size_t slot;	       /* the fanout's */
	bool live;
};

/* What members are told. A member may leave in any of them. */
struct fanout_handler {
	/* Something changed that it may have waited for. */
	void (*wake)(struct member *m);
	/* Redis cannot be reached. To those that are waiting. */
	void (*down)(struct member *m);
	/* A batch technique: puts the whole response for `batch` into `c`. */
	void (*respond)(const struct technique *technique,
			const struct format *format, const struct batch *batch,
			struct chain *c);
	/* Its answer was sent, its conn has ended. */
	void (*answered)(struct member *m);
};

struct fanouts {
	const struct technique *technique;
	struct channels *channels;
	const struct fanout_handler *handler;
	void *tree;		/* tsearch(3), by form and channels */
	struct fanout *first;	/* of all */
	struct fanout *touched; /* have something to send */
	struct chain chain;	/* scratch, of everything that sends */
};

/* Borrows all of them. */
void fanouts_init(struct fanouts *all, const struct technique *technique,
		  struct channels *channels,
		  const struct fanout_handler *handler);
void fanouts_free(struct fanouts *all);

/* Sends what has gathered. Called when a turn of the loop ends. */
void fanouts_flush(struct fanouts *all);

/* Makes `m` (conn set, in no fanout) a waiting member of the fanout for
 * `params`. False: no memory. */
bool fanout_enter(struct fanouts *all, const struct fanout_set *set,
		  struct member *m) MUST_USE;

/* It stands at the tips of all channels, now: it is live from here. False: no
 * memory. */
bool fanout_join(struct member *m) MUST_USE;

/* It is in no fanout any more. */
void fanout_leave(struct member *m);

const struct format *fanout_format(const struct fanout *fanout);
size_t fanout_channel_count(const struct fanout *fanout);
struct channel *fanout_channel(const struct fanout *fanout, size_t i);

/* Where live members stand, one part a channel in the fanout's order. */
const struct cursor_part *fanout_parts(const struct fanout *fanout);

/* Calls fn for each member of each fanout; it may leave in it. */
void fanouts_each(struct fanouts *all, void (*fn)(struct member *m));

#endif
