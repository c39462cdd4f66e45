/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/rights.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/bus/keys.h"
#include "shared/bus/redis_error.h"
#include "shared/bus/state.h"
#include "shared/conf/conf_channel.h"

enum { COMMANDS_SIZE = 256 };

/* Channels have names of 1 byte or more, so these keys are nobody's. */
static const char NO_CHANNEL[] = "";

static void
say(struct bus *bus, const char *commands)
{
	const char *user = bus->conf->redis.user;

	if (commands[0] != '\0' && !bus->rights_said)
		log_error("redis_rights",
			  "user=%s commands=\"%s\" reason=\"an ACL of Redis "
			  "forbids these commands or the keys of bus.prefix, "
			  "see doc/redis.md\"",
			  user[0] != '\0' ? user : "default", commands);
	bus->rights_said = commands[0] != '\0';
}

/* Other errors, such as those of a replica, are not about rights. */
static bool
is_forbidden(const char *error)
{
	return redis_error_kind(error) == REDIS_ERROR_NOPERM;
}

static void
add(char commands[COMMANDS_SIZE], const char *command)
{
	size_t at = strlen(commands);

	snprintf(commands + at, COMMANDS_SIZE - at, "%s%s", at > 0 ? " " : "",
		 command);
}

static void
add_forbidden(char commands[COMMANDS_SIZE], const struct redis_reply *failed)
{
	struct text command, error;

	if (redis_reply_count(failed) != 2)
		return;
	command = redis_reply_string(redis_reply_at(failed, 0));
	error = redis_reply_string(redis_reply_at(failed, 1));
	if (command.bytes == NULL || error.bytes == NULL ||
	    !is_forbidden(error.bytes))
		return;
	add(commands, command.bytes);
}

static void
wait_answered(void *arg, const struct redis_reply *reply)
{
	struct bus *bus = arg;
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	bus->wait_forbidden = error != NULL && is_forbidden(error);
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct bus *bus = arg;
	char commands[COMMANDS_SIZE] = "";

	if (reply == NULL)
		return;
	if (redis_reply_error(reply) != NULL) {
		if (!is_forbidden(redis_reply_error(reply)))
			return;
		add(commands, "EVAL");
	}
	for (size_t i = 0; i < redis_reply_count(reply); i++)
		add_forbidden(commands, redis_reply_at(reply, i));
	if (bus->wait_forbidden)
		add(commands, "WAIT");
	say(bus, commands);
}

static bool
retains(const struct conf *conf)
{
	for (size_t i = 0; i < conf->channel_section_count; i++)
		if (conf->channel_sections[i].conf.retain == RETAIN_LAST)
			return true;
	return false;
}

static bool
tells_presence(const struct bus *bus)
{
	return bus->subscription != NULL && conf_has_presence(bus->conf);
}

void
bus_rights_to_publish(struct bus *bus)
{
	if (bus->publishes)
		return;
	bus->publishes = true;
	if (bus->commands_up)
		bus_rights_check(bus);
}

void
bus_rights_command(struct bus_rights_command *out, const struct conf *conf,
		   bool publishes, bool tells_presence)
{
	enum { LOG, TIP, KEY, LEASES, HELD, PUBSUB };
	const char *words[] = {
	    "EVAL",
	    bus_rights_script.text,
	    "5",
	    out->names[LOG],
	    out->names[TIP],
	    out->names[KEY],
	    out->names[LEASES],
	    out->names[HELD],
	    out->names[PUBSUB],
	    retains(conf) ? "1" : "",
	    tells_presence ? "1" : "",
	    NULL,
	};

	_Static_assert(sizeof(words) == sizeof(out->words), "all words");
	memcpy(out->words, words, sizeof(words));
	bus_log_key(out->names[LOG], conf, NO_CHANNEL);
	bus_tip_key(out->names[TIP], conf, NO_CHANNEL);
	bus_idempotency_key(out->names[KEY], conf, NO_CHANNEL, "");
	bus_presence_key(out->names[LEASES], conf, NO_CHANNEL);
	bus_held_key(out->names[HELD], conf, NO_CHANNEL);
	out->names[PUBSUB][0] = '\0';
	if (publishes)
		bus_pubsub_channel(out->names[PUBSUB], conf, NO_CHANNEL);
}

void
bus_rights_check(struct bus *bus)
{
	struct bus_rights_command command;
	/* it waits for no replica; a script may not run it */
	const char *wait[] = {"WAIT", "0", "1", NULL};

	if (!bus->publishes && bus->subscription == NULL)
		return;
	bus_rights_command(&command, bus->conf, bus->publishes,
			   tells_presence(bus));
	bus->wait_forbidden = false;
	/* false: it is down again, and this is called when it is up */
	if (bus->publishes && bus->conf->publish_wait_replicas > 0 &&
	    !redis_conn_command(bus->commands, wait, wait_answered, bus))
		return;
	if (!redis_conn_command(bus->commands, command.words, answered, bus))
		return;
}
