/* SPDX-License-Identifier: MIT */
/*
 * channel.h - one channel of this process: its tip, its subscriptions, its
 * newest messages, and what is delivered.
 *
 * The tip is the position of all live subscribers: the id of the last message
 * delivered. A message follows it when it names the tip as the one before it
 * (prev); in any other case a gap is delivered first.
 *
 *	DOWN     Redis could not be read: nothing is delivered
 *	SYNCING  the tip, or messages that are missing, are being read; messages
 *		 announced meanwhile are queued
 *	READY    everything up to the tip has been delivered
 *
 * channel_sync.h keeps it in step with Redis. channels.h finds a channel by its
 * name.
 */
#ifndef SHARED_HUB_CHANNEL_H
#define SHARED_HUB_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/text.h"
#include "shared/hub/delivery.h"
#include "shared/hub/gather.h"
#include "shared/model/messages.h"
#include "shared/model/tip.h"

struct bus;
struct bus_call;
struct channel_presence;

enum channel_state { CHANNEL_DOWN, CHANNEL_SYNCING, CHANNEL_READY };

/* One user of a channel; embedded in its owner. */
struct subscription {
	const struct subscription_handler *handler;
	void *owner;		 /* for the handler */
	unsigned int number;	 /* for the handler: which of its channels */
	unsigned int slot;	 /* index in the channel's array */
	struct channel *channel; /* set by channel_add() */
};

/* A subscription may remove itself in any but deliver(). */
struct subscription_handler {
	/* The message or gap that follows the last one delivered. `waits`: it
	 * may wait for others, until release(). */
	void (*deliver)(struct subscription *sub, struct delivery *d,
			bool waits);
	/* What waits shall be sent. */
	void (*release)(struct subscription *sub);
	/* The channel became READY, or channel_verify() was answered. */
	void (*ready)(struct subscription *sub);
	/* Redis cannot be read; once each time. */
	void (*down)(struct subscription *sub);
};

/* What made a channel ask whether Redis has lost messages. */
enum rewind_sign {
	SIGN_TIP,     /* its tip is below ours */
	SIGN_MESSAGE, /* an announced message names one before our tip */
	SIGN_PAGE     /* the message that follows our tip names one before it */
};

/* What channel_sync.c knows of Redis. */
struct channel_sync {
	bool subscribed; /* Redis has confirmed it */
	bool late;	 /* a SUBSCRIBE was not confirmed within a second */
	bool ask_again;	 /* when `question` is answered */
	bool in_round;	 /* `question` is one of the round */
	bool verifying;	 /* somebody waits for the answer */
	enum rewind_sign sign;	   /* of the rewind that is being checked */
	uint64_t asked;		   /* turn in which `question` was asked */
	uint64_t verified;	   /* the same of the last one answered */
	struct id tip_when_asked;  /* ours */
	struct id audited;	   /* Redis' tip at the last audit */
	struct bus_call *question; /* for the tip */
	struct bus_call *reading;  /* SYNCING: a page, or a rewind */
	struct id from;		   /* SYNCING: read the stream after this */
	struct id target;	   /* ... up to here */
	struct id overflow;	   /* last message `queued` had no room for */
	struct messages queued;	   /* SYNCING: announced meanwhile */
};

/* What all channels of the process have in common. */
struct channel_common {
	struct bus *bus;
	struct gathers gathers;
	uint64_t turn;		/* of the loop, from 1 */
	size_t round_questions; /* under way; see channel_second() */
};

/* Use the functions; channels.c and channel_sync.c know the fields. The name is
 * first: channels.c finds a channel by it. */
struct channel {
	struct text name; /* NUL-terminated */
	struct channel_common *common;
	enum channel_state state;
	bool tip_known;
	bool lost; /* a gap comes before the next message */
	struct id tip;
	struct id next_prev; /* what the next message names: mostly the tip */
	struct tip redis;    /* as last read; its cuts are known to all */
	struct tip_fork passed; /* the newest fork before the position */
	uint64_t cut_numbers[TIP_CUTS_MAX]; /* of its cuts */
	uint64_t cuts_learned;		    /* the last of these numbers */
	struct subscription **subscriptions;
	size_t subscription_count, subscription_room;
	size_t members;		/* see channel_count_members() */
	struct messages recent; /* the last ones delivered since a gap */
	struct id *earlier;	/* delivered just before these, newest first */
	size_t earlier_count;
	size_t largest;	      /* message seen, bytes of data; 0: none */
	struct gather gather; /* of what is delivered */
	struct channel_sync sync;
	struct channel_presence *presence; /* NULL: it has none */
};

/* DOWN, without subscriptions. Everything is borrowed for its life; the name
 * is NUL-terminated. What it delivers may wait for `gather_ms`. */
void channel_init(struct channel *c, struct text name,
		  struct channel_common *common, unsigned int gather_ms);
void channel_free(struct channel *c); /* after channel_sync_cancel() */

const struct text *channel_name(const struct channel *c);
enum channel_state channel_state(const struct channel *c);

/* 0-0 until the channel was READY for the first time. */
struct id channel_tip(const struct channel *c);

/* For bus_history(): the bytes of data of the largest message seen; 0: none was
 * seen, or all were empty. */
size_t channel_largest(const struct channel *c);
void channel_saw(struct channel *c, const struct message *m);

/* The members of all fanouts that subscribe to it: so many more, or less. */
void channel_count_members(struct channel *c, int change);
size_t channel_members(const struct channel *c);

/* clock_ms() when what it has delivered, and waits, is sent; 0: nothing waits.
 */
uint64_t channel_sends_at(const struct channel *c);

/* The turn of the loop. */
uint64_t channel_turn(const struct channel *c);

/* True: messages after that id are missing, although the next one names it. */
bool channel_is_cut(const struct channel *c, struct id id);

/* The fork after which a lost id was stored. False: none is known. */
bool channel_fork_of(const struct channel *c, struct id lost, struct id *fork);

/*
 * The process numbers the cuts of a channel, from 1, as it learns of them. The
 * lowest cut with a number above `learned` and from <= cut < to. False: there
 * is none.
 */
bool channel_new_cut(const struct channel *c, uint64_t learned, struct id from,
		     struct id to, struct id *cut);
uint64_t channel_cuts_learned(const struct channel *c);

/*
 * All messages with after < id <= tip, if memory holds them all: borrowed until
 * the next event of the channel, `*count` of them. NULL: use bus_history().
 */
struct message *const *channel_recent(const struct channel *c, struct id after,
				      size_t *count);

/* `sub` (handler, owner and number set) is borrowed until it is removed. */
void channel_add(struct channel *c, struct subscription *sub);
void channel_remove(struct subscription *sub);
bool channel_is_idle(const struct channel *c); /* has no subscription */

/* --- for channel_sync.c --------------------------------------------------- */

void channel_set_state(struct channel *c, enum channel_state state);

/* Everything up to the tip of Redis has been delivered: its forks are passed if
 * the position is that tip. */
void channel_pass_forks(struct channel *c);

/* Makes `tip` the position without delivering anything. */
void channel_start_at(struct channel *c, struct id tip);

/* The tip and the last ids delivered, newest first, none left out; at most
 * `max`. */
size_t channel_delivered(const struct channel *c, struct id *ids, size_t max);

/* Was that message delivered? False: perhaps, because only the newest are
 * remembered. */
bool channel_remembers(const struct channel *c, struct id id);

/* True: the message names the last one delivered; or, when the life of the tip
 * was over, none. */
bool channel_is_next(const struct channel *c, const struct message *m);

/* Delivers a message with an id above the tip, or, when the channel has lost
 * messages, with any id; a gap first if it does not follow. */
void channel_deliver(struct channel *c, struct message *m);

/* Messages between the tip and `before` are missing. Then the tip is `tip`. */
void channel_deliver_gap(struct channel *c, struct id before, struct id tip);

/* Takes the cuts as read from Redis. `told`: live subscribers know of them;
 * otherwise they get a gap for those that are new and below the tip. */
void channel_take_cuts(struct channel *c, const struct tip *redis, bool told);

/* --- for channel_presence.c ----------------------------------------------- */

/* Takes a reference. */
void channel_deliver_presence(struct channel *c, struct presence *p);

/* --- for both --------------------------------------------------------------
 */

/* Calls ready(), or down(), of all subscriptions. */
void channel_tell_ready(struct channel *c);
void channel_tell_down(struct channel *c);

#endif
