/* SPDX-License-Identifier: MIT */
/*
 * presence.h - tells Redis how many subscribers of a channel this process has,
 * and gets how many there are in all (presence.lua).
 *
 * What a process has told counts as long as its lease, which it renews. So
 * nothing is left of a process that was killed when its lease is over.
 */
#ifndef SHARED_BUS_PRESENCE_H
#define SHARED_BUS_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/bus/call.h"

struct bus;
struct redis_reply;

enum {
	BUS_PRESENCE_PROCESS_SIZE = 16 + 1,
	/* Of one call; each is two words of at most 290 bytes. */
	BUS_PRESENCE_VISITS_MAX = 10000
};

/* A long-poll counts for a while after its response, for all processes, until
 * its next request is held somewhere. */
struct bus_presence_visit {
	const char *id;	  /* of the client: no spaces */
	const char *user; /* or NULL */
	unsigned int ms;  /* that it counts; 0: it is held again */
};

/* Everything is borrowed for the call. */
struct bus_presence {
	const char *channel;
	const char *process; /* hex digits that no other one has; "": asks only
			      */
	/* What is held: "<count> <more>\nalice\nbob". more: 1 if there are
	 * other names than these, or 0. */
	const char *own;
	unsigned int lease_ms; /* 0: holds nothing any more */
	bool list;	       /* of names */
	const struct bus_presence_visit *visits;
	size_t visit_count; /* at most BUS_PRESENCE_VISITS_MAX */
};

struct bus_presence_answer {
	enum bus_status status;
	struct text text;      /* model/presence.h; OK only */
	unsigned int again_ms; /* ask again after that: it has changed, and is
				* told then; 0: it has not */
};

typedef void bus_presence_fn(void *arg, const struct bus_presence_answer *a);

/* NULL: the connection is down, fn is not called. */
struct bus_call *bus_presence(struct bus *bus, const struct bus_presence *p,
			      bus_presence_fn *fn, void *arg) MUST_USE;

/* Each channel once. Then handler->presence is called when it changes, at most
 * once a second, and handler->presence_subscribed when Redis has confirmed it.
 * After each handler->subscription_up nothing is subscribed. */
void bus_presence_subscribe(struct bus *bus, const char *channel);
void bus_presence_unsubscribe(struct bus *bus, const char *channel);

#endif
