/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/replicas.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/xalloc.h"
#include "shared/bus/redis_conn.h"
#include "shared/bus/reply.h"
#include "shared/conf/conf_print.h"

enum { REASON_SIZE = 128 };

struct held_result {
	TAILQ_ENTRY(held_result) link;
	struct publish_result result;
	replicas_fn *fn;
	void *arg;
};

/* One WAIT. */
struct replicas_wait {
	struct replicas *replicas;
	struct held_results held;
};

/* `reason` NULL: they count. */
static void
finish_all(struct held_results *held, const char *reason, bool few_replicas,
	   unsigned int replicated)
{
	struct held_result *h;

	while ((h = TAILQ_FIRST(held)) != NULL) {
		TAILQ_REMOVE(held, h, link);
		if (reason != NULL) {
			h->result.status = PUBLISHED_UNKNOWN;
			h->result.reason = reason;
			h->result.few_replicas = few_replicas;
			h->result.replicated = replicated;
		}
		h->fn(h->arg, &h->result);
		free(h);
	}
}

static void
count_answered(struct replicas_wait *wait, long long count)
{
	unsigned int want = wait->replicas->conf->publish_wait_replicas;
	char reason[REASON_SIZE];

	snprintf(reason, sizeof(reason),
		 "The master has stored it, but only %lld of %u replicas have "
		 "(\"replicated\":%lld).",
		 count, want, count);
	finish_all(&wait->held, count < want ? reason : NULL, true,
		   (unsigned int)count);
}

/* The connection went down. */
static void
finish_lost(struct replicas_wait *wait)
{
	char reason[CONF_REDIS_REASON];

	conf_say_redis(reason, wait->replicas->conf, "Redis (",
		       ") went down before its replicas had it.");
	finish_all(&wait->held, reason, false, 0);
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct replicas_wait *wait = arg;

	if (reply == NULL)
		finish_lost(wait);
	else if (redis_reply_error(reply) != NULL) {
		bus_reply_reconnects(wait->replicas->conn, reply);
		bus_reply_status(reply, "WAIT");
		finish_all(&wait->held, "Redis refused WAIT; see the log.",
			   false, 0);
	} else
		count_answered(wait, redis_reply_integer(reply));
	free(wait);
}

static void
send_wait(struct replicas *r)
{
	struct replicas_wait *wait = xmalloc(sizeof(*wait));
	char count[16], timeout[16];
	const char *words[] = {"WAIT", count, timeout, NULL};

	snprintf(count, sizeof(count), "%u", r->conf->publish_wait_replicas);
	snprintf(timeout, sizeof(timeout), "%u", r->conf->publish_wait_ms);
	wait->replicas = r;
	TAILQ_INIT(&wait->held);
	TAILQ_CONCAT(&wait->held, &r->held, link);
	if (!redis_conn_command(r->conn, words, answered, wait))
		answered(wait, NULL);
}

static void
turn_ended(struct ev_loop *loop, ev_prepare *turn_end, int revents)
{
	(void)revents;
	ev_prepare_stop(loop, turn_end);
	send_wait(turn_end->data);
}

void
replicas_hold(struct replicas *r, const struct publish_result *result,
	      replicas_fn *fn, void *arg)
{
	struct held_result *h = xmalloc(sizeof(*h));

	*h = (struct held_result){.result = *result, .fn = fn, .arg = arg};
	TAILQ_INSERT_TAIL(&r->held, h, link);
	ev_prepare_start(r->loop, &r->turn_end);
}

void
replicas_init(struct replicas *r, struct ev_loop *loop, const struct conf *conf)
{
	*r = (struct replicas){.loop = loop, .conf = conf};
	TAILQ_INIT(&r->held);
	ev_prepare_init(&r->turn_end, turn_ended);
	r->turn_end.data = r;
}

void
replicas_end(struct replicas *r)
{
	ev_prepare_stop(r->loop, &r->turn_end);
	finish_all(&r->held, "The program is ending.", false, 0);
}
