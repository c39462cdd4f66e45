/* SPDX-License-Identifier: MIT */
/*
 * replicas.h - results of publications that count only when enough replicas
 * have the messages (publish.wait_replicas).
 *
 * The results of one turn of the loop share one WAIT, sent over the connection
 * that stored them: WAIT covers what that connection has written. It blocks the
 * connection, so publishing has one of its own.
 *
 * Source: https://redis.io/docs/latest/commands/wait/
 */
#ifndef SHARED_BUS_REPLICAS_H
#define SHARED_BUS_REPLICAS_H

#include <ev.h>
#include <sys/queue.h>

#include "shared/conf/conf.h"
#include "shared/model/publication.h"

struct redis_conn;

/* `result` is valid only during the call. */
typedef void replicas_fn(void *arg, const struct publish_result *result);

struct held_result;
TAILQ_HEAD(held_results, held_result);

struct replicas {
	struct ev_loop *loop;
	const struct conf *conf;
	struct redis_conn *conn;
	struct held_results held; /* for the WAIT of this turn */
	struct ev_prepare turn_end;
};

/* Set up in place. Everything is borrowed; `conn` may be set later. */
void replicas_init(struct replicas *r, struct ev_loop *loop,
		   const struct conf *conf);

/* Once the connection is closed: all results are PUBLISHED_UNKNOWN. */
void replicas_end(struct replicas *r);

/*
 * Holds back a result STORED or SEEN, which is copied. fn(arg, result) is
 * called once, later: with this result, or, if too few replicas have the
 * message or that cannot be known, with PUBLISHED_UNKNOWN.
 */
void replicas_hold(struct replicas *r, const struct publish_result *result,
		   replicas_fn *fn, void *arg);

#endif
