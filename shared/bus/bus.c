/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"
#include "shared/bus/entries.h"
#include "shared/bus/history.h"
#include "shared/bus/kicks.h"
#include "shared/bus/probe.h"
#include "shared/bus/publish.h"
#include "shared/bus/redis_conn.h"
#include "shared/bus/rights.h"
#include "shared/bus/sentinel.h"
#include "shared/bus/state.h"
#include "shared/bus/subscribe.h"

/* --- up and down ---------------------------------------------------------- */

/* `conn` is up. If the other connection reached another server before a
 * failover, it is remade. "": an ACL forbids to know. */
static void
check_same_server(const struct redis_conn *conn, struct redis_conn *other)
{
	const char *one = redis_conn_run_id(conn), *two;

	if (other == NULL || !redis_conn_is_up(other))
		return;
	two = redis_conn_run_id(other);
	if (one[0] != '\0' && two[0] != '\0' && strcmp(one, two) != 0)
		redis_conn_restart(other, "the other connection has reached "
					  "another server");
}

/* `conn` is up: the others need not wait any longer. */
static void
retry_others(struct bus *bus, const struct redis_conn *conn)
{
	struct redis_conn *all[] = {bus->commands, bus->publisher,
				    bus->subscription};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i] != NULL && all[i] != conn)
			redis_conn_retry(all[i]);
}

static void
commands_up(void *arg)
{
	struct bus *bus = arg;

	bus->commands_up = true;
	bus->starting = false;
	check_same_server(bus->commands, bus->subscription);
	retry_others(bus, bus->commands);
	bus_kicks_read(bus);
	script_renew(&bus->tip_script); /* before a probe, see bus_probe() */
	if (bus->publisher == bus->commands)
		bus_publish_up(bus);
	bus_rights_check(bus);
	if (bus->handler != NULL)
		bus->handler->up(bus->arg);
}

static void
commands_down(void *arg, const char *reason)
{
	struct bus *bus = arg;
	bool was_up = bus->commands_up, was_starting = bus->starting;

	bus->commands_up = bus->starting = false;
	snprintf(bus->fault, sizeof(bus->fault), "%s", reason);
	bus_probe_stop(bus);
	if (bus->publisher == bus->commands)
		bus_publish_down(bus, reason);
	if (bus->handler != NULL && (was_up || was_starting))
		bus->handler->down(bus->arg);
}

static const struct redis_conn_handler commands_handler = {
    .up = commands_up,
    .down = commands_down,
};

static void
publisher_up(void *arg)
{
	struct bus *bus = arg;

	check_same_server(bus->publisher, bus->commands);
	retry_others(bus, bus->publisher);
	bus_publish_up(bus);
}

static void
publisher_down(void *arg, const char *reason)
{
	bus_publish_down(arg, reason);
}

static const struct redis_conn_handler publisher_handler = {
    .up = publisher_up,
    .down = publisher_down,
    .follows = true,
};

static void
subscription_up(void *arg)
{
	struct bus *bus = arg;

	bus->subscription_up = true;
	check_same_server(bus->subscription, bus->commands);
	retry_others(bus, bus->subscription);
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
	bus->probe.refused = false;
	bus_probe_stop(bus);
	if (was_up)
		bus->handler->subscription_down(bus->arg);
}

static void
subscription_received(void *arg, const struct redis_reply *reply)
{
	bus_subscription_received(arg, reply);
}

static void
subscription_refused(void *arg, struct text name, const char *error)
{
	bus_subscription_refused(arg, name, error);
}

static const struct redis_conn_handler subscription_handler = {
    .up = subscription_up,
    .down = subscription_down,
    .received = subscription_received,
    .refused = subscription_refused,
    .follows = true,
};

/* --- Sentinel ------------------------------------------------------------- */

static void
master_named(void *arg, const struct redis_url *url)
{
	struct bus *bus = arg;

	redis_conn_set_master(bus->commands, url);
	if (bus->publisher != bus->commands)
		redis_conn_set_master(bus->publisher, url);
	if (bus->subscription != NULL)
		redis_conn_set_master(bus->subscription, url);
}

static void
no_master_named(void *arg, const char *reason)
{
	struct bus *bus = arg;

	redis_conn_without_master(bus->commands, reason);
	if (bus->publisher != bus->commands)
		redis_conn_without_master(bus->publisher, reason);
	if (bus->subscription != NULL)
		redis_conn_without_master(bus->subscription, reason);
}

static const struct sentinel_handler sentinel_handler = {
    .master = master_named,
    .failed = no_master_named,
};

/* --- open and close ------------------------------------------------------- */

/* WAIT blocks a connection, and its answer takes publish.wait_ms longer. */
static void
open_publisher(struct bus *bus)
{
	struct conf *conf;

	bus->publisher = bus->commands;
	replicas_init(&bus->replicas, bus->loop, bus->conf);
	if (bus->conf->publish_wait_replicas == 0)
		return;
	conf = xmalloc(sizeof(*conf));
	*conf = *bus->conf;
	conf->bus_timeout += (conf->publish_wait_ms + 999) / 1000;
	bus->publisher_conf = conf;
	bus->publisher = redis_conn_open(bus->loop, conf, "publisher",
					 &publisher_handler, bus);
	bus->replicas.conn = bus->publisher;
}

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
	slots_init(&bus->reads, BUS_READS_MAX);
	bus->commands =
	    redis_conn_open(loop, conf, "commands", &commands_handler, bus);
	open_publisher(bus);
	bus_publish_init(bus);
	script_init(&bus->tip_script, bus->commands, &bus_tip_script);
	script_init(&bus->rewind_script, bus->commands, &bus_rewind_script);
	script_init(&bus->presence_script, bus->commands, &bus_presence_script);
	entries_init(bus);
	bus_kicks_init(bus);
	if (subscribes)
		bus->subscription = redis_conn_open(loop, conf, "subscription",
						    &subscription_handler, bus);
	if (conf->sentinel.count > 0)
		bus->sentinel =
		    sentinel_open(loop, conf, &sentinel_handler, bus);
	return bus;
}

void
bus_close(struct bus *bus)
{
	if (bus == NULL)
		return;
	bus_probe_stop(bus);
	sentinel_close(bus->sentinel);
	redis_conn_close(bus->subscription);
	if (bus->publisher != bus->commands)
		redis_conn_close(bus->publisher);
	redis_conn_close(bus->commands);
	replicas_end(&bus->replicas);
	bus_publish_end(bus);
	free(bus->publisher_conf);
	free(bus);
}

bool
bus_is_up(const struct bus *bus)
{
	return bus->commands_up;
}

bool
bus_is_subscribed(const struct bus *bus)
{
	return bus->subscription_up && bus->subscribed;
}

const char *
bus_fault(const struct bus *bus)
{
	return bus->fault;
}

bool
bus_is_starting(const struct bus *bus)
{
	return bus->starting;
}
