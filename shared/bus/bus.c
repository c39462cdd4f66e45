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
check_up(struct bus *bus)
{
	bool up = redis_conn_is_up(bus->commands) &&
		  (bus->subscription == NULL || bus->subscribed);

	if (up == bus->up)
		return;
	bus->up = up;
	if (up)
		bus->starting = false;
	if (bus->handler != NULL)
		(up ? bus->handler->up : bus->handler->down)(bus->arg);
}

static void
either_down(struct bus *bus)
{
	bus_probe_stop(bus);
	if (bus->starting) {
		bus->starting = false;
		if (bus->handler != NULL)
			bus->handler->down(bus->arg);
	}
	check_up(bus);
}

static void
commands_up(void *arg)
{
	bus_publish_up(arg);
	check_up(arg);
}

static void
commands_down(void *arg, const char *reason)
{
	struct bus *bus = arg;

	/* both go down, so that nothing is subscribed after handler->up:
	 * hiredis cannot subscribe to a channel twice */
	if (bus->subscription != NULL && redis_conn_is_up(bus->subscription))
		redis_conn_restart(bus->subscription,
				   "the connection for commands is down");
	bus_publish_down(bus, reason);
	either_down(bus);
}

static const struct redis_conn_handler commands_handler = {
    .up = commands_up,
    .down = commands_down,
};

static void
subscription_up(void *arg)
{
	bus_subscription_up(arg);
}

static void
subscription_down(void *arg, const char *reason)
{
	struct bus *bus = arg;

	(void)reason;
	bus->subscribed = false;
	either_down(bus);
}

static void
subscription_received(void *arg, const struct redis_reply *reply)
{
	bus_subscription_received(arg, reply);
	check_up(arg);
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
	TAILQ_INIT(&bus->waiting);
	bus_probe_init(bus);
	bus->commands =
	    redis_conn_open(loop, conf, "commands", &commands_handler, bus);
	script_init(&bus->publish_script, bus->commands, bus_publish_script);
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
	bus_publish_down(bus, "the program is ending");
	free(bus);
}

bool
bus_is_up(const struct bus *bus)
{
	return bus->up;
}

bool
bus_is_starting(const struct bus *bus)
{
	return bus->starting;
}
