/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/probe.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/bus/redis_error.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

static const double LATE_S = 1.;

static void
finish(struct bus *bus, enum bus_probe_result result)
{
	struct probe *probe = &bus->probe;

	if (result == BUS_PROBE_ALIVE)
		probe->proved = clock_unix_ms();
	bus_probe_stop(bus);
	probe->fn(probe->arg, result);
}

/* The connections are read in no order, so the token may arrive before the
 * replies to earlier questions. The reply to PUBLISH comes after those. */
static void
check_done(struct bus *bus)
{
	if (bus->probe.received && bus->probe.answered)
		finish(bus, BUS_PROBE_ALIVE);
}

void
bus_probe_received(struct bus *bus, struct text token)
{
	uint64_t value;

	if (!bus->probe.running || !number_parse(&value, token, UINT64_MAX) ||
	    value != bus->probe.token)
		return;
	bus->probe.received = true;
	check_done(bus);
}

static void
log_forbidden(struct probe *probe, const char *command, const char *error)
{
	if (!probe->forbidden)
		log_error("redis_error",
			  "command=%s pubsub_channel=%s reason=\"%s: it cannot "
			  "be checked that published messages arrive\"",
			  command, probe->channel, error);
	probe->forbidden = true;
}

/* Not now: a script is running, or Redis loads its data. */
static void
token_refused(struct bus *bus)
{
	bool told = !ev_is_active(&bus->probe.late);

	if (told)
		bus_probe_stop(bus);
	else
		finish(bus, BUS_PROBE_LATE);
}

static void
token_published(void *arg, const struct redis_reply *reply)
{
	struct bus *bus = arg;
	struct probe *probe = &bus->probe;
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	if (!probe->running || reply == NULL)
		return;
	if (error != NULL && redis_error_kind(error) == REDIS_ERROR_NOPERM) {
		log_forbidden(probe, "PUBLISH", error);
		finish(bus, BUS_PROBE_FORBIDDEN);
		return;
	}
	if (bus_reply_status(reply, "PUBLISH") != BUS_OK) {
		bus_reply_reconnects(bus->commands, reply);
		token_refused(bus);
		return;
	}
	probe->forbidden = false;
	probe->answered = true;
	/* before, the connection for commands has its own time-out */
	ev_timer_set(&probe->timeout, bus->conf->bus_timeout, 0.);
	ev_timer_start(bus->loop, &probe->timeout);
	check_done(bus);
}

static void
is_late(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus *bus = timer->data;

	(void)loop;
	(void)revents;
	if (bus->probe.running && bus->probe.unsent)
		finish(bus, BUS_PROBE_FORBIDDEN);
	else if (bus->probe.running)
		bus->probe.fn(bus->probe.arg, BUS_PROBE_LATE);
}

static void
timed_out(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus *bus = timer->data;

	(void)loop;
	(void)revents;
	if (!bus->probe.running)
		return;
	log_warn("subscription_lost",
		 "reason=\"published messages do not arrive: reconnecting\"");
	redis_conn_restart(bus->subscription, "subscription lost");
	finish(bus, BUS_PROBE_DEAD);
}

static void
begin(struct bus *bus, bus_probe_fn *fn, void *arg, double late_s)
{
	struct probe *probe = &bus->probe;

	probe->running = true;
	probe->received = probe->answered = probe->unsent = false;
	probe->fn = fn;
	probe->arg = arg;
	ev_timer_set(&probe->late, late_s, 0.);
	ev_timer_start(bus->loop, &probe->late);
}

bool
bus_probe(struct bus *bus, bus_probe_fn *fn, void *arg)
{
	struct probe *probe = &bus->probe;
	char token[24];
	const char *words[] = {"PUBLISH", probe->channel, token, NULL};

	if (probe->running || !bus->commands_up)
		return false;
	if (probe->refused) {
		/* the ACL may have been changed */
		redis_conn_subscribe(bus->subscription, probe->channel);
		begin(bus, fn, arg, 0.);
		probe->unsent = true;
		return true;
	}
	snprintf(token, sizeof(token), "%" PRIu64, probe->token + 1);
	if (!bus->subscribed ||
	    !redis_conn_command(bus->commands, words, token_published, bus))
		return false;
	probe->token++;
	begin(bus, fn, arg, LATE_S);
	return true;
}

uint64_t
bus_probe_proved(const struct bus *bus)
{
	return bus->probe.proved;
}

void
bus_probe_allowed(struct bus *bus)
{
	bus->subscribed = true;
	bus->probe.refused = false;
}

void
bus_probe_refused(struct bus *bus, const char *error)
{
	bus->probe.refused = true;
	log_forbidden(&bus->probe, "SUBSCRIBE", error);
}

void
bus_probe_init(struct bus *bus)
{
	struct probe *probe = &bus->probe;
	uint64_t random = (uint64_t)getpid();

	/* no other process, on any machine, may have the same */
	if (getrandom(&random, sizeof(random), 0) < 0)
		log_warn("random", "reason=\"getrandom failed\"");
	snprintf(probe->channel, sizeof(probe->channel),
		 "%s:%u:process:%" PRIx64, bus->conf->bus_prefix,
		 bus->conf->redis.db, random);
	ev_timer_init(&probe->late, is_late, LATE_S, 0.);
	ev_timer_init(&probe->timeout, timed_out, 1., 0.);
	probe->late.data = probe->timeout.data = bus;
}

void
bus_probe_stop(struct bus *bus)
{
	bus->probe.running = false;
	ev_timer_stop(bus->loop, &bus->probe.late);
	ev_timer_stop(bus->loop, &bus->probe.timeout);
}
