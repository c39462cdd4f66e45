/* SPDX-License-Identifier: MIT */
/*
 * redis_conn.h - one connection to Redis that reconnects by itself.
 *
 * It connects, authenticates, selects the database, and is then up. It goes
 * down when the connection breaks, or when no reply comes for bus.timeout while
 * one is pending. It reconnects after 50 ms, 100 ms, ... up to 2 s, each varied
 * at random by 50 %.
 *
 * A host name is resolved once, by redis_conn_open(), because that blocks. To
 * follow a name to another address, restart the program.
 *
 * Source: hiredis 0.14 and 1.x, async.h; https://redis.io/commands/auth/
 */
#ifndef SHARED_BUS_REDIS_CONN_H
#define SHARED_BUS_REDIS_CONN_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_reply.h"

struct conf;
struct ev_loop;
struct redis_conn;

/* `reply` is NULL when the connection went down before the reply came. */
typedef void redis_reply_fn(void *arg, const struct redis_reply *reply);

/* All are called from the loop. */
struct redis_conn_handler {
	void (*up)(void *arg);
	/* It went down, or an attempt to connect failed. */
	void (*down)(void *arg, const char *reason);
	/* For a connection that subscribes: a message, the reply to
	 * (UN)SUBSCRIBE, or an error. */
	void (*received)(void *arg, const struct redis_reply *reply);
};

/*
 * Starts connecting. `conf`, `name`, `handler` and `arg` are borrowed while it
 * is open; log lines contain `name`. NULL: the host of bus.url cannot be
 * resolved, which is logged.
 */
struct redis_conn *redis_conn_open(struct ev_loop *loop,
				   const struct conf *conf, const char *name,
				   const struct redis_conn_handler *handler,
				   void *arg) MUST_USE;

/* Frees it. Pending replies become NULL; the handler is not called. NULL is
 * fine. */
void redis_conn_close(struct redis_conn *conn);

bool redis_conn_is_up(const struct redis_conn *conn);

/* Disconnects soon after, and reconnects. Safe in any callback. */
void redis_conn_restart(struct redis_conn *conn, const char *reason);

/*
 * Sends a command. `words` ends with NULL, there may be hundreds; no word may
 * hold a NUL. fn(arg, reply) is called once. False: the connection is down, fn
 * is not called.
 */
bool redis_conn_command(struct redis_conn *conn, const char **words,
			redis_reply_fn *fn, void *arg) MUST_USE;

/* Their replies go to handler->received. While the connection is down nothing
 * happens; nothing is subscribed when it comes up. */
void redis_conn_subscribe(struct redis_conn *conn, const char *channel);
void redis_conn_unsubscribe(struct redis_conn *conn, const char *channel);

#endif
