/* SPDX-License-Identifier: MIT */
/*
 * redis_conn.h - a connection to Redis that reconnects by itself.
 *
 * It connects, authenticates, selects the database, and is then up. It goes
 * down when the connection breaks, when no reply comes for bus.timeout while
 * one is pending, or when Redis sends what nobody asked for. A host name is
 * resolved anew each time.
 *
 * It reconnects after a delay (backoff.h) of 50 ms, which doubles with each
 * attempt up to 0.4 s, also while Redis loads its data; each is varied by half,
 * so when Redis comes back, the next attempt is at most 0.6 s later. There may
 * be thousands of processes. So the limit is 2 s when it was up for less than
 * 2 s, when Redis refuses it for a reason that lasts (a password, maxclients),
 * when the name is not resolved, and if it follows another connection of the
 * process, which leaves about three attempts a second for each process.
 *
 * What is sent in a turn of the loop leaves at its end, after all that the turn
 * read was handled, as far as possible in one write. So a question asked in a
 * turn is asked after each request that was read in that turn: several requests
 * may share it.
 *
 * Nothing that Redis sends ends the process; redis_link.h states the limits.
 *
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2)
 */
#ifndef SHARED_BUS_REDIS_CONN_H
#define SHARED_BUS_REDIS_CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/bus/redis_reply.h"

struct conf;
struct ev_loop;
struct redis_conn;
struct redis_url;

/* `reply` is NULL when the connection went down before the reply came. */
typedef void redis_reply_fn(void *arg, const struct redis_reply *reply);

/* All are called from the loop; none may close the connection. */
struct redis_conn_handler {
	void (*up)(void *arg);
	/* It went down, or an attempt to connect failed. The reason begins with
	 * the address: "127.0.0.1:6379: Connection refused". */
	void (*down)(void *arg, const char *reason);
	/* The last two are for a connection that subscribes, and NULL for any
	 * other. A message, or a name that Redis has confirmed: [message, name,
	 * message] or [subscribe, name, count]. */
	void (*received)(void *arg, const struct redis_reply *reply);
	/* An ACL forbids to subscribe to a name. */
	void (*refused)(void *arg, struct text name, const char *error);
	/* When another connection of the process is up, the owner calls
	 * redis_conn_retry(). */
	bool follows;
};

/*
 * Starts connecting. `conf`, `name`, `handler` and `arg` are borrowed while it
 * is open; log lines contain `name`.
 */
struct redis_conn *redis_conn_open(struct ev_loop *loop,
				   const struct conf *conf, const char *name,
				   const struct redis_conn_handler *handler,
				   void *arg) RETURNS_NONNULL;

/* Frees it. Pending replies become NULL; the handler is not called. NULL is
 * fine. Not from one of its callbacks. */
void redis_conn_close(struct redis_conn *conn);

bool redis_conn_is_up(const struct redis_conn *conn);

/* While it is up: the run_id of the server, or "" if an ACL forbids INFO. */
const char *redis_conn_run_id(const struct redis_conn *conn) RETURNS_NONNULL;

enum { REDIS_SERVER_SIZE = 8 + 1 };

/* The same in short: enough to tell the servers of one site apart. */
void redis_conn_server(const struct redis_conn *conn,
		       char out[REDIS_SERVER_SIZE]);

/* With Sentinel: the URL of the master, which is borrowed while it is open, or
 * of another one. Before that, nothing is connected. */
void redis_conn_set_master(struct redis_conn *conn,
			   const struct redis_url *url);

/* No Sentinel names one: an attempt that waits for it fails. */
void redis_conn_without_master(struct redis_conn *conn, const char *reason);

/* Another connection has reached Redis: one that waits to reconnect does so at
 * once, unless it was up for less than 2 s the last time. Safe in any callback.
 */
void redis_conn_retry(struct redis_conn *conn);

/* Disconnects soon after, and reconnects. Safe in any callback. */
void redis_conn_restart(struct redis_conn *conn, const char *reason);

/*
 * Sends a command, which is copied. There may be hundreds of words, of any
 * bytes. fn(arg, reply) is called once. False: the connection is down, fn is
 * not called. Not for a connection that subscribes.
 */
bool redis_conn_send(struct redis_conn *conn, const struct text *words,
		     size_t count, redis_reply_fn *fn, void *arg) MUST_USE;

/* The same with NUL-terminated words; the list ends with NULL. */
bool redis_conn_command(struct redis_conn *conn, const char **words,
			redis_reply_fn *fn, void *arg) MUST_USE;

/* Names of one turn are sent in one command (redis_names.h). Their replies go
 * to the handler. While the connection is down nothing happens; nothing is
 * subscribed when it comes up. */
void redis_conn_subscribe(struct redis_conn *conn, const char *channel);
void redis_conn_unsubscribe(struct redis_conn *conn, const char *channel);

#endif
