/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/probe.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

/* The connections are read in no order, so the token may arrive before the
 * replies to earlier questions. The reply to PUBLISH comes after those. */
static void
check_done(struct bus *bus)
{
	struct probe *probe = &bus->probe;

	if (!probe->received || !probe->answered)
		return;
	bus_probe_stop(bus);
	probe->done(probe->arg);
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
token_published(void *arg, const struct redis_reply *reply)
{
	struct bus *bus = arg;

	/* after an error, such as a missing right, the token does not arrive:
	 * the log tells why the connections are remade again and again */
	if (bus_reply_status(reply, "PUBLISH") != BUS_OK || !bus->probe.running)
		return;
	bus->probe.answered = true;
	check_done(bus);
}

static void
timed_out(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus *bus = timer->data;

	(void)loop;
	(void)revents;
	if (!bus->probe.running)
		return;
	bus->probe.running = false;
	log_warn("subscription_lost",
		 "reason=\"published messages do not arrive: reconnecting\"");
	redis_conn_restart(bus->commands, "subscription lost");
	redis_conn_restart(bus->subscription, "subscription lost");
}

void
bus_probe(struct bus *bus, void (*fn)(void *arg), void *arg)
{
	struct probe *probe = &bus->probe;
	char token[24];
	const char *words[] = {"PUBLISH", probe->channel, token, NULL};

	snprintf(token, sizeof(token), "%" PRIu64, probe->token + 1);
	if (!bus->up || probe->running ||
	    !redis_conn_command(bus->commands, words, token_published, bus))
		return;
	probe->token++;
	probe->running = true;
	probe->received = probe->answered = false;
	probe->done = fn;
	probe->arg = arg;
	ev_timer_set(&probe->timeout, bus->conf->bus_timeout, 0.);
	ev_timer_start(bus->loop, &probe->timeout);
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
	ev_timer_init(&probe->timeout, timed_out, 1., 0.);
	probe->timeout.data = bus;
}

void
bus_probe_stop(struct bus *bus)
{
	bus->probe.running = false;
	ev_timer_stop(bus->loop, &bus->probe.timeout);
}
