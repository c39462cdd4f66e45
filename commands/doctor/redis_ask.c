/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/redis_ask.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/xalloc.h"
#include "shared/bus/sentinel.h"
#include "shared/conf/conf.h"

struct redis_ask {
	struct ev_loop *loop;
	const struct conf *conf;
	struct redis_conn *conn;
	struct sentinel *sentinel; /* NULL: not used */
	bool up;
	char *fault; /* while it connects */
	redis_reply_fn *fn;
	void *arg;
};

/* --- the connection ------------------------------------------------------- */

static void
up(void *arg)
{
	struct redis_ask *a = arg;

	a->up = true;
	ev_break(a->loop, EVBREAK_ALL);
}

static void
down(void *arg, const char *reason)
{
	struct redis_ask *a = arg;

	a->up = false;
	if (a->fault != NULL)
		snprintf(a->fault, REDIS_REASON_SIZE, "%s", reason);
	ev_break(a->loop, EVBREAK_ALL);
}

static const struct redis_conn_handler conn_handler = {.up = up, .down = down};

static void
master_named(void *arg, const struct redis_url *url)
{
	struct redis_ask *a = arg;

	redis_conn_set_master(a->conn, url);
}

static void
no_master_named(void *arg, const char *reason)
{
	struct redis_ask *a = arg;

	redis_conn_without_master(a->conn, reason);
}

static const struct sentinel_handler sentinel_handler = {
    .master = master_named,
    .failed = no_master_named,
};

struct redis_ask *
redis_ask_open(const struct conf *conf, char fault[REDIS_REASON_SIZE])
{
	struct redis_ask *a = xcalloc(1, sizeof(*a));

	a->conf = conf;
	a->fault = fault;
	a->loop = ev_loop_new(EVFLAG_AUTO);
	if (a->loop == NULL)
		xalloc_failed();
	a->conn = redis_conn_open(a->loop, conf, "doctor", &conn_handler, a);
	if (conf->sentinel.count > 0)
		a->sentinel =
		    sentinel_open(a->loop, conf, &sentinel_handler, a);
	ev_run(a->loop, 0);
	a->fault = NULL;
	if (a->up)
		return a;
	redis_ask_close(a);
	return NULL;
}

void
redis_ask_close(struct redis_ask *a)
{
	if (a == NULL)
		return;
	sentinel_close(a->sentinel);
	redis_conn_close(a->conn);
	ev_loop_destroy(a->loop);
	free(a);
}

/* --- a question ----------------------------------------------------------- */

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct redis_ask *a = arg;

	a->fn(a->arg, reply);
	a->fn = NULL;
	ev_break(a->loop, EVBREAK_ALL);
}

void
redis_ask(struct redis_ask *a, const char **words, redis_reply_fn *fn,
	  void *arg)
{
	a->fn = fn;
	a->arg = arg;
	if (!redis_conn_command(a->conn, words, answered, a)) {
		fn(arg, NULL);
		return;
	}
	while (a->fn != NULL)
		ev_run(a->loop, 0);
}
