/* SPDX-License-Identifier: MIT */
/*
 * stats.h - what this process counts: one global, as the log is.
 *
 * Who counts something includes this header and adds to it; entry.h tells
 * others. Numbers only rise, and begin at 0 with the process, except for what
 * is held. Only the thread of the loop counts.
 *
 * To count something new: a name in an enum here, and its row in
 * stats_table.c.
 *
 * Cost: on the way of a message, numbers are added once for each fanout,
 * multiplied by its members, and not for each client.
 */
#ifndef SHARED_STATS_STATS_H
#define SHARED_STATS_STATS_H

#include <stddef.h>
#include <stdint.h>

/* --- numbers -------------------------------------------------------------- */

enum stats_counter {
	STATS_MESSAGES_OUT, /* also from history, and in batches */
	STATS_BYTES_OUT,    /* given to connections, all of it; see conn.h */
	STATS_PUBLISHED,    /* stored or spooled for clients of this process */
	STATS_CATCH_UPS,    /* of subscribers that came with a cursor */
	STATS_GAPS,	    /* told, one for each subscriber */
	STATS_CONNECTS,	    /* subscribers that were held */
	STATS_COUNTERS
};

/* Why a request did not get what it asked for. First those that would have been
 * held: the setting that forbids it; then statuses. */
enum stats_refusal {
	STATS_REFUSED_HOLD_MAX,
	STATS_REFUSED_BUDGET,
	STATS_REFUSED_BUDGET_LIGHTTPD,
	STATS_REFUSED_CLASS,
	STATS_REFUSED_ADDRESS_HELD,
	STATS_REFUSED_USER_HELD,
	STATS_REFUSED_CONNECTION_HELD,
	STATS_REFUSED_ADDRESS_CONNECTS,
	STATS_REFUSED_PUBLISH_RATE,
	STATS_REFUSED_NEW_CHANNELS,
	STATS_REFUSED_WEBSOCKET_RATE,
	STATS_REFUSED_CHURN,	/* of the channels of a WebSocket */
	STATS_REFUSED_SETTINGS, /* they are wrong */
	STATS_REFUSED_STOPPING, /* the process ends */
	STATS_REFUSED_KICKED,
	STATS_REFUSED_400,
	STATS_REFUSED_401,
	STATS_REFUSED_403,
	STATS_REFUSED_404,
	STATS_REFUSED_405,
	STATS_REFUSED_408,
	STATS_REFUSED_411,
	STATS_REFUSED_413,
	STATS_REFUSED_414,
	STATS_REFUSED_415,
	STATS_REFUSED_426,
	STATS_REFUSED_431,
	STATS_REFUSED_503,
	STATS_REFUSED_504,
	STATS_REFUSED_OTHER, /* another status */
	STATS_REFUSALS
};

/* Why a connection that served a subscriber was ended by this process. */
enum stats_cut {
	STATS_CUT_BACKLOG,    /* hold.max_backlog */
	STATS_CUT_MEMORY,     /* hold.max_memory */
	STATS_CUT_UNREAD,     /* the client took nothing for 60 s */
	STATS_CUT_AGE,	      /* hold.max_age */
	STATS_CUT_EXPIRED,    /* its right has ended */
	STATS_CUT_KICKED,     /* an administrator has ended it */
	STATS_CUT_ENDS,	      /* the process ends */
	STATS_CUT_LATER,      /* it was not held, and shall come back */
	STATS_CUT_PINGS,      /* a WebSocket that answers no ping */
	STATS_CUT_UNFINISHED, /* a message of a client that does not end */
	STATS_CUT_CHURN,      /* too many changes of channels */
	STATS_CUT_FAULT,      /* the client breaks its protocol */
	STATS_CUT_TOO_LARGE,  /* a response above its limit */
	STATS_CUTS
};

/* How a request came in. */
enum stats_way {
	STATS_FASTCGI,
	STATS_HTTP,
	STATS_CGI,
	STATS_HANDOFF,
	STATS_WAYS
};

/* What it takes of its web server: enum mark_takes of mark.h. */
enum stats_takes {
	STATS_NOTHING,
	STATS_WORKER,
	STATS_DESCRIPTORS,
	STATS_TAKES
};

/* --- times ---------------------------------------------------------------- */

enum stats_time {
	/* From the time in the id of a message, which is that of Redis' clock,
	 * until it was given to the connections; see stats_age_us(). */
	STATS_DELIVERY,
	/* How long a turn of the loop kept all else waiting. */
	STATS_LOOP_LAG,
	STATS_TIMES
};

enum { STATS_LIMITS = 14 };

/* Upper limits of the buckets in ms, rising. */
extern const unsigned int stats_le_ms[STATS_LIMITS];

struct stats_histogram {
	uint64_t counts[STATS_LIMITS + 1]; /* not cumulative; last: above all */
	uint64_t sum_us;
};

/* --- the process ---------------------------------------------------------- */

struct stats {
	uint64_t counters[STATS_COUNTERS];
	uint64_t refused[STATS_REFUSALS];
	uint64_t cut[STATS_CUTS];
	struct stats_histogram times[STATS_TIMES];
	size_t held; /* subscribers now, and how they are divided: */
	size_t ways[STATS_WAYS];
	size_t takes[STATS_TAKES];
	int64_t redis_ahead_ms; /* Redis' clock minus ours; 0: not known */
};

/* To be read by entry.h, and by tests, which may zero it. Everybody else calls
 * the functions below. */
extern struct stats stats;

static inline void
stats_add(enum stats_counter counter, uint64_t n)
{
	stats.counters[counter] += n;
}

static inline void
stats_refused(enum stats_refusal reason)
{
	stats.refused[reason]++;
}

/* With this status. Nothing for 429: the limit that it is above is counted. */
void stats_refused_status(unsigned int status);

static inline void
stats_cut(enum stats_cut reason)
{
	stats.cut[reason]++;
}

/* A subscriber is held. Each call is followed by one of stats_left() with the
 * same arguments. */
void stats_held(enum stats_way way, enum stats_takes takes);
void stats_left(enum stats_way way, enum stats_takes takes);

/* `n` times `us` microseconds. */
void stats_time(enum stats_time what, uint64_t us, uint64_t n);

/*
 * The clocks of two machines differ. Redis said `redis_ms` in reply to a
 * question that was sent at `sent_ms` and answered at `now_ms` by the clock of
 * this machine (ms since 1970); the reply is taken for the middle, so it is
 * wrong by half the round trip at most. One that took more than a second is
 * not used, unless nothing better is known.
 */
void stats_redis_clock(uint64_t redis_ms, uint64_t sent_ms, uint64_t now_ms);

/* How old a message is: `id_ms` is the time in its id, `now_ms` that of this
 * machine. Without stats_redis_clock() the clocks are taken for equal. A
 * message from the future is 0 old. */
uint64_t stats_age_us(uint64_t id_ms, uint64_t now_ms);

#endif
