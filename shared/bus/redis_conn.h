/* SPDX-License-Identifier: MIT */
/*
 * redis_conn.h - one connection to Redis that comes back by itself.
 *
 * It connects, signs in, selects the database, and is then up. When it breaks
 * or says nothing for bus.timeout while an answer is owed, it is down, and is
 * tried again after 50 ms, 100 ms, ... up to 2 s, give or take a half.
 *
 * A host that is a name is looked up once, when the program starts, since
 * that rcbufs: to follow a name to another address, start it again.
 *
 * Source: hiredis 0.14 and 1.x, async.h; https://redis.io/commands/auth/
 */
#ifndef SHARED_BUS_REDIS_CONN_H
#define SHARED_BUS_REDIS_CONN_H

#include <ev.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

struct redis_conn;

/* `reply` is NULL when the connection went down before the answer came. */
typedef void redis_reply_fn(void *arg, const redisReply *reply);

/* All are called from the loop. */
struct redis_conn_handler {
	void (*up)(void *arg);
	/* It went down, or could not come up; why. */
	void (*down)(void *arg, const char *reason);
	/* Whatever comes on a connection that subscribes, of any channel: look
	 * at its elements, hiredis 0.14 cannot tell whose it is. */
	void (*heard)(void *arg, const redisReply *reply);
};

/* `name` says in the log which one it is. `conf`, `handler`, `arg` and `name`
 * are borrowed while it is open. Starts connecting. NULL: no memory, or the
 * host is not known (which is in the log). */
struct redis_conn *redis_conn_open(struct ev_loop *loop,
				   const struct conf *conf, const char *name,
				   const struct redis_conn_handler *handler,
				   void *arg) MUST_USE;

/* Closes; answers still owed get NULL, the handler is not called. NULL is
 * fine. */
void redis_conn_close(struct redis_conn *conn);

bool redis_conn_is_up(const struct redis_conn *conn);

/* It is no good: down with it, then up again. Safe in any callback. */
void redis_conn_restart(struct redis_conn *conn, const char *reason);

/*
 * Sends a command. fn(arg, reply) is called once, with what came or NULL.
 * False: it is down or memory ran out; fn is not called.
 */
bool redis_conn_command(struct redis_conn *conn, redis_reply_fn *fn, void *arg,
			int argc, const char **argv,
			const size_t *argv_len) MUST_USE;

/*
 * For the connection that subscribes: `verb` is SUBSCRIBE or UNSUBSCRIBE, of
 * one channel. Its answer comes through handler->heard. False: as above.
 */
bool redis_conn_subscription(struct redis_conn *conn, const char *verb,
			     const char *channel, size_t len) MUST_USE;

#endif
