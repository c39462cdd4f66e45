/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_conn.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "shared/base/backoff.h"
#include "shared/base/xalloc.h"
#include "shared/bus/redis_command.h"
#include "shared/bus/redis_link.h"
#include "shared/bus/redis_names.h"
#include "shared/bus/redis_outage.h"
#include "shared/conf/conf.h"

static const struct backoff FIRST = {0};

/* The most seconds between two attempts. */
static const double SOON_S = 0.4, LATER_S = 2.;

static const char UNASKED[] = "a reply that nobody asked for";

struct pending_reply {
	TAILQ_ENTRY(pending_reply) link;
	redis_reply_fn *fn;
	void *arg;
};

TAILQ_HEAD(pending_replies, pending_reply);

struct redis_conn {
	struct ev_loop *loop;
	const struct conf *conf;
	const struct redis_conn_handler *handler;
	void *arg;
	bool up;
	struct redis_link link;
	struct redis_outage outage;
	struct pending_replies pending; /* of commands, in order */
	struct redis_names names;	/* of a connection that subscribes */
	struct backoff backoff;
	struct ev_timer retry;	 /* the next attempt to connect */
	struct ev_timer restart; /* redis_conn_restart() was called */
	struct ev_timer timeout; /* of pending replies */
	double progress;	 /* ev_now() when `timeout` began to count */
	char reason[REDIS_REASON_SIZE]; /* of `restart` */
};

/* --- down ----------------------------------------------------------------- */

static void
schedule_retry(struct redis_conn *conn, bool soon)
{
	double delay = backoff_delay(&conn->backoff, soon ? SOON_S : LATER_S);

	ev_timer_set(&conn->retry, delay, 0.);
	ev_timer_start(conn->loop, &conn->retry);
}

static void
retry_at_once(struct redis_conn *conn)
{
	if (!ev_is_active(&conn->retry))
		return;
	ev_timer_stop(conn->loop, &conn->retry);
	ev_timer_set(&conn->retry, 0., 0.);
	ev_timer_start(conn->loop, &conn->retry);
}

void
redis_conn_retry(struct redis_conn *conn)
{
	if (!conn->outage.flaps)
		retry_at_once(conn);
}

/* Pending replies become NULL. */
static void
drop_pending(struct redis_conn *conn)
{
	struct pending_replies dropped;
	struct pending_reply *p;

	redis_names_clear(&conn->names);
	TAILQ_INIT(&dropped);
	TAILQ_CONCAT(&dropped, &conn->pending, link);
	while ((p = TAILQ_FIRST(&dropped)) != NULL) {
		TAILQ_REMOVE(&dropped, p, link);
		p->fn(p->arg, NULL);
		free(p);
	}
}

/* Each time the link ends, or an attempt fails. */
static void
link_failed(void *arg, const char *reason)
{
	struct redis_conn *conn = arg;
	bool was_up = conn->up, was_stable, flapped;

	conn->up = false;
	ev_timer_stop(conn->loop, &conn->timeout);
	ev_timer_stop(conn->loop, &conn->restart);
	was_stable = redis_outage_down(&conn->outage, reason);
	flapped = was_up && !was_stable;
	if (was_stable)
		conn->backoff = FIRST;
	schedule_retry(conn, !flapped && !conn->link.refused &&
				 !conn->handler->follows);
	drop_pending(conn);
	conn->handler->down(conn->arg, reason);
}

void
redis_conn_restart(struct redis_conn *conn, const char *reason)
{
	if (ev_is_active(&conn->restart))
		return; /* the first reason counts */
	snprintf(conn->reason, sizeof(conn->reason), "%s", reason);
	ev_timer_set(&conn->restart, 0., 0.);
	ev_timer_start(conn->loop, &conn->restart);
}

static void
restart_now(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct redis_conn *conn = timer->data;

	(void)loop;
	(void)revents;
	if (conn->link.state != REDIS_LINK_CLOSED)
		redis_link_fail(&conn->link, conn->reason);
}

void
redis_conn_set_master(struct redis_conn *conn, const struct redis_url *url)
{
	bool connects =
	    conn->link.state != REDIS_LINK_CLOSED && conn->link.url != NULL;

	redis_link_set_master(&conn->link, url);
	conn->backoff = FIRST;
	if (connects)
		redis_conn_restart(conn, "Sentinel names another master");
	else
		retry_at_once(conn);
}

void
redis_conn_without_master(struct redis_conn *conn, const char *reason)
{
	if (conn->link.state == REDIS_LINK_RESOLVING && conn->link.url == NULL)
		redis_conn_restart(conn, reason);
}

static void
retry_now(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct redis_conn *conn = timer->data;

	(void)loop;
	(void)revents;
	if (conn->conf->stand_in)
		link_failed(conn, "the settings are wrong");
	else
		redis_link_open(&conn->link);
}

/* --- time-out of replies -------------------------------------------------- */

static bool
is_pending(const struct redis_conn *conn)
{
	return !TAILQ_EMPTY(&conn->pending) || conn->names.pending > 0;
}

/* Before something is added to what is pending. */
static void
start_timeout(struct redis_conn *conn)
{
	if (is_pending(conn))
		return;
	conn->progress = ev_now(conn->loop);
	if (ev_is_active(&conn->timeout))
		return;
	ev_timer_set(&conn->timeout, conn->conf->bus_timeout, 0.);
	ev_timer_start(conn->loop, &conn->timeout);
}

static void
check_progress(struct ev_loop *loop, ev_timer *timeout, int revents)
{
	struct redis_conn *conn = timeout->data;
	double left = conn->progress + conn->conf->bus_timeout - ev_now(loop);

	(void)revents;
	if (!is_pending(conn))
		return; /* the next command starts it again */
	if (left > 0.) {
		ev_timer_set(timeout, left, 0.);
		ev_timer_start(loop, timeout);
		return;
	}
	redis_link_fail(&conn->link, "no reply within bus.timeout");
}

/* --- up ------------------------------------------------------------------- */

static void
link_up(void *arg)
{
	struct redis_conn *conn = arg;

	conn->up = true;
	redis_outage_up(&conn->outage);
	conn->handler->up(conn->arg);
}

static void
progress(struct redis_conn *conn)
{
	conn->progress = ev_now(conn->loop);
}

/* Messages are no progress: nobody waits for them. */
static const char *
names_received(struct redis_conn *conn, const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);

	if (conn->handler->received == NULL)
		return error != NULL ? error : UNASKED;
	switch (redis_names_reply(&conn->names, reply)) {
	case REDIS_NAMES_CONFIRMED:
		progress(conn);
		conn->handler->received(conn->arg, reply);
		return NULL;
	case REDIS_NAMES_MESSAGE:
		conn->handler->received(conn->arg, reply);
		return NULL;
	case REDIS_NAMES_AGAIN:
		progress(conn);
		redis_link_wake(&conn->link);
		return NULL;
	case REDIS_NAMES_REFUSED:
		progress(conn);
		conn->handler->refused(
		    conn->arg, text_of(conn->names.refused.bytes), error);
		return NULL;
	default:
		return error != NULL ? error : UNASKED;
	}
}

static const char *
link_received(void *arg, const struct redis_reply *reply)
{
	struct redis_conn *conn = arg;
	struct pending_reply *p = TAILQ_FIRST(&conn->pending);

	if (p == NULL)
		return names_received(conn, reply);
	progress(conn);
	TAILQ_REMOVE(&conn->pending, p, link);
	p->fn(p->arg, reply);
	free(p);
	return NULL;
}

static void
link_turn_ends(void *arg)
{
	struct redis_conn *conn = arg;

	redis_names_put(&conn->names, redis_link_buf(&conn->link));
}

static const struct redis_link_handler link_handler = {
    .up = link_up,
    .received = link_received,
    .failed = link_failed,
    .turn_ends = link_turn_ends,
};

/* --- commands ------------------------------------------------------------- */

static void
add_pending(struct redis_conn *conn, redis_reply_fn *fn, void *arg)
{
	struct pending_reply *p = xmalloc(sizeof(*p));

	start_timeout(conn);
	*p = (struct pending_reply){.fn = fn, .arg = arg};
	TAILQ_INSERT_TAIL(&conn->pending, p, link);
	redis_link_wake(&conn->link);
}

bool
redis_conn_send(struct redis_conn *conn, const struct text *words, size_t count,
		redis_reply_fn *fn, void *arg)
{
	if (!conn->up)
		return false;
	redis_command_put(redis_link_buf(&conn->link), words, count);
	add_pending(conn, fn, arg);
	return true;
}

bool
redis_conn_command(struct redis_conn *conn, const char **words,
		   redis_reply_fn *fn, void *arg)
{
	if (!conn->up)
		return false;
	redis_command_put_strings(redis_link_buf(&conn->link), words);
	add_pending(conn, fn, arg);
	return true;
}

void
redis_conn_subscribe(struct redis_conn *conn, const char *channel)
{
	if (!conn->up)
		return;
	start_timeout(conn);
	redis_names_subscribe(&conn->names, channel);
	redis_link_wake(&conn->link);
}

void
redis_conn_unsubscribe(struct redis_conn *conn, const char *channel)
{
	if (!conn->up)
		return;
	start_timeout(conn);
	redis_names_unsubscribe(&conn->names, channel);
	redis_link_wake(&conn->link);
}

/* --- open and close ------------------------------------------------------- */

struct redis_conn *
redis_conn_open(struct ev_loop *loop, const struct conf *conf, const char *name,
		const struct redis_conn_handler *handler, void *arg)
{
	struct redis_conn *conn = xcalloc(1, sizeof(*conn));

	conn->loop = loop;
	conn->conf = conf;
	conn->handler = handler;
	conn->arg = arg;
	TAILQ_INIT(&conn->pending);
	redis_names_init(&conn->names);
	redis_link_init(&conn->link, loop, conf, &link_handler, conn);
	redis_outage_init(&conn->outage, loop, name);
	ev_timer_init(&conn->retry, retry_now, 0., 0.);
	ev_timer_init(&conn->timeout, check_progress, 0., 0.);
	ev_timer_init(&conn->restart, restart_now, 0., 0.);
	conn->retry.data = conn->timeout.data = conn->restart.data = conn;
	ev_timer_start(loop, &conn->retry);
	return conn;
}

void
redis_conn_close(struct redis_conn *conn)
{
	if (conn == NULL)
		return;
	conn->up = false;
	redis_link_free(&conn->link);
	redis_outage_stop(&conn->outage);
	ev_timer_stop(conn->loop, &conn->retry);
	ev_timer_stop(conn->loop, &conn->timeout);
	ev_timer_stop(conn->loop, &conn->restart);
	drop_pending(conn);
	free(conn);
}

bool
redis_conn_is_up(const struct redis_conn *conn)
{
	return conn->up;
}

const char *
redis_conn_run_id(const struct redis_conn *conn)
{
	return conn->link.greeting.run_id;
}

void
redis_conn_server(const struct redis_conn *conn, char out[REDIS_SERVER_SIZE])
{
	const char *id = redis_conn_run_id(conn);
	size_t len = strnlen(id, REDIS_SERVER_SIZE - 1);

	memcpy(out, id, len);
	out[len] = '\0';
}
