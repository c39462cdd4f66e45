/* SPDX-License-Identifier: MIT */
/*
 * catch_up.h - from a subscriber's cursor to the tips of its channels.
 *
 * Channel by channel, a page at a time, the next one only when the owner says
 * it can take it; the last step comes from memory. It is done in a turn of
 * the loop in which all channels are READY and all places are their tips, so
 * its owner can become live with nothing in between lost or doubled.
 *
 * A gap is told when what follows the subscriber's place names another one
 * before it, or when nothing follows although the tip does.
 */
#ifndef SHARED_HUB_CATCH_UP_H
#define SHARED_HUB_CATCH_UP_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/bus.h"
#include "shared/hub/fanout.h"
#include "shared/model/cursor.h"

/* Where to begin in a channel. */
enum catch_up_from {
	FROM_TIP,      /* what is new */
	FROM_POSITION, /* what follows it */
	FROM_NEWEST    /* the last few, and no more */
};

struct catch_up {
	struct fanout *fanout;
	struct bus *bus;
	const struct catch_up_handler *handler;
	void *owner;
	struct bus_call *call; /* a page under way, or NULL */
	size_t number;	       /* of the channel it is for */
	struct id asked;       /* it ends here */
	unsigned int page;     /* messages to params for next */
	bool new_position;     /* the cursor had none for some channel */
	struct cursor_part
	    parts[CHANNELS_MAX]; /* where the subscriber stands */
	unsigned char from[CHANNELS_MAX];
	bool asked_tip[CHANNELS_MAX]; /* its place was ahead of our tip */
};

struct catch_up_handler {
	/* Messages and gaps are about to be given. */
	void (*begin)(void *owner);
	/* The next message or gap; the places are already behind it. False: the
	 * owner has enough, nothing more is given. */
	bool (*message)(void *owner, struct message *m);
	bool (*gap)(void *owner, const struct gap *fanout);
	/* More is to be asked for. True: go on; false: the owner calls
	 * catch_up_step() when it has got rid of what it was given. */
	bool (*more)(void *owner);
	/* All places are the tips. */
	void (*done)(void *owner);
	/* Redis does not say. The owner may call catch_up_step() later. */
	void (*failed)(void *owner);
};

/* Sets the places from the cursor; asks nothing yet. */
void catch_up_init(struct catch_up *cu, struct fanout *fanout, struct bus *bus,
		   const struct cursor *cursor);

/* The same for the newest format.last messages of one channel: there is no
 * cursor. */
void catch_up_init_newest(struct catch_up *cu, struct fanout *fanout,
			  struct bus *bus);

/* Where the subscriber stands in the i-th channel. False: not settled yet, at
 * what is new. */
bool catch_up_position(const struct catch_up *cu, size_t i,
		       struct cursor_part *out) MUST_USE;

/* Goes on as far as it can without waiting. It may call any of the handlers;
 * after done, or false from message or gap, it touches `cu` no more. */
void catch_up_step(struct catch_up *cu);

/* The owner goes away, or has enough. */
void catch_up_cancel(struct catch_up *cu);

#endif
