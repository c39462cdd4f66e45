/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/sentinel.h"

#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/base/xalloc.h"
#include "shared/bus/redis_conn.h"
#include "shared/bus/redis_reply.h"
#include "shared/conf/conf.h"

static const double ASK_INTERVAL_S = 0.5;

enum { TIMEOUT_S = 1 };

struct sentinel {
	struct ev_loop *loop;
	struct conf conf; /* with the URL of the one that is asked */
	const struct sentinel_list *list;
	struct redis_url bus_url;
	const struct sentinel_handler *handler;
	void *arg;
	struct redis_conn *conn; /* to the one that is asked */
	size_t index;		 /* of it */
	size_t failures;	 /* of Sentinels since the last answer */
	struct redis_url master; /* host "": not known yet */
	struct ev_timer timer;
	bool asked; /* the answer is to come */
};

/* --- answers -------------------------------------------------------------- */

static void
set_master(struct sentinel *s, struct text host, uint16_t port)
{
	struct redis_url *m = &s->master;

	if (text_is(host, m->host) && port == m->port)
		return;
	*m = s->bus_url;
	snprintf(m->host, sizeof(m->host), "%.*s", (int)host.len, host.bytes);
	m->port = port;
	log_info("redis_master", "address=%s:%u", m->host, m->port);
	s->handler->master(s->arg, m);
}

/* {host, port}. False: it is something else. */
static bool
read_answer(struct sentinel *s, const struct redis_reply *reply)
{
	struct text host, port;
	uint64_t number;

	if (redis_reply_count(reply) != 2)
		return false;
	host = redis_reply_string(redis_reply_at(reply, 0));
	port = redis_reply_string(redis_reply_at(reply, 1));
	if (host.len == 0 || host.len > SENTINEL_HOST_MAX ||
	    !number_parse(&number, port, UINT32_MAX) || number == 0 ||
	    number > UINT16_MAX)
		return false;
	s->failures = 0;
	set_master(s, host, (uint16_t)number);
	return true;
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct sentinel *s = arg;
	const char *error;

	if (reply == NULL)
		return; /* the connection is down */
	error = redis_reply_error(reply);
	s->asked = false;
	if (error != NULL)
		redis_conn_restart(s->conn, error);
	else if (!read_answer(s, reply))
		redis_conn_restart(s->conn, "it does not know bus.master");
}

/* --- questions ------------------------------------------------------------ */

static void
ask(struct sentinel *s)
{
	const char *words[] = {"SENTINEL", "get-master-addr-by-name",
			       s->conf.bus_master, NULL};

	if (redis_conn_command(s->conn, words, answered, s))
		s->asked = true;
}

static void
interval_ended(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct sentinel *s = timer->data;

	(void)loop;
	(void)revents;
	if (!s->asked)
		ask(s);
}

/* --- the connection ------------------------------------------------------- */

/* The next attempt to connect reads the URL again. */
static void
choose(struct sentinel *s, size_t index)
{
	struct redis_url *url = &s->conf.redis;

	s->index = index % s->list->count;
	memset(url, 0, sizeof(*url));
	strcpy(url->host, s->list->at[s->index].host);
	url->port = s->list->at[s->index].port;
	strcpy(url->user, s->list->user);
	strcpy(url->password, s->list->password);
	url->tls = s->bus_url.tls;
}

static void
up(void *arg)
{
	ask(arg);
}

static void
down(void *arg, const char *reason)
{
	struct sentinel *s = arg;

	s->asked = false;
	choose(s, s->index + 1);
	if (++s->failures % s->list->count == 0)
		s->handler->failed(s->arg, reason);
}

static const struct redis_conn_handler conn_handler = {.up = up, .down = down};

struct sentinel *
sentinel_open(struct ev_loop *loop, const struct conf *conf,
	      const struct sentinel_handler *handler, void *arg)
{
	struct sentinel *s = xcalloc(1, sizeof(*s));

	s->loop = loop;
	s->conf = *conf;
	s->conf.sentinel.count = 0; /* a Sentinel has a fixed address */
	s->conf.bus_timeout = TIMEOUT_S;
	s->list = &conf->sentinel;
	s->bus_url = conf->redis;
	s->handler = handler;
	s->arg = arg;
	ev_timer_init(&s->timer, interval_ended, ASK_INTERVAL_S,
		      ASK_INTERVAL_S);
	s->timer.data = s;
	ev_timer_start(loop, &s->timer);
	choose(s, (size_t)rand());
	s->conn = redis_conn_open(loop, &s->conf, "sentinel", &conn_handler, s);
	return s;
}

void
sentinel_close(struct sentinel *s)
{
	if (s == NULL)
		return;
	ev_timer_stop(s->loop, &s->timer);
	redis_conn_close(s->conn);
	free(s);
}
