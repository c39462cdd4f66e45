/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_link.h"

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

struct redis_link {
	struct ev_loop *loop;
	const struct conf *conf;
	const char *name;
	const struct redis_link_handler *handler;
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
	struct redis_link *link;
	redis_reply_fn *fn;
	void *arg;
};

static void connect_now(struct redis_link *link);

static struct redis_link *
link_of(const redisAsyncContext *redis)
{
	return redis->data;
}

/* Called once for each time it ends, or does not begin. */
static void
down(struct redis_link *link, const char *reason)
{
	/* a connection that ends as soon as it stands is no success */
	if (ev_now(link->loop) - link->up_since > BACKOFF_MOST_S &&
	    link->up_since > 0.)
		link->backoff_s = BACKOFF_FIRST_S;
	link->up_since = 0.;
	link->up = false;
	link->owed = 0;
	ev_timer_stop(link->loop, &link->guard);
	ev_timer_stop(link->loop, &link->broken);
	if (!link->down_logged)
		log_warn("redis_down", "connection=%s reason=\"%s\"",
			 link->name, reason);
	link->down_logged = true;
	ev_timer_set(&link->retry,
		     link->backoff_s * (0.5 + (double)rand() / RAND_MAX), 0.);
	ev_timer_start(link->loop, &link->retry);
	link->backoff_s *= 2;
	if (link->backoff_s > BACKOFF_MOST_S)
		link->backoff_s = BACKOFF_MOST_S;
	link->handler->down(link->arg, reason);
}

/* Not from inside a hiredis callback. */
static void
tear_down(struct redis_link *link, const char *reason)
{
	redisAsyncContext *redis = link->redis;

	link->up = false;
	link->redis = NULL;
	if (redis != NULL) {
		redis->data = NULL;    /* its last callbacks are not for us */
		redisAsyncFree(redis); /* owed answers become NULL */
	}
	down(link, reason);
}

void
redis_link_restart(struct redis_link *link, const char *reason)
{
	snprintf(link->reason, sizeof(link->reason), "%s", reason);
	ev_timer_set(&link->broken, 0., 0.);
	ev_timer_start(link->loop, &link->broken);
}

static void
broken_now(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct redis_link *link = timer->data;

	(void)loop;
	(void)revents;
	if (link->redis != NULL)
		tear_down(link, link->reason);
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
	struct redis_link *link = guard->data;
	double left = link->progress + link->conf->bus_timeout - ev_now(loop);

	(void)revents;
	if (link->up && link->owed == 0)
		return; /* started again by the next command */
	if (left > 0.) {
		ev_timer_set(guard, left, 0.);
		ev_timer_start(loop, guard);
		return;
	}
	tear_down(link, link->up ? "no answer within bus.timeout"
				 : "no connection within bus.timeout");
}

static void
owe(struct redis_link *link)
{
	if (link->owed++ > 0)
		return;
	link->progress = ev_now(link->loop);
	if (!ev_is_active(&link->guard)) {
		ev_timer_set(&link->guard, link->conf->bus_timeout, 0.);
		ev_timer_start(link->loop, &link->guard);
	}
}

static void
paid(struct redis_link *link)
{
	if (link->owed > 0)
		link->owed--;
	link->progress = ev_now(link->loop);
}

static void
go_up(struct redis_link *link)
{
	link->up = true;
	link->owed = 0;
	link->up_since = ev_now(link->loop);
	log_info("redis_up", "connection=%s", link->name);
	link->down_logged = false;
	link->handler->up(link->arg);
}

/* The last answer of AUTH and SELECT makes it up; an error in either is why
 * it is not. */
static void
signed_in(redisAsyncContext *redis, void *r, void *last)
{
	struct redis_link *link = link_of(redis);
	const redisReply *reply = r;

	if (link == NULL || reply == NULL || ev_is_active(&link->broken))
		return; /* of two errors the first is why */
	if (reply->type == REDIS_REPLY_ERROR)
		redis_link_restart(link, reply->str);
	else if (last != NULL)
		go_up(link);
}

static void
sign_in(struct redis_link *link)
{
	const struct redis_url *url = &link->conf->redis;
	bool select = url->db != 0;
	void *last = link;
	int sent = REDIS_OK;

	if (url->password[0] != '\0' && url->user[0] != '\0')
		sent = redisAsyncCommand(link->redis, signed_in,
					 select ? NULL : last, "AUTH %s %s",
					 url->user, url->password);
	else if (url->password[0] != '\0')
		sent = redisAsyncCommand(link->redis, signed_in,
					 select ? NULL : last, "AUTH %s",
					 url->password);
	if (select && sent == REDIS_OK)
		sent = redisAsyncCommand(link->redis, signed_in, last,
					 "SELECT %u", url->db);
	if (sent != REDIS_OK)
		redis_link_restart(link, "out of memory");
	else if (!select && url->password[0] == '\0')
		go_up(link);
}

static void
connected(const redisAsyncContext *redis, int status)
{
	struct redis_link *link = link_of(redis);

	if (link == NULL)
		return;
	if (status == REDIS_OK) {
		sign_in(link);
		return;
	}
	link->redis = NULL; /* hiredis frees it when we return */
	snprintf(link->reason, sizeof(link->reason), "%s", redis->errstr);
	down(link, link->reason);
}

static void
disconnected(const redisAsyncContext *redis, int status)
{
	struct redis_link *link = link_of(redis);

	(void)status;
	if (link == NULL)
		return;
	link->redis = NULL; /* hiredis frees it when we return */
	snprintf(link->reason, sizeof(link->reason), "%s",
		 redis->errstr[0] ? redis->errstr : "closed by Redis");
	down(link, link->reason);
}

/* IPv4 first, as hiredis itself does: Redis listens on 127.0.0.1 by default. */
static const char *
resolve(struct redis_link *link)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *info;
	int error = 0;
	size_t i;

	for (i = 0; i < 2 && link->address[0] == '\0'; i++) {
		hints.ai_family = families[i];
		error =
		    getaddrinfo(link->conf->redis.host, NULL, &hints, &info);
		if (error != 0)
			continue;
		error =
		    getnameinfo(info->ai_addr, info->ai_addrlen, link->address,
				sizeof(link->address), NULL, 0, NI_NUMERICHOST);
		if (error != 0)
			link->address[0] = '\0';
		freeaddrinfo(info);
	}
	return link->address[0] != '\0' ? NULL : gai_strerror(error);
}

static void
connect_now(struct redis_link *link)
{
	const struct redis_url *url = &link->conf->redis;

	link->redis = url->path[0]
			  ? redisAsyncConnectUnix(url->path)
			  : redisAsyncConnect(link->address, url->port);
	if (link->redis == NULL || link->redis->err) {
		snprintf(link->reason, sizeof(link->reason), "%s",
			 link->redis ? link->redis->errstr : "out of memory");
		tear_down(link, link->reason);
		return;
	}
	link->redis->data = link;
	link->progress = ev_now(link->loop);
	ev_timer_set(&link->guard, link->conf->bus_timeout, 0.);
	ev_timer_start(link->loop, &link->guard);
	if (redisLibevAttach(link->loop, link->redis) != REDIS_OK ||
	    redisAsyncSetConnectCallback(link->redis, connected) != REDIS_OK ||
	    redisAsyncSetDisconnectCallback(link->redis, disconnected) !=
		REDIS_OK)
		tear_down(link, "out of memory");
}

struct redis_link *
redis_link_open(struct ev_loop *loop, const struct conf *conf, const char *name,
		const struct redis_link_handler *handler, void *arg)
{
	struct redis_link *link = calloc(1, sizeof(*link));
	const char *error;

	if (link == NULL)
		return NULL;
	link->loop = loop;
	link->conf = conf;
	link->name = name;
	link->handler = handler;
	link->arg = arg;
	link->backoff_s = BACKOFF_FIRST_S;
	ev_timer_init(&link->retry, retry_now, 0., 0.);
	ev_timer_init(&link->guard, check_progress, conf->bus_timeout, 0.);
	ev_timer_init(&link->broken, broken_now, 0., 0.);
	link->retry.data = link->guard.data = link->broken.data = link;
	/* now, while it may take its time */
	error = conf->redis.path[0] == '\0' ? resolve(link) : NULL;
	if (error != NULL) {
		log_error("bus.url", "host=%s reason=\"%s\"", conf->redis.host,
			  error);
		free(link);
		return NULL;
	}
	ev_timer_start(loop, &link->retry);
	return link;
}

void
redis_link_close(struct redis_link *link)
{
	redisAsyncContext *redis;

	if (link == NULL)
		return;
	redis = link->redis;
	link->redis = NULL;
	link->up = false;
	if (redis != NULL) {
		redis->data = NULL;
		redisAsyncFree(redis);
	}
	ev_timer_stop(link->loop, &link->retry);
	ev_timer_stop(link->loop, &link->guard);
	ev_timer_stop(link->loop, &link->broken);
	free(link);
}

bool
redis_link_is_up(const struct redis_link *link)
{
	return link->up;
}

static void
answered(redisAsyncContext *redis, void *reply, void *arg)
{
	struct call *call = arg;

	if (redis->data != NULL)
		paid(call->link);
	call->fn(call->arg, reply);
	free(call);
}

bool
redis_link_command(struct redis_link *link, redis_reply_fn *fn, void *arg,
		   int argc, const char **argv, const size_t *argv_len)
{
	struct call *call;

	if (!link->up || (call = malloc(sizeof(*call))) == NULL)
		return false;
	*call = (struct call){.link = link, .fn = fn, .arg = arg};
	if (redisAsyncCommandArgv(link->redis, answered, call, argc, argv,
				  argv_len) != REDIS_OK) {
		free(call);
		return false;
	}
	owe(link);
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
	struct redis_link *link = link_of(redis);
	const redisReply *reply = r;

	(void)unused;
	if (link == NULL || reply == NULL)
		return;
	if (!is_message(reply))
		paid(link);
	link->handler->heard(link->arg, reply);
}

bool
redis_link_subscription(struct redis_link *link, const char *verb,
			const char *channel, size_t len)
{
	const char *argv[] = {verb, channel};
	const size_t argv_len[] = {strlen(verb), len};

	if (!link->up || redisAsyncCommandArgv(link->redis, heard, NULL, 2,
					       argv, argv_len) != REDIS_OK)
		return false;
	owe(link);
	return true;
}
