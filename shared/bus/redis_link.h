/* SPDX-License-Identifier: MIT */
/*
 * redis_link.h - one connection to Redis, from a name to replies.
 *
 * It waits for Sentinel, if one is used, to name the master, or else takes
 * bus.url; it resolves the host, tries its addresses in order, sends the
 * greeting, and is then up, until it fails for any reason; then it may be
 * opened again. An attempt lasts bus.timeout at most, of which each address has
 * an equal share.
 *
 * A reply of more than 128 MiB is an error: history.h asks for much less.
 */
#ifndef SHARED_BUS_REDIS_LINK_H
#define SHARED_BUS_REDIS_LINK_H

#include <ev.h>
#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_address.h"
#include "shared/bus/redis_greeting.h"
#include "shared/bus/redis_outage.h"
#include "shared/bus/redis_reply.h"
#include "shared/bus/redis_socket.h"

struct conf;
struct redis_reader;
struct redis_resolver;

/* All are called from the loop. */
struct redis_link_handler {
	void (*up)(void *arg);
	/* Returns NULL, or why the link must fail, which may be text of the
	 * reply. */
	const char *(*received)(void *arg, const struct redis_reply *reply);
	/* It is closed. The reason begins with the address, or the host if it
	 * has none: "127.0.0.1:6379: Connection refused". */
	void (*failed)(void *arg, const char *reason);
	/* redis_link_wake() was called in this turn: the last moment to put
	 * commands. */
	void (*turn_ends)(void *arg);
};

enum redis_link_state {
	REDIS_LINK_CLOSED,
	REDIS_LINK_RESOLVING,
	REDIS_LINK_CONNECTING,
	REDIS_LINK_GREETING,
	REDIS_LINK_UP
};

struct redis_link {
	struct ev_loop *loop;
	const struct conf *conf;
	const struct redis_link_handler *handler;
	void *arg;
	enum redis_link_state state;
	const struct redis_url *url; /* NULL: Sentinel has not named it yet */
	struct redis_resolver *resolver;
	struct redis_addresses addresses;
	size_t address; /* index of the current one */
	struct redis_socket socket;
	struct redis_reader *reader;
	struct redis_greeting greeting;
	struct ev_timer timeout; /* of the attempt, or of this address */
	double attempt_end;	 /* ev_now() */
	bool refused; /* the last attempt, for a reason that lasts: the greeting
		       * by Redis, or the name is not resolved */
	char reason[REDIS_REASON_SIZE]; /* why the first address failed */
	char fault[REDIS_REASON_SIZE];	/* of a reply */
};

/* Closed. Everything is borrowed. */
void redis_link_init(struct redis_link *l, struct ev_loop *loop,
		     const struct conf *conf,
		     const struct redis_link_handler *handler, void *arg);

/* Closes it without calling the handler, and frees what it has. Not from a
 * function of the handler. */
void redis_link_free(struct redis_link *l);

/* Of a closed one, from the loop: handler->failed may be called at once. */
void redis_link_open(struct redis_link *l);

/* The URL of a master, which is borrowed. Continues what waits for it; else it
 * counts from the next redis_link_open() on. */
void redis_link_set_master(struct redis_link *l, const struct redis_url *url);

/* Closes it, and calls handler->failed with the address and the reason. Not
 * from a function of the handler. */
void redis_link_fail(struct redis_link *l, const char *reason);

/* While it is up: append commands to the buffer, then wake it. */
struct buf *redis_link_buf(struct redis_link *l) RETURNS_NONNULL;
void redis_link_wake(struct redis_link *l);

#endif
