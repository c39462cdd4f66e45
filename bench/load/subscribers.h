/* SPDX-License-Identifier: MIT */
/*
 * subscribers.h - thousands of subscribers, each on its own connection.
 *
 * A long-poll asks again at once with its cursor, on the same connection if
 * the server keeps it.
 */
#ifndef BENCH_LOAD_SUBSCRIBERS_H
#define BENCH_LOAD_SUBSCRIBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/frames.h"
#include "bench/load/lines.h"
#include "bench/load/response.h"
#include "bench/load/tally.h"
#include "bench/load/target.h"
#include "shared/base/attributes.h"

struct subscriber {
	int fd; /* -1: not yet, or its response has ended */
	bool live;
	uint32_t got;	     /* messages since it connected */
	uint64_t started_ns; /* when it connected */
	char *cursor;	     /* NULL: it has none yet */
	struct response response;
	struct lines lines;
	struct frames frames;
};

struct subscribers {
	const struct target *target;
	struct tally *tally;
	int epoll;	      /* where descriptors are added, data.u32 who */
	uint32_t count;	      /* set before subscribers_open */
	uint32_t per_address; /* so many come from each of 127.0.0.1, .2, … */
	uint32_t window;      /* connections not yet held, at most */

	uint32_t started;
	uint32_t live;
	bool patient;		    /* who is cut off comes back, too */
	uint64_t refused;	    /* before they were held; they try again */
	uint64_t answers;	    /* whole long-poll responses */
	uint64_t turns;		    /* of them, with messages */
	uint32_t enough;	    /* messages until one is back; 0: off */
	struct histogram comebacks; /* how long that took since it connected */
	struct subscriber *all;
};

/* False: out of memory. */
bool subscribers_open(struct subscribers *s) MUST_USE;
void subscribers_close(struct subscribers *s);

/* Starts further ones, with their cursors if they have any, so many that the
 * window allows. False: the reason is on stderr. */
bool subscribers_start(struct subscribers *s) MUST_USE;

/* All leave, and remember their cursors; a next start begins with the first. */
void subscribers_leave(struct subscribers *s);

/* How many have no cursor. */
uint32_t subscribers_without_cursor(const struct subscribers *s);

/* Subscriber `i` has something to read, or has ended. */
void subscribers_event(struct subscribers *s, uint32_t i);

#endif
