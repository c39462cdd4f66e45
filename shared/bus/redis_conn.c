/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_conn.h"

#include <ev.h>
#include <hiredis/adapters/libev.h>
#include <hiredis/async.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/redis_address.h"
#include "shared/conf/conf.h"

static const double BACKOFF_MIN_S = 0.05;
static const double BACKOFF_MAX_S = 2.;

enum { REASON_SIZE = 160 };

struct redis_conn {
	struct ev_loop *loop;
	const struct conf *conf;
	const char *name;
	const struct redis_conn_handler *handler;
	void *arg;
	redisAsyncContext *redis; /* NULL: none before the next attempt */
	bool up;
	char address[REDIS_ADDRESS_SIZE]; /* "" for a unix socket */
	double backoff_s;
	double up_since;	 /* ev_now(); 0: it is not up */
	struct ev_timer retry;	 /* the next attempt to connect */
	struct ev_timer timeout; /* of an attempt, or of pending replies */
	struct ev_timer restart; /* redis_conn_restart() was called */
	size_t pending;		 /* replies */
	double progress;	 /* ev_now() when `timeout` began to count */
	char reason[REASON_SIZE];
	bool down_logged; /* since it was last up */
};

struct pending_reply {
	struct redis_conn *conn;
	redis_reply_fn *fn;
	void *arg;
};

/* NULL: redis_conn has detached itself from it. */
static struct redis_conn *
conn_of(const redisAsyncContext *redis)
{
	return redis->data;
}

/* --- going down ----------------------------------------------------------- */

static void
schedule_retry(struct redis_conn *conn)
{
	double random = 0.5 + (double)rand() / RAND_MAX;

	ev_timer_set(&conn->retry, conn->backoff_s * random, 0.);
	ev_timer_start(conn->loop, &conn->retry);
	conn->backoff_s *= 2;
	if (conn->backoff_s > BACKOFF_MAX_S)
		conn->backoff_s = BACKOFF_MAX_S;
}

/* Called once each time a connection ends or an attempt fails. */
static void
go_down(struct redis_conn *conn, const char *reason)
{
	/* a connection that was up only for a moment keeps the backoff */
	if (conn->up_since > 0. &&
	    ev_now(conn->loop) - conn->up_since > BACKOFF_MAX_S)
		conn->backoff_s = BACKOFF_MIN_S;
	conn->up_since = 0.;
	conn->up = false;
	conn->pending = 0;
	ev_timer_stop(conn->loop, &conn->timeout);
	ev_timer_stop(conn->loop, &conn->restart);
	if (!conn->down_logged)
		log_warn("redis_down", "connection=%s reason=\"%s\"",
			 conn->name, reason);
	conn->down_logged = true;
	schedule_retry(conn);
	conn->handler->down(conn->arg, reason);
}

/* Pending replies become NULL. Not from inside a callback of hiredis. */
static void
free_context(struct redis_conn *conn)
{
	redisAsyncContext *redis = conn->redis;

	conn->up = false;
	conn->redis = NULL;
	if (redis == NULL)
		return;
	redis->data = NULL;
	redisAsyncFree(redis);
}

static void
disconnect(struct redis_conn *conn, const char *reason)
{
	free_context(conn);
	go_down(conn, reason);
}

void
redis_conn_restart(struct redis_conn *conn, const char *reason)
{
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
	if (conn->redis != NULL)
		disconnect(conn, conn->reason);
}

/* hiredis found it closed or broken, and frees the context after this. */
static void
disconnected(const redisAsyncContext *redis, int status)
{
	struct redis_conn *conn = conn_of(redis);

	(void)status;
	if (conn == NULL)
		return;
	conn->redis = NULL;
	snprintf(conn->reason, sizeof(conn->reason), "%s",
		 redis->errstr[0] ? redis->errstr : "closed by Redis");
	go_down(conn, conn->reason);
}

/* --- time-outs ------------------------------------------------------------ */

static void
start_timeout(struct redis_conn *conn)
{
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
	if (conn->up && conn->pending == 0)
		return; /* the next command starts it again */
	if (left > 0.) {
		ev_timer_set(timeout, left, 0.);
		ev_timer_start(loop, timeout);
		return;
	}
	disconnect(conn, conn->up ? "no reply within bus.timeout"
				  : "no connection within bus.timeout");
}

static void
add_pending(struct redis_conn *conn)
{
	if (conn->pending++ == 0)
		start_timeout(conn);
}

static void
remove_pending(struct redis_conn *conn)
{
	if (conn->pending > 0)
		conn->pending--;
	conn->progress = ev_now(conn->loop);
}

/* --- commands ------------------------------------------------------------- */

static bool
send_words(struct redis_conn *conn, const char **words, redisCallbackFn *fn,
	   void *data)
{
	size_t *len;
	int n = 0, status;

	while (words[n] != NULL)
		n++;
	len = xcalloc((size_t)n, sizeof(*len));
	for (int i = 0; i < n; i++)
		len[i] = strlen(words[i]);
	status = redisAsyncCommandArgv(conn->redis, fn, data, n, words, len);
	free(len);
	if (status == REDIS_OK)
		return true;
	redis_conn_restart(conn, "hiredis refused a command");
	return false;
}

static void
command_answered(redisAsyncContext *redis, void *reply, void *arg)
{
	struct pending_reply *pending = arg;

	if (redis->data != NULL && reply == NULL)
		pending->conn->up = false; /* disconnected() follows */
	else if (redis->data != NULL)
		remove_pending(pending->conn);
	pending->fn(pending->arg, reply);
	free(pending);
}

bool
redis_conn_command(struct redis_conn *conn, const char **words,
		   redis_reply_fn *fn, void *arg)
{
	struct pending_reply *pending;

	if (!conn->up)
		return false;
	pending = xmalloc(sizeof(*pending));
	*pending = (struct pending_reply){.conn = conn, .fn = fn, .arg = arg};
	if (!send_words(conn, words, command_answered, pending)) {
		free(pending);
		return false;
	}
	add_pending(conn);
	return true;
}

/* Only replies to (UN)SUBSCRIBE are pending, messages are not. */
static bool
is_message(const struct redis_reply *reply)
{
	return redis_reply_count(reply) == 3 &&
	       text_is(redis_reply_string(redis_reply_at(reply, 0)), "message");
}

static void
subscription_received(redisAsyncContext *redis, void *r, void *unused)
{
	struct redis_conn *conn = conn_of(redis);
	const struct redis_reply *reply = r;

	(void)unused;
	if (conn == NULL || reply == NULL)
		return;
	if (!is_message(reply))
		remove_pending(conn);
	conn->handler->received(conn->arg, reply);
}

static void
send_subscription(struct redis_conn *conn, const char *verb,
		  const char *channel)
{
	const char *words[] = {verb, channel, NULL};

	if (conn->up && send_words(conn, words, subscription_received, NULL))
		add_pending(conn);
}

void
redis_conn_subscribe(struct redis_conn *conn, const char *channel)
{
	send_subscription(conn, "SUBSCRIBE", channel);
}

void
redis_conn_unsubscribe(struct redis_conn *conn, const char *channel)
{
	send_subscription(conn, "UNSUBSCRIBE", channel);
}

/* --- going up ------------------------------------------------------------- */

static void
go_up(struct redis_conn *conn)
{
	conn->up = true;
	conn->pending = 0;
	conn->up_since = ev_now(conn->loop);
	conn->down_logged = false;
	log_info("redis_up", "connection=%s", conn->name);
	conn->handler->up(conn->arg);
}

/* A reply to AUTH or SELECT; `is_last` is not NULL for the last of them. */
static void
authenticated(redisAsyncContext *redis, void *r, void *is_last)
{
	struct redis_conn *conn = conn_of(redis);
	const struct redis_reply *reply = r;
	const char *error;

	if (conn == NULL || reply == NULL || ev_is_active(&conn->restart))
		return; /* of two errors the first is the reason */
	error = redis_reply_error(reply);
	if (error != NULL)
		redis_conn_restart(conn, error);
	else if (is_last != NULL)
		go_up(conn);
}

static void
authenticate(struct redis_conn *conn)
{
	const struct redis_url *url = &conn->conf->redis;
	bool with_password = url->password[0] != '\0', with_db = url->db != 0;
	bool with_user = with_password && url->user[0] != '\0';
	char db[16];
	const char *auth[] = {"AUTH", with_user ? url->user : url->password,
			      with_user ? url->password : NULL, NULL};
	const char *select[] = {"SELECT", db, NULL};

	snprintf(db, sizeof(db), "%u", url->db);
	if (!with_password && !with_db) {
		go_up(conn);
		return;
	}
	if (with_password &&
	    !send_words(conn, auth, authenticated, with_db ? NULL : conn))
		return;
	if (with_db)
		send_words(conn, select, authenticated, conn);
}

static void
connected(const redisAsyncContext *redis, int status)
{
	struct redis_conn *conn = conn_of(redis);

	if (conn == NULL)
		return;
	if (status == REDIS_OK)
		authenticate(conn);
	else
		disconnected(redis, status);
}

static void
connect_now(struct redis_conn *conn)
{
	const struct redis_url *url = &conn->conf->redis;

	conn->redis = url->path[0]
			  ? redisAsyncConnectUnix(url->path)
			  : redisAsyncConnect(conn->address, url->port);
	if (conn->redis == NULL)
		xalloc_failed();
	if (conn->redis->err) {
		snprintf(conn->reason, sizeof(conn->reason), "%s",
			 conn->redis->errstr);
		disconnect(conn, conn->reason);
		return;
	}
	conn->redis->data = conn;
	if (redisLibevAttach(conn->loop, conn->redis) != REDIS_OK)
		xalloc_failed();
	redisAsyncSetConnectCallback(conn->redis, connected);
	redisAsyncSetDisconnectCallback(conn->redis, disconnected);
	start_timeout(conn);
}

static void
retry_now(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	connect_now(timer->data);
}

/* --- open and close ------------------------------------------------------- */

struct redis_conn *
redis_conn_open(struct ev_loop *loop, const struct conf *conf, const char *name,
		const struct redis_conn_handler *handler, void *arg)
{
	struct redis_conn *conn = xcalloc(1, sizeof(*conn));

	conn->loop = loop;
	conn->conf = conf;
	conn->name = name;
	conn->handler = handler;
	conn->arg = arg;
	conn->backoff_s = BACKOFF_MIN_S;
	ev_timer_init(&conn->retry, retry_now, 0., 0.);
	ev_timer_init(&conn->timeout, check_progress, conf->bus_timeout, 0.);
	ev_timer_init(&conn->restart, restart_now, 0., 0.);
	conn->retry.data = conn->timeout.data = conn->restart.data = conn;
	if (!redis_address_resolve(conn->address, &conf->redis)) {
		free(conn);
		return NULL;
	}
	ev_timer_start(loop, &conn->retry);
	return conn;
}

void
redis_conn_close(struct redis_conn *conn)
{
	if (conn == NULL)
		return;
	free_context(conn);
	ev_timer_stop(conn->loop, &conn->retry);
	ev_timer_stop(conn->loop, &conn->timeout);
	ev_timer_stop(conn->loop, &conn->restart);
	free(conn);
}

bool
redis_conn_is_up(const struct redis_conn *conn)
{
	return conn->up;
}
