/* SPDX-License-Identifier: MIT */
/*
 * catch_up.h - takes one subscriber from its cursor to the tips of its
 * channels.
 *
 * Redis is asked first where the channels stand. A position that is the tip of
 * this process needs no answer, when the owner becomes live there.
 *
 * It reads channel by channel, a page at a time, and the next page only when
 * the owner can take it; the last step comes from memory. It is done in a turn
 * of the loop in which all channels are READY and every position is the tip.
 * Its owner can become live in that turn, and neither loses nor repeats a
 * message.
 *
 * It gives a gap when the message that follows a position names another one
 * before it (prev), when the position is a cut (tip.h), and when the tip is
 * above the position and nothing follows. The process may learn of a cut after
 * the position has passed it: then a gap from the cut follows. A position above
 * the tip of Redis gets a gap and goes on from its fork (tip.h), or from the
 * tip.
 */
#ifndef SHARED_HUB_CATCH_UP_H
#define SHARED_HUB_CATCH_UP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/bus/bus.h"
#include "shared/hub/fanout.h"
#include "shared/model/cursor.h"

/* Where to start in a channel. */
enum catch_up_from {
	FROM_TIP,      /* only new messages */
	FROM_POSITION, /* what follows the position */
	FROM_NEWEST    /* the last few messages, then done */
};

/* Of one channel. */
struct catch_up_channel {
	struct cursor_part part; /* the position */
	struct id began;	 /* the first position */
	uint64_t cuts_learned;	 /* cuts up to there were told */
	unsigned char from;	 /* enum catch_up_from */
	bool told;		 /* of what is missing after the position */
};

/* `handler` and `owner` are set by the owner; `new_position` is for it to read.
 * The rest is private. */
struct catch_up {
	struct fanout *fanout;
	struct bus *bus;
	const struct catch_up_handler *handler;
	void *owner;
	struct bus_call *call; /* a page under way, or NULL */
	size_t number;	       /* channel the page is of */
	unsigned int page;     /* messages to ask for; the owner may lower it */
	uint64_t turn;	       /* of the loop, in which it began */
	bool fresh;	       /* set by the owner: include all that was
				* acknowledged before it began */
	bool new_position;     /* the cursor lacks a part for some channel */
	struct catch_up_channel at[]; /* those of the fanout */
};

struct catch_up_handler {
	/* Messages and gaps follow. */
	void (*begin)(void *owner);
	/* Has it room for this message? False: the owner has enough; the
	 * position is before it. NULL: always. */
	bool (*takes)(void *owner, const struct message *m);
	/* The next message or gap; the position is already behind it. False:
	 * the owner has enough, nothing more is given. */
	bool (*message)(void *owner, struct message *m);
	bool (*gap)(void *owner, const struct gap *gap);
	/* There is more to read. True: go on. False: the owner calls
	 * catch_up_step() once it has sent what it was given. */
	bool (*more)(void *owner);
	/* Every position is the tip; FROM_NEWEST: all was given. */
	void (*done)(void *owner);
	/* Redis could not be read. The owner may call catch_up_step() later. */
	void (*failed)(void *owner);
};

/* Sets the positions from the cursor; reads nothing yet. Fanout and bus are
 * borrowed. */
struct catch_up *catch_up_new(struct fanout *fanout, struct bus *bus,
			      const struct cursor *cursor) MUST_USE;

/* The same without a cursor, for the newest messages of the one channel: as
 * many as a page holds, or format.last. */
struct catch_up *catch_up_new_newest(struct fanout *fanout,
				     struct bus *bus) MUST_USE;

/* Stops reading. NULL is fine. */
void catch_up_free(struct catch_up *cu);

/* The position in the i-th channel. False: there is none yet, it will be the
 * tip. */
bool catch_up_position(const struct catch_up *cu, size_t i,
		       struct cursor_part *out) MUST_USE;

/* Of all channels; zero where there is none yet. */
void catch_up_positions(const struct catch_up *cu, struct cursor_part *out);

/* What was given is the newest of busy channels, and may be sent with what
 * comes until then, by clock_ms(): channel_sends_at(). 0: it may not wait. */
uint64_t catch_up_sends_at(const struct catch_up *cu);

/* Goes on as far as it can without waiting. It may call any of the handlers.
 * The owner may free `cu` in done(), failed(), and in takes(), message() or
 * gap() if they return false. */
void catch_up_step(struct catch_up *cu);

#endif
