/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/bus.h"

#include <stdlib.h>

#include "shared/base/xalloc.h"
#include "shared/bus/probe.h"
#include "shared/bus/publish.h"
#include "shared/bus/redis_conn.h"
#include "shared/bus/state.h"
#include "shared/bus/subscribe.h"

/* --- up and down ---------------------------------------------------------- */

static void
commands_up(void *arg)
{
	struct bus *bus = arg;

	bus->commands_up = true;
	bus->starting = false;
	script_load(&bus->tip_script);
	script_load(&bus->rewind_script);
	bus_publish_up(bus);
	if (bus->handler != NULL)
		bus->handler->up(bus->arg);
}

static void
commands_down(void *arg, const char *reason)
{
	struct bus *bus = arg;
	bool was_up = bus->commands_up, was_starting = bus->starting;

	bus->commands_up = bus->starting = false;
	bus_probe_stop(bus);
	bus_publish_down(bus, reason);
	if (bus->handler != NULL && (was_up || was_starting))
		bus->handler->down(bus->arg);
}

static const struct redis_conn_handler commands_handler = {
    .up = commands_up,
    .down = commands_down,
};

static void
subscription_up(void *arg)
{
	struct bus *bus = arg;

	bus->subscription_up = true;
	bus_subscription_up(bus);
	bus->handler->subscription_up(bus->arg);
}

static void
subscription_down(void *arg, const char *reason)
{
	struct bus *bus = arg;
	bool was_up = bus->subscription_up;

	(void)reason;
	bus->subscription_up = bus->subscribed = false;
	bus_probe_stop(bus);
	if (was_up)
		bus->handler->subscription_down(bus->arg);
}

static void
subscription_received(void *arg, const struct redis_reply *reply)
{
	bus_subscription_received(arg, reply);
}

static const struct redis_conn_handler subscription_handler = {
    .up = subscription_up,
    .down = subscription_down,
    .received = subscription_received,
};

/* --- open and close ------------------------------------------------------- */

struct bus *
bus_open(struct ev_loop *loop, const struct conf *conf,
	 const struct bus_handler *handler, void *arg)
{
	struct bus *bus = xcalloc(1, sizeof(*bus));
	bool subscribes = handler != NULL && handler->message != NULL;

	bus->loop = loop;
	bus->conf = conf;
	bus->handler = handler;
	bus->arg = arg;
	bus->starting = true;
	bus_probe_init(bus);
	bus->commands =
	    redis_conn_open(loop, conf, "commands", &commands_handler, bus);
	bus_publish_init(bus);
	script_init(&bus->tip_script, bus->commands, bus_tip_script);
	script_init(&bus->rewind_script, bus->commands, bus_rewind_script);
	if (bus->commands != NULL && subscribes)
		bus->subscription = redis_conn_open(loop, conf, "subscription",
						    &subscription_handler, bus);
	if (bus->commands == NULL ||
	    (subscribes && bus->subscription == NULL)) {
		bus_close(bus);
		return NULL;
	}
	return bus;
}

void
bus_close(struct bus *bus)
{
	if (bus == NULL)
		return;
	bus_probe_stop(bus);
	redis_conn_close(bus->subscription);
	redis_conn_close(bus->commands);
	bus_publish_end(bus);
	free(bus);
}

bool
bus_is_up(const struct bus *bus)
{
	return bus->commands_up;
}

bool
bus_is_starting(const struct bus *bus)
{
	return bus->starting;
}
