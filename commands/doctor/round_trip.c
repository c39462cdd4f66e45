/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/round_trip.h"

#include <ev.h>

#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/bus/probe.h"

struct trip {
	struct ev_loop *loop;
	struct bus *bus;
	struct ev_timer again; /* until the subscription is confirmed */
	struct ev_timer end;
	ev_tstamp sent;
	ev_tstamp took; /* s; 0: not yet */
	bool forbidden;
};

static void
returned(void *arg, enum bus_probe_result result)
{
	struct trip *t = arg;

	if (result == BUS_PROBE_LATE)
		return;
	if (result == BUS_PROBE_ALIVE)
		t->took = ev_time() - t->sent;
	t->forbidden = result == BUS_PROBE_FORBIDDEN;
	ev_break(t->loop, EVBREAK_ALL);
}

static void
send_token(struct ev_loop *loop, struct ev_timer *timer, int revents)
{
	struct trip *t = timer->data;

	(void)revents;
	t->sent = ev_time();
	if (bus_probe(t->bus, returned, t))
		ev_timer_stop(loop, timer);
}

static void
give_up(struct ev_loop *loop, struct ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

static void
ignore(void *arg)
{
	(void)arg;
}

static void
ignore_channel(void *arg, const char *channel, size_t len)
{
	(void)arg;
	(void)channel;
	(void)len;
}

static void
ignore_message(void *arg, const struct message *m)
{
	(void)arg;
	(void)m;
}

static const struct bus_handler handler = {
    .up = ignore,
    .down = ignore,
    .subscription_up = ignore,
    .subscription_down = ignore,
    .subscribed = ignore_channel,
    .message = ignore_message,
};

static void
judge(struct doctor *d, const struct trip *t)
{
	const char *user = d->conf->redis.user;

	if (t->took > 0.)
		doctor_ok(d, "What is published arrives, after %.1f ms.",
			  t->took * 1e3);
	else if (t->forbidden) {
		doctor_error(d, "An ACL of Redis forbids to subscribe, or to "
				"publish what proves that the subscription "
				"works. As an administrator of Redis (and in "
				"its ACL file):");
		doctor_remedy(d,
			      "redis-cli ACL SETUSER %s +subscribe "
			      "+unsubscribe +publish '&%s:*'",
			      user[0] != '\0' ? user : "default",
			      d->conf->bus_prefix);
	} else
		doctor_error(d, "What is published does not arrive: Redis was "
				"asked, and nothing came through the "
				"subscription.");
}

void
round_trip(struct doctor *d)
{
	struct trip t = {.loop = ev_loop_new(EVFLAG_AUTO)};

	if (t.loop == NULL)
		xalloc_failed();
	t.bus = bus_open(t.loop, d->conf, &handler, &t);
	ev_timer_init(&t.again, send_token, .001, .01);
	ev_timer_init(&t.end, give_up, d->conf->bus_timeout + 1., 0.);
	t.again.data = &t;
	ev_timer_start(t.loop, &t.again);
	ev_timer_start(t.loop, &t.end);
	ev_run(t.loop, 0);
	bus_close(t.bus);
	judge(d, &t);
	ev_loop_destroy(t.loop);
}
