/* SPDX-License-Identifier: MIT */
/*
 * fanout.h - the subscribers of one format and one set of channels.
 *
 * They get the same bytes, which are made once and sent to each of them. A
 * member is first waiting: it catches up on its own. Then it is live and gets
 * what the fanout sends.
 *
 * What the channels deliver is pending until the end of the loop turn, or as
 * long as it waits for others (gather.h); then fanout_send.h writes all of it
 * at once. fanouts.h holds all fanouts of the process and is what subscribers
 * use; from here they use the accessors only.
 */
#ifndef SHARED_HUB_FANOUT_H
#define SHARED_HUB_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/hub/channels.h"
#include "shared/hub/delivery.h"
#include "shared/model/batch.h"
#include "shared/model/cursor.h"
#include "shared/model/format.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/technique.h"

struct fanout;

/* What the subscribers of a fanout have in common. Borrowed. */
struct fanout_set {
	const struct format *format;
	const struct text *channels; /* sorted, distinct, NUL-terminated */
	size_t channel_count;	     /* 1 to CHANNELS_MAX */
};

/* Embedded in a subscriber. */
struct member {
	struct conn *conn;
	struct fanout *fanout; /* NULL: in none */
	unsigned int slot;     /* index in one of the fanout's arrays */
	bool live : 1;
	unsigned int ahead : 31; /* live: has got so many of what is pending */
};

/* For the owner of the members. A member may leave in any of these calls. */
struct fanout_handler {
	/* All channels may be READY now. To waiting members. */
	void (*wake)(struct member *m);
	/* Redis cannot be reached. To waiting members. */
	void (*down)(struct member *m);
	/* Of a batch technique: puts the whole response for `batch` into `c`.
	 */
	void (*respond)(const struct technique *technique,
			const struct format *format, const struct batch *batch,
			struct chain *c);
	/* The response was sent and the conn is finished: the member must leave
	 * (fanouts_leave()) before it returns. */
	void (*responded)(struct member *m);
};

struct members {
	struct member **at;
	size_t count, room;
};

struct pending {
	struct delivery *delivery;
	unsigned int number; /* of the channel */
};

struct fanout {
	struct fanout_set set;	   /* its channels lie behind the fanout */
	struct cursor_part *parts; /* see fanout_parts() */
	struct subscription *subscriptions; /* one for each channel */
	struct members live, waiting;
	struct pending *pending;
	size_t pending_count, pending_room;
	size_t ahead; /* live members that have got some of it */

	/* For fanouts.c. */
	struct fanouts *all;
	LIST_ENTRY(fanout) link;
	SLIST_ENTRY(fanout) queue_link;
	bool queued;	    /* has something to send */
	bool released;	    /* waiting members may go on */
	unsigned int loops; /* that iterate over its members now */
};

/* Subscribes to the channels; the handler's subscriptions have the fanout as
 * owner, and as number the index of the channel in `set`. The format is
 * borrowed for the life of the fanout, the channels are copied. */
struct fanout *fanout_new(const struct fanout_set *set,
			  struct channels *channels,
			  const struct subscription_handler *handler) MUST_USE;
void fanout_free(struct fanout *f); /* must have no members */

/* Adds `m` (conn set, in no fanout) as waiting. */
void fanout_add(struct fanout *f, struct member *m);

/* Makes a waiting member live. Its position must be the tip of each channel, so
 * it gets nothing of what is pending. */
void fanout_make_live(struct member *m);

/* `m` is in no fanout after it. */
void fanout_remove(struct member *m);
bool fanout_is_empty(const struct fanout *f);

/* Adds what the channel of that number delivered; takes a reference. */
void fanout_add_pending(struct fanout *f, struct delivery *d,
			unsigned int number);

/* For fanout_send.c: a member has got the first `count` of what is pending; a
 * position moves on by the i-th of it. */
void fanout_set_ahead(struct member *m, size_t count);
void fanout_pass(const struct fanout *f, struct cursor_part *parts, size_t i);

/* Drops what is pending; live members have got it. */
void fanout_clear_pending(struct fanout *f);

/* False: subscribers that ask for presence wait, until the handler's wake(). */
bool fanout_knows_presence(const struct fanout *f);

/* Of each channel that has one, if its format asks for it. Returns how many;
 * each is borrowed until the next event of its channel. */
size_t fanout_presences(const struct fanout *f,
			struct presence *out[CHANNELS_MAX]);

const struct format *fanout_format(const struct fanout *f);
size_t fanout_channel_count(const struct fanout *f);
struct channel *fanout_channel(const struct fanout *f, size_t i);
bool fanout_has_channel(const struct fanout *f, struct text name) MUST_USE;

/* The position of a live member: one part for each channel, in the order of the
 * set. */
void fanout_position(const struct member *m,
		     struct cursor_part out[CHANNELS_MAX]);

/* What identifies the i-th channel in a cursor. */
uint64_t fanout_tag(const struct fanout *f, size_t i);

#endif
