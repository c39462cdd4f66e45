/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_conn.h"

#include <hiredis/adapters/libev.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shared/base/log.h"

static const double BACKOFF_FIRST_S = 0.05;
static const double BACKOFF_MOST_S = 2.;

enum { REASON_SIZE = 160 };

struct redis_conn {
	struct ev_loop *loop;
	const struct conf *conf;
	const char *name;
	const struct redis_conn_handler *handler;
	void *arg;
	redisAsyncContext *redis; /* NULL: none, waiting for the next try */
	bool up;
	char address[NI_MAXHOST]; /* numeric; "": not resolved yet */
	double backoff_s;
	double up_since; /* ev_now(); 0: it is not up */
	struct ev_timer retry;
	struct ev_timer guard;	/* an answer, or the connection, is late */
	struct ev_timer broken; /* restart asked for in some callback */
	size_t owed;		/* answers */
	double progress;	/* ev_now() of the last one */
	char reason[REASON_SIZE];
	bool down_logged;
};

struct call {
	struct redis_conn *conn;
	redis_reply_fn *fn;
	void *arg;
};

static void connect_now(struct redis_conn *conn);

static struct redis_conn *
conn_of(const redisAsyncContext *redis)
{
	return redis->data;
}

/* Called once for each time it ends, or does not begin. */
static void
down(struct redis_conn *conn, const char *reason)
{
	/* a connection that ends as soon as it stands is no success */
	if (ev_now(conn->loop) - conn->up_since > BACKOFF_MOST_S &&
	    conn->up_since > 0.)
		conn->backoff_s = BACKOFF_FIRST_S;
	conn->up_since = 0.;
	conn->up = false;
	conn->owed = 0;
	ev_timer_stop(conn->loop, &conn->guard);
	ev_timer_stop(conn->loop, &conn->broken);
	if (!conn->down_logged)
		log_warn("redis_down", "connection=%s reason=\"%s\"",
			 conn->name, reason);
	conn->down_logged = true;
	ev_timer_set(&conn->retry,
		     conn->backoff_s * (0.5 + (double)rand() / RAND_MAX), 0.);
	ev_timer_start(conn->loop, &conn->retry);
	conn->backoff_s *= 2;
	if (conn->backoff_s > BACKOFF_MOST_S)
		conn->backoff_s = BACKOFF_MOST_S;
	conn->handler->down(conn->arg, reason);
}

/* Not from inside a hiredis callback. */
static void
tear_down(struct redis_conn *conn, const char *reason)
{
	redisAsyncContext *redis = conn->redis;

	conn->up = false;
	conn->redis = NULL;
	if (redis != NULL) {
		redis->data = NULL;    /* its last callbacks are not for us */
		redisAsyncFree(redis); /* owed answers become NULL */
	}
	down(conn, reason);
}

void
redis_conn_restart(struct redis_conn *conn, const char *reason)
{
	snprintf(conn->reason, sizeof(conn->reason), "%s", reason);
	ev_timer_set(&conn->broken, 0., 0.);
	ev_timer_start(conn->loop, &conn->broken);
}

static void
broken_now(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct redis_conn *conn = timer->data;

	(void)loop;
	(void)revents;
	if (conn->redis != NULL)
		tear_down(conn, conn->reason);
}

static void
retry_now(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	connect_now(timer->data);
}

static void
check_progress(struct ev_loop *loop, ev_timer *guard, int revents)
{
	struct redis_conn *conn = guard->data;
	double left = conn->progress + conn->conf->bus_timeout - ev_now(loop);

	(void)revents;
	if (conn->up && conn->owed == 0)
		return; /* started again by the next command */
	if (left > 0.) {
		ev_timer_set(guard, left, 0.);
		ev_timer_start(loop, guard);
		return;
	}
	tear_down(conn, conn->up ? "no answer within bus.timeout"
				 : "no connection within bus.timeout");
}

static void
owe(struct redis_conn *conn)
{
	if (conn->owed++ > 0)
		return;
	conn->progress = ev_now(conn->loop);
	if (!ev_is_active(&conn->guard)) {
		ev_timer_set(&conn->guard, conn->conf->bus_timeout, 0.);
		ev_timer_start(conn->loop, &conn->guard);
	}
}

static void
paid(struct redis_conn *conn)
{
	if (conn->owed > 0)
		conn->owed--;
	conn->progress = ev_now(conn->loop);
}

static void
go_up(struct redis_conn *conn)
{
	conn->up = true;
	conn->owed = 0;
	conn->up_since = ev_now(conn->loop);
	log_info("redis_up", "connection=%s", conn->name);
	conn->down_logged = false;
	conn->handler->up(conn->arg);
}

/* The last answer of AUTH and SELECT makes it up; an error in either is why
 * it is not. */
static void
signed_in(redisAsyncContext *redis, void *r, void *last)
{
	struct redis_conn *conn = conn_of(redis);
	const redisReply *reply = r;

	if (conn == NULL || reply == NULL || ev_is_active(&conn->broken))
		return; /* of two errors the first is why */
	if (reply->type == REDIS_REPLY_ERROR)
		redis_conn_restart(conn, reply->str);
	else if (last != NULL)
		go_up(conn);
}

static void
sign_in(struct redis_conn *conn)
{
	const struct redis_url *url = &conn->conf->redis;
	bool select = url->db != 0;
	void *last = conn;
	int sent = REDIS_OK;

	if (url->password[0] != '\0' && url->user[0] != '\0')
		sent = redisAsyncCommand(conn->redis, signed_in,
					 select ? NULL : last, "AUTH %s %s",
					 url->user, url->password);
	else if (url->password[0] != '\0')
		sent = redisAsyncCommand(conn->redis, signed_in,
					 select ? NULL : last, "AUTH %s",
					 url->password);
	if (select && sent == REDIS_OK)
		sent = redisAsyncCommand(conn->redis, signed_in, last,
					 "SELECT %u", url->db);
	if (sent != REDIS_OK)
		redis_conn_restart(conn, "out of memory");
	else if (!select && url->password[0] == '\0')
		go_up(conn);
}

static void
connected(const redisAsyncContext *redis, int status)
{
	struct redis_conn *conn = conn_of(redis);

	if (conn == NULL)
		return;
	if (status == REDIS_OK) {
		sign_in(conn);
		return;
	}
	conn->redis = NULL; /* hiredis frees it when we return */
	snprintf(conn->reason, sizeof(conn->reason), "%s", redis->errstr);
	down(conn, conn->reason);
}

static void
disconnected(const redisAsyncContext *redis, int status)
{
	struct redis_conn *conn = conn_of(redis);

	(void)status;
	if (conn == NULL)
		return;
	conn->redis = NULL; /* hiredis frees it when we return */
	snprintf(conn->reason, sizeof(conn->reason), "%s",
		 redis->errstr[0] ? redis->errstr : "closed by Redis");
	down(conn, conn->reason);
}

/* IPv4 first, as hiredis itself does: Redis listens on 127.0.0.1 by default. */
static const char *
resolve(struct redis_conn *conn)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *info;
	int error = 0;
	size_t i;

	for (i = 0; i < 2 && conn->address[0] == '\0'; i++) {
		hints.ai_family = families[i];
		error =
		    getaddrinfo(conn->conf->redis.host, NULL, &hints, &info);
		if (error != 0)
			continue;
		error =
		    getnameinfo(info->ai_addr, info->ai_addrlen, conn->address,
				sizeof(conn->address), NULL, 0, NI_NUMERICHOST);
		if (error != 0)
			conn->address[0] = '\0';
		freeaddrinfo(info);
	}
	return conn->address[0] != '\0' ? NULL : gai_strerror(error);
}

static void
connect_now(struct redis_conn *conn)
{
	const struct redis_url *url = &conn->conf->redis;

	conn->redis = url->path[0]
			  ? redisAsyncConnectUnix(url->path)
			  : redisAsyncConnect(conn->address, url->port);
	if (conn->redis == NULL || conn->redis->err) {
		snprintf(conn->reason, sizeof(conn->reason), "%s",
			 conn->redis ? conn->redis->errstr : "out of memory");
		tear_down(conn, conn->reason);
		return;
	}
	conn->redis->data = conn;
	conn->progress = ev_now(conn->loop);
	ev_timer_set(&conn->guard, conn->conf->bus_timeout, 0.);
	ev_timer_start(conn->loop, &conn->guard);
	if (redisLibevAttach(conn->loop, conn->redis) != REDIS_OK ||
	    redisAsyncSetConnectCallback(conn->redis, connected) != REDIS_OK ||
	    redisAsyncSetDisconnectCallback(conn->redis, disconnected) !=
		REDIS_OK)
		tear_down(conn, "out of memory");
}

struct redis_conn *
redis_conn_open(struct ev_loop *loop, const struct conf *conf, const char *name,
		const struct redis_conn_handler *handler, void *arg)
{
	struct redis_conn *conn = calloc(1, sizeof(*conn));
	const char *error;

	if (conn == NULL)
		return NULL;
	conn->loop = loop;
	conn->conf = conf;
	conn->name = name;
	conn->handler = handler;
	conn->arg = arg;
	conn->backoff_s = BACKOFF_FIRST_S;
	ev_timer_init(&conn->retry, retry_now, 0., 0.);
	ev_timer_init(&conn->guard, check_progress, conf->bus_timeout, 0.);
	ev_timer_init(&conn->broken, broken_now, 0., 0.);
	conn->retry.data = conn->guard.data = conn->broken.data = conn;
	/* now, while it may take its time */
	error = conf->redis.path[0] == '\0' ? resolve(conn) : NULL;
	if (error != NULL) {
		log_error("bus.url", "host=%s reason=\"%s\"", conf->redis.host,
			  error);
		free(conn);
		return NULL;
	}
	ev_timer_start(loop, &conn->retry);
	return conn;
}

void
redis_conn_close(struct redis_conn *conn)
{
	redisAsyncContext *redis;

	if (conn == NULL)
		return;
	redis = conn->redis;
	conn->redis = NULL;
	conn->up = false;
	if (redis != NULL) {
		redis->data = NULL;
		redisAsyncFree(redis);
	}
	ev_timer_stop(conn->loop, &conn->retry);
	ev_timer_stop(conn->loop, &conn->guard);
	ev_timer_stop(conn->loop, &conn->broken);
	free(conn);
}

bool
redis_conn_is_up(const struct redis_conn *conn)
{
	return conn->up;
}

static void
answered(redisAsyncContext *redis, void *reply, void *arg)
{
	struct call *call = arg;

	if (redis->data != NULL)
		paid(call->conn);
	call->fn(call->arg, reply);
	free(call);
}

bool
redis_conn_command(struct redis_conn *conn, redis_reply_fn *fn, void *arg,
		   int argc, const char **argv, const size_t *argv_len)
{
	struct call *call;

	if (!conn->up || (call = malloc(sizeof(*call))) == NULL)
		return false;
	*call = (struct call){.conn = conn, .fn = fn, .arg = arg};
	if (redisAsyncCommandArgv(conn->redis, answered, call, argc, argv,
				  argv_len) != REDIS_OK) {
		free(call);
		return false;
	}
	owe(conn);
	return true;
}

/* A message is no answer: only replies to (UN)SUBSCRIBE are owed. */
static bool
is_message(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
	       reply->element[0]->type == REDIS_REPLY_STRING &&
	       strcmp(reply->element[0]->str, "message") == 0;
}

static void
heard(redisAsyncContext *redis, void *r, void *unused)
{
	struct redis_conn *conn = conn_of(redis);
	const redisReply *reply = r;

	(void)unused;
	if (conn == NULL || reply == NULL)
		return;
	if (!is_message(reply))
		paid(conn);
	conn->handler->heard(conn->arg, reply);
}

bool
redis_conn_subscription(struct redis_conn *conn, const char *verb,
			const char *channel, size_t len)
{
	const char *argv[] = {verb, channel};
	const size_t argv_len[] = {strlen(verb), len};

	if (!conn->up || redisAsyncCommandArgv(conn->redis, heard, NULL, 2,
					       argv, argv_len) != REDIS_OK)
		return false;
	owe(conn);
	return true;
}
