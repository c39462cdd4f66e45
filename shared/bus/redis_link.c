/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shared/bus/redis_error.h"
#include "shared/bus/redis_reader.h"
#include "shared/bus/redis_resolver.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_print.h"

enum { REPLY_MAX = 128 * 1024 * 1024 }; /* bytes */

/* --- the end -------------------------------------------------------------- */

static const char *
address_text(const struct redis_link *l)
{
	if (l->address < l->addresses.count)
		return l->addresses.at[l->address].text;
	return l->url != NULL ? l->url->host : "Sentinel";
}

static void
close_all(struct redis_link *l)
{
	l->state = REDIS_LINK_CLOSED;
	ev_timer_stop(l->loop, &l->timeout);
	redis_resolver_stop(l->resolver);
	redis_socket_close(&l->socket);
	redis_reader_free(l->reader);
	l->reader = NULL;
}

/* Keeps the first reason of an attempt. Redis may say a lot. */
static void
note_reason(struct redis_link *l, const char *reason)
{
	if (l->reason[0] == '\0')
		snprintf(l->reason, sizeof(l->reason), "%.110s: %.140s",
			 address_text(l), reason);
}

static void
fail_as_noted(struct redis_link *l)
{
	close_all(l);
	l->handler->failed(l->arg, l->reason);
}

void
redis_link_fail(struct redis_link *l, const char *reason)
{
	l->reason[0] = '\0';
	note_reason(l, reason);
	fail_as_noted(l);
}

/* --- connecting ----------------------------------------------------------- */

static void
start_timeout(struct redis_link *l, double seconds)
{
	ev_timer_stop(l->loop, &l->timeout);
	ev_timer_set(&l->timeout, seconds > 0. ? seconds : 0., 0.);
	ev_timer_start(l->loop, &l->timeout);
}

static void
use_tls(struct redis_link *l)
{
	if (l->url->tls)
		redis_socket_use_tls(&l->socket, l->conf, l->url->host);
}

/* Tries the current address and those after it. */
static void
connect_next(struct redis_link *l)
{
	size_t left;

	l->state = REDIS_LINK_CONNECTING;
	for (; l->address < l->addresses.count; l->address++) {
		left = l->addresses.count - l->address;
		start_timeout(l, (l->attempt_end - ev_now(l->loop)) / left);
		if (redis_socket_connect(&l->socket,
					 &l->addresses.at[l->address])) {
			use_tls(l);
			return;
		}
		note_reason(l, strerror(errno));
	}
	if (l->addresses.count == 0) {
		l->refused = true;
		note_reason(l, l->addresses.error);
	}
	fail_as_noted(l);
}

static void
address_failed(struct redis_link *l, const char *reason)
{
	note_reason(l, reason);
	redis_socket_close(&l->socket);
	redis_reader_free(l->reader);
	l->reader = NULL;
	l->address++;
	connect_next(l);
}

static void
fail_without_master(struct redis_link *l)
{
	char reason[CONF_REDIS_REASON];

	conf_say_redis(reason, l->conf,
		       "names no master within bus.timeout: ", "");
	redis_link_fail(l, reason);
}

static void
timed_out(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct redis_link *l = timer->data;

	(void)loop;
	(void)revents;
	if (l->url == NULL)
		fail_without_master(l);
	else if (l->state == REDIS_LINK_RESOLVING)
		redis_link_fail(l, "the name is not resolved within "
				   "bus.timeout");
	else
		address_failed(l, "no connection within bus.timeout");
}

static void
resolved(void *arg, const struct redis_addresses *found)
{
	struct redis_link *l = arg;

	l->addresses = *found;
	connect_next(l);
}

static void
resolve(struct redis_link *l)
{
	if (redis_addresses_read(&l->addresses, l->url))
		connect_next(l);
	else if (!redis_resolver_ask(l->resolver, l->url))
		redis_link_fail(l, "no thread can be started to resolve it");
}

void
redis_link_open(struct redis_link *l)
{
	double timeout = l->conf->bus_timeout;

	l->reason[0] = l->fault[0] = '\0';
	l->refused = false;
	l->address = l->addresses.count = 0;
	l->attempt_end = ev_now(l->loop) + timeout;
	l->state = REDIS_LINK_RESOLVING;
	start_timeout(l, timeout);
	if (l->url != NULL)
		resolve(l);
}

void
redis_link_set_master(struct redis_link *l, const struct redis_url *url)
{
	bool waits = l->state == REDIS_LINK_RESOLVING && l->url == NULL;

	l->url = url;
	if (waits)
		resolve(l);
}

/* --- the socket ----------------------------------------------------------- */

static void
connected(void *arg)
{
	struct redis_link *l = arg;

	l->state = REDIS_LINK_GREETING;
	l->reader = redis_reader_new(REPLY_MAX);
	redis_greeting_put(&l->greeting, redis_socket_buf(&l->socket), l->url,
			   l->conf->sentinel.count > 0);
	redis_socket_wake(&l->socket);
}

static void
greeted(struct redis_link *l)
{
	ev_timer_stop(l->loop, &l->timeout);
	l->state = REDIS_LINK_UP;
	l->handler->up(l->arg);
}

/* An administrator has to act: a password, maxclients, protected mode. */
static bool
lasts(const char *error)
{
	enum redis_error kind = redis_error_kind(error);

	return kind == REDIS_ERROR_NOAUTH || !redis_error_is_temporary(kind);
}

/* Returns NULL, or why the link must fail. */
static const char *
greeting_received(struct redis_link *l, const struct redis_reply *reply)
{
	switch (redis_greeting_reply(&l->greeting, reply)) {
	case REDIS_GREETING_FAILED:
		l->refused = lasts(redis_reply_error(reply));
		return redis_reply_error(reply);
	case REDIS_GREETING_REPLICA:
		return "it is a replica";
	case REDIS_GREETING_DONE:
		greeted(l);
		return NULL;
	default:
		return NULL;
	}
}

static bool
reply_came(void *arg, const struct redis_reply *reply)
{
	struct redis_link *l = arg;
	const char *fault;

	if (redis_reply_is_push(reply))
		fault = "a push that nobody asked for";
	else if (l->state == REDIS_LINK_GREETING)
		fault = greeting_received(l, reply);
	else
		fault = l->handler->received(l->arg, reply);
	if (fault != NULL)
		snprintf(l->fault, sizeof(l->fault), "%s", fault);
	return fault == NULL;
}

static void
received(void *arg, const char *bytes, size_t len)
{
	struct redis_link *l = arg;
	const char *fault = redis_reader_feed(
	    l->reader, (struct text){bytes, len}, reply_came, l);

	if (fault != NULL)
		snprintf(l->fault, sizeof(l->fault), "%s", fault);
	if (l->fault[0] != '\0')
		redis_link_fail(l, l->fault);
}

static void
socket_failed(void *arg, const char *reason)
{
	struct redis_link *l = arg;

	if (l->state == REDIS_LINK_CONNECTING)
		address_failed(l, reason);
	else
		redis_link_fail(l, reason);
}

static void
turn_ends(void *arg)
{
	struct redis_link *l = arg;

	if (l->state == REDIS_LINK_UP)
		l->handler->turn_ends(l->arg);
}

static const struct redis_socket_handler socket_handler = {
    .connected = connected,
    .received = received,
    .failed = socket_failed,
    .turn_ends = turn_ends,
};

struct buf *
redis_link_buf(struct redis_link *l)
{
	return redis_socket_buf(&l->socket);
}

void
redis_link_wake(struct redis_link *l)
{
	redis_socket_wake(&l->socket);
}

void
redis_link_init(struct redis_link *l, struct ev_loop *loop,
		const struct conf *conf,
		const struct redis_link_handler *handler, void *arg)
{
	memset(l, 0, sizeof(*l));
	l->loop = loop;
	l->conf = conf;
	l->handler = handler;
	l->arg = arg;
	l->url = conf->sentinel.count > 0 ? NULL : &conf->redis;
	l->resolver = redis_resolver_new(loop, resolved, l);
	redis_socket_init(&l->socket, loop, &socket_handler, l);
	ev_timer_init(&l->timeout, timed_out, 0., 0.);
	l->timeout.data = l;
}

void
redis_link_free(struct redis_link *l)
{
	close_all(l);
	redis_resolver_free(l->resolver);
	l->resolver = NULL;
}
