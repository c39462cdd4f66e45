/* SPDX-License-Identifier: MIT */
/*
 * subscriber.h - a request that reads channels, from start to end: the part
 * that all kinds have in common.
 *
 * A subscriber enters the fanout of its format and channels, reads from its
 * cursor to the tips of the channels, and is then live: the fanout sends to
 * it. What it sends by itself is up to its kind: stream.h, batch.h, duplex.h.
 *
 *	NEW		in no fanout yet
 *	CATCHING_UP	reads history, or waits for Redis
 *	LIVE		gets what its fanout sends
 *	ENDED		about to be freed
 *
 * Its conn owns it: a subscriber is freed when it ends the conn, or when the
 * conn closes on its own. A function that may free it says so.
 */
#ifndef SHARED_APP_SUBSCRIBER_H
#define SHARED_APP_SUBSCRIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/access/keys.h"
#include "shared/app/kicks.h"
#include "shared/app/limits.h"
#include "shared/app/opening.h"
#include "shared/app/subscriber_events.h"
#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/text.h"
#include "shared/base/wheel.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf.h"
#include "shared/http/params.h"
#include "shared/hub/catch_up.h"
#include "shared/hub/fanouts.h"
#include "shared/model/kick.h"
#include "shared/model/problem.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/technique.h"

enum {
	SUBSCRIBER_TEXT_MAX = 64 * 1024, /* bytes of all but messages */
	SUBSCRIBER_BYTES_MAX = 64 << 20, /* bytes of messages */
	SUBSCRIBER_RETRY_AFTER = 2	 /* s; it would have been held */
};

enum subscriber_state {
	SUBSCRIBER_NEW,
	SUBSCRIBER_CATCHING_UP,
	SUBSCRIBER_LIVE,
	SUBSCRIBER_ENDED
};

struct subscriber {
	struct member member; /* first: the fanout knows it by this */
	struct subscribers *all;
	struct catch_up *catch_up; /* CATCHING_UP; else NULL */
	uint64_t end_at; /* clock_ms() when its time is up; 0: never */
	struct wheel_timer timer;
	unsigned int state : 2; /* enum subscriber_state */
	bool held : 1;		/* counts in all->held */
	bool is_private : 1;	/* no cache may keep its response */
	bool cursor_lost : 1;	/* it was unreadable, no gap sent yet */
	bool expires : 1;	/* end_at is when its right ends */
	bool retry : 1;		/* Redis was not read: the timer tries again */
	bool ends_whole : 1;	/* not by a cut: response.h */
	bool is_alone : 1;	/* its program serves no other (mark.h) */
	bool by_mod_http2 : 1;	/* who left is seen at a heartbeat:
				 * hold.beat_h2 */
	bool has_user : 1;
	unsigned char takes;	  /* enum mark_takes */
	unsigned char end_reason; /* enum subscriber_end; set before it ends */
	struct limits_held counted; /* while it is held */
	/* Behind the struct of its kind: who it is (subscriber_identity.h) */
};

/* What differs. Each function may free the subscriber, except free(). */
struct subscriber_kind {
	size_t size; /* bytes of its struct, which begins with a subscriber */

	/* CATCHING_UP, with no timer set. */
	void (*start)(struct subscriber *s, const struct params *params);
	/* The owner of the catch-up is the subscriber. */
	const struct catch_up_handler *catch_up;
	void (*timer)(struct subscriber *s);
	/* CATCHING_UP, and Redis cannot be reached. */
	void (*down)(struct subscriber *s);
	/* The process ends. */
	void (*stop)(struct subscriber *s);
	/* An administrator has disconnected it, or, if `kick` is a channel,
	 * taken it from it. It may come back after `ms`. */
	void (*kick)(struct subscriber *s, const struct kick *kick,
		     uint64_t ms);

	/* Frees what the kind added. May be NULL. */
	void (*free)(struct subscriber *s);

	/* Duplex: caught up. True: the client needs the new cursor. Else NULL.
	 */
	bool (*caught_up)(struct subscriber *s);
	/* Duplex: bytes from the client. Else NULL. */
	void (*data)(struct subscriber *s, const uint8_t *bytes, size_t len);
};

/* What all subscribers of the process share. subscribers.h fills it. */
struct subscribers {
	const struct technique *technique;
	const struct subscriber_kind *kind;
	const struct conf *conf;
	struct access_keys *keys;
	struct limits *limits;
	struct subscriber_events *events;
	const struct kicks *kicks;
	struct wheel *wheel;
	struct bus *bus;
	struct fanouts fanouts;
	struct opening opening; /* of the stream that starts */
	size_t held;		/* subscribers held now */
	size_t held_max; /* 0: the process ends, or the technique holds none */
	bool stopping;	 /* the process ends */
};

/* Enters the fanout of `params`. It is held if no limit forbids that. */
struct subscriber *
subscriber_new(struct subscribers *all, struct conn *conn,
	       const struct params *params,
	       const struct client_id *client) MUST_USE RETURNS_NONNULL;

/* The conn has ended on its own. */
void subscriber_closed(struct subscriber *s);

/* The conn has ended, or is about to be ended by the caller; end_reason is set
 * if the client has not left. */
void subscriber_free(struct subscriber *s);

/* Everything is sent: finishes the conn, and frees. */
void subscriber_end(struct subscriber *s);

const char *subscriber_address(const struct subscriber *s) RETURNS_NONNULL;

/* The parameter `client`; or, of a batch, a hash of the address and User-Agent,
 * the same for its next request; or a random one. */
const char *subscriber_id(const struct subscriber *s) RETURNS_NONNULL;

/* REMOTE_USER, or the subject of its token; NULL: none. */
const char *subscriber_user(const struct subscriber *s);

/* Leaves its fanout for that of `params`, and starts to catch up there. */
void subscriber_move(struct subscriber *s, const struct params *params);

/* Something it may have waited for happened: goes on catching up as far as it
 * can. May free it. */
void subscriber_wake(struct subscriber *s);

/* Sends a gap in each channel if its cursor was unreadable. False: it was
 * freed. */
bool subscriber_report_lost(struct subscriber *s) MUST_USE;

/* CATCHING_UP: it gets nothing more. Its timer fires in `ms`. */
void subscriber_quiet(struct subscriber *s, uint64_t ms);
bool subscriber_is_quiet(const struct subscriber *s);

/* All that precedes the first live message is sent. */
void subscriber_go_live(struct subscriber *s);

/* Its time is up in `ms`, unless it is sooner. */
void subscriber_end_in(struct subscriber *s, uint64_t ms);

/* The same when its right ends, in seconds since 1970; 0: never. */
void subscriber_expire(struct subscriber *s, uint64_t expires);

/* When one that is not held shall come back: hold.retry, and up to half as much
 * at random, so that clients do not come together. */
unsigned int subscriber_later_ms(const struct subscriber *s);

/* Sets its timer to `ms` from now, or to end_at if that is sooner. */
void subscriber_set_timer(struct subscriber *s, uint64_t ms);

/* Redis cannot be reached. False while the first attempt to connect runs. */
bool subscriber_redis_is_down(const struct subscriber *s);

bool subscribers_redis_is_down(const struct subscribers *all);

/* What a batch is answered then. */
void subscriber_redis_problem(struct problem *p);

/* Of a stream: without what changes only its first bytes (technique.h). */
const struct format *subscriber_format(const struct subscriber *s);

/* It has a position in each of its channels. */
bool subscriber_has_cursor(const struct subscriber *s);

/* Its position, written to `out`. */
struct text subscriber_cursor(const struct subscriber *s, struct buf *out);

/* The chain everything is sent with, cleared; it begins with the opening. */
struct chain *subscriber_chain(struct subscriber *s);

/* The same, not cleared: to add more. */
struct chain *subscriber_chain_on(struct subscriber *s);

/* Sends `bytes`, and frees them. */
void subscriber_send(struct subscriber *s, struct buf *bytes);

#endif
