/* SPDX-License-Identifier: MIT */
/*
 * redis_greeting.h - the first commands of a connection: AUTH, SELECT, PING,
 * INFO server, and for a master that Sentinel named ROLE.
 *
 * They are sent at once. PING detects a Redis that answers commands by an error
 * now (NOAUTH, LOADING, BUSY, MASTERDOWN), and what it sends unasked instead
 * of serving the connection (protected mode, maxclients). INFO tells which
 * server it is. ROLE detects a server that is a replica by now. An ACL may
 * forbid these three.
 *
 * Source: https://redis.io/commands/auth/ https://redis.io/commands/info/
 */
#ifndef SHARED_BUS_REDIS_GREETING_H
#define SHARED_BUS_REDIS_GREETING_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/bus/redis_reply.h"

struct redis_url;

enum { REDIS_RUN_ID_SIZE = 40 + 1 };

enum redis_greeting_state {
	REDIS_GREETING_MORE, /* replies are to come */
	REDIS_GREETING_DONE,
	REDIS_GREETING_FAILED, /* `reply` is the reason, an error */
	REDIS_GREETING_REPLICA /* it is no master */
};

struct redis_greeting {
	unsigned int replies;		/* to come */
	unsigned int role;		/* of these, the last, to ROLE: 0-1 */
	char run_id[REDIS_RUN_ID_SIZE]; /* of the server; "": unknown */
};

void redis_greeting_put(struct redis_greeting *g, struct buf *out,
			const struct redis_url *url, bool must_be_master);

enum redis_greeting_state
redis_greeting_reply(struct redis_greeting *g,
		     const struct redis_reply *reply) MUST_USE;

#endif
