/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/subscribe.h"

#include <string.h>

#include "shared/base/log.h"
#include "shared/bus/keys.h"
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
	redis_conn_subscribe(bus->subscription, bus->probe.channel);
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
	if (message.bytes == NULL || !bus_channel_of_pubsub(&channel, name))
		return;
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
		bus->subscribed = true;
	else if (bus_channel_of_pubsub(&channel, name))
		bus->handler->subscribed(bus->arg, channel.bytes, channel.len);
}

/* [kind, name, message or count] */
void
bus_subscription_received(struct bus *bus, const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);
	struct text kind, name;

	if (error != NULL)
		redis_conn_restart(bus->subscription, error);
	if (redis_reply_count(reply) != 3)
		return;
	kind = redis_reply_string(redis_reply_at(reply, 0));
	name = redis_reply_string(redis_reply_at(reply, 1));
	if (text_is(kind, "message"))
		message_received(bus, name,
				 redis_reply_string(redis_reply_at(reply, 2)));
	else if (text_is(kind, "subscribe"))
		subscribe_confirmed(bus, name);
}
