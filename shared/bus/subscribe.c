/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/subscribe.h"

#include <string.h>

#include "shared/base/log.h"
#include "shared/bus/keys.h"
#include "shared/bus/kicks.h"
#include "shared/bus/probe.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

void
bus_subscribe(struct bus *bus, const char *channel)
{
	char name[BUS_KEY_SIZE];

	bus_pubsub_channel(name, bus->conf, channel);
	redis_conn_subscribe(bus->subscription, name);
}

void
bus_unsubscribe(struct bus *bus, const char *channel)
{
	char name[BUS_KEY_SIZE];

	bus_pubsub_channel(name, bus->conf, channel);
	redis_conn_unsubscribe(bus->subscription, name);
}

void
bus_subscription_up(struct bus *bus)
{
	bus->refused = false;
	redis_conn_subscribe(bus->subscription, bus->probe.channel);
	if (bus->kicks_handler != NULL)
		redis_conn_subscribe(bus->subscription, bus->control);
}

static void
message_received(struct bus *bus, struct text name, struct text message)
{
	struct message m = {.refs = 0};
	struct text channel;

	if (text_is(name, bus->probe.channel)) {
		bus_probe_received(bus, message);
		return;
	}
	if (text_is(name, bus->control)) {
		bus_kicks_received(bus, message);
		return;
	}
	if (message.bytes == NULL || !bus_channel_of_pubsub(&channel, name))
		return;
	if (bus_is_presence(bus->conf, name)) {
		bus->handler->presence(bus->arg, channel, message);
		return;
	}
	m.channel = channel;
	if (message_parse(&m, message) && bus_message_is_valid(&m))
		bus->handler->message(bus->arg, &m);
	else
		log_error("bad_message",
			  "pubsub_channel=%s reason=\"not announced by "
			  "pushcgi\"",
			  name.bytes);
}

static void
subscribe_confirmed(struct bus *bus, struct text name)
{
	struct text channel;

	if (text_is(name, bus->probe.channel))
		bus_probe_allowed(bus);
	else if (text_is(name, bus->control))
		bus_kicks_read(bus); /* what was announced before */
	else if (!bus_channel_of_pubsub(&channel, name))
		return;
	else if (bus_is_presence(bus->conf, name))
		bus->handler->presence_subscribed(bus->arg, channel);
	else
		bus->handler->subscribed(bus->arg, channel.bytes, channel.len);
}

/* [kind, name, message or count] */
void
bus_subscription_received(struct bus *bus, const struct redis_reply *reply)
{
	struct text kind = redis_reply_string(redis_reply_at(reply, 0));
	struct text name = redis_reply_string(redis_reply_at(reply, 1));
	if (text_is(kind, "message"))
		message_received(bus, name,
				 redis_reply_string(redis_reply_at(reply, 2)));
	else if (text_is(kind, "subscribe"))
		subscribe_confirmed(bus, name);
}

void
bus_subscription_refused(struct bus *bus, struct text name, const char *error)
{
	if (text_is(name, bus->probe.channel)) {
		bus_probe_refused(bus, error);
		return;
	}
	if (!bus->refused)
		log_error("redis_error",
			  "command=SUBSCRIBE pubsub_channel=%s reason=\"%s\"",
			  name.bytes, error);
	bus->refused = true;
}
