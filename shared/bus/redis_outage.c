/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_outage.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/log.h"

static const double STABLE_S = 2.;

static void
log_up(struct redis_outage *o)
{
	log_info("redis_up", "connection=%s", o->name);
	o->logged_down = false;
}

static void
is_stable(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	log_up(timer->data);
}

void
redis_outage_up(struct redis_outage *o)
{
	o->up_at = ev_now(o->loop);
	if (!o->flaps) {
		log_up(o);
		return;
	}
	ev_timer_set(&o->stable, STABLE_S, 0.);
	ev_timer_start(o->loop, &o->stable);
}

bool
redis_outage_down(struct redis_outage *o, const char *reason)
{
	bool was_up = o->up_at > 0.;
	bool was_stable = was_up && ev_now(o->loop) - o->up_at >= STABLE_S;

	if (was_up)
		o->flaps = !was_stable;
	o->up_at = 0.;
	ev_timer_stop(o->loop, &o->stable);
	if (!o->logged_down || strcmp(reason, o->reason) != 0)
		log_warn("redis_down", "connection=%s reason=\"%s\"", o->name,
			 reason);
	o->logged_down = true;
	snprintf(o->reason, sizeof(o->reason), "%s", reason);
	return was_stable;
}

void
redis_outage_init(struct redis_outage *o, struct ev_loop *loop,
		  const char *name)
{
	memset(o, 0, sizeof(*o));
	o->loop = loop;
	o->name = name;
	ev_timer_init(&o->stable, is_stable, STABLE_S, 0.);
	o->stable.data = o;
}

void
redis_outage_stop(struct redis_outage *o)
{
	ev_timer_stop(o->loop, &o->stable);
}
