/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-retry.h"

#include <stdio.h>

static const double LONGEST_S = 2.;

static void
timed_out(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct push_publish_retry *r = timer->data;

	(void)loop;
	(void)revents;
	r->fn(r->arg);
}

void
push_publish_retry_init(struct push_publish_retry *r)
{
	ev_timer_init(&r->timer, timed_out, 0., 0.);
	r->timer.data = r;
}

void
push_publish_retry_begin(struct push_publish_retry *r)
{
	ev_now_update(r->command->loop);
	r->began = ev_now(r->command->loop);
	r->backoff = (struct backoff){0};
	r->unknown = false;
	r->reason[0] = '\0';
}

/* Afterwards Redis may have forgotten the key, and a message that is already
 * stored would be stored again. */
static bool
is_key_safe(const struct push_publish_retry *r, double age)
{
	return age < r->command->conf.publish_key_ttl / 2.;
}

bool
push_publish_retry_later(struct push_publish_retry *r,
			 const struct publish_result *result)
{
	struct ev_loop *loop = r->command->loop;
	double age = ev_now(loop) - r->began, delay;

	snprintf(r->reason, sizeof(r->reason), "%s", result->reason);
	if (result->status == PUBLISHED_UNKNOWN)
		r->unknown = true;
	else if (!result->temporary)
		return false;
	if (age >= r->limit || (r->unknown && !is_key_safe(r, age)))
		return false;
	delay = backoff_delay(&r->backoff, LONGEST_S);
	if (delay > r->limit - age)
		delay = r->limit - age;
	ev_timer_set(&r->timer, delay, 0.);
	ev_timer_start(loop, &r->timer);
	return true;
}

bool
push_publish_retry_failed(const struct push_publish_retry *r)
{
	return r->reason[0] != '\0';
}

/* --- Redis ---------------------------------------------------------------- */

static void
up(void *arg)
{
	struct push_publish_retry *r = arg;

	if (!ev_is_active(&r->timer))
		return;
	ev_timer_stop(r->command->loop, &r->timer);
	r->fn(r->arg);
}

static void
down(void *arg)
{
	(void)arg;
}

const struct bus_handler push_publish_retry_handler = {.up = up, .down = down};

/* --- the end -------------------------------------------------------------- */

enum push_publish_exit
push_publish_retry_status(const struct push_publish_retry *r)
{
	return r->unknown ? PUSH_PUBLISH_UNKNOWN : PUSH_PUBLISH_NOT_STORED;
}
