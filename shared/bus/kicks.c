/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/kicks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/redis_error.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

enum { COUNT_SIZE = 24 };

/* --- kicking -------------------------------------------------------------- */

struct kick_call {
	bus_kick_fn *fn;
	void *arg;
};

static void
kick_answered(void *arg, const struct redis_reply *reply)
{
	struct kick_call *call = arg;
	struct bus_kick_result result = {.reason = NULL};

	if (reply == NULL)
		result.reason = "the connection to Redis broke";
	else if (redis_reply_error(reply) != NULL)
		result.reason = redis_reply_error(reply);
	if (redis_reply_count(reply) == 2) {
		result.processes =
		    (unsigned int)redis_reply_integer(redis_reply_at(reply, 0));
		result.dropped =
		    (unsigned int)redis_reply_integer(redis_reply_at(reply, 1));
	} else if (result.reason == NULL) {
		result.reason = "Redis sent an unexpected reply";
	}
	call->fn(call->arg, &result);
	free(call);
}

bool
bus_kick(struct bus *bus, const struct kick *kick, uint64_t ms, bus_kick_fn *fn,
	 void *arg)
{
	struct kick_call *call = xmalloc(sizeof(*call));
	char key[BUS_KEY_SIZE];
	char member[KICK_TEXT_SIZE], time[COUNT_SIZE], most[COUNT_SIZE];
	const char *keys[] = {key, NULL};
	const char *args[] = {member, time, bus->control, most, NULL};
	const struct script_input input = {.keys = keys, .args = args};

	*call = (struct kick_call){.fn = fn, .arg = arg};
	bus_kicks_key(key, bus->conf);
	kick_text(member, kick);
	snprintf(time, sizeof(time), "%" PRIu64, ms);
	snprintf(most, sizeof(most), "%d", KICKS_MAX);
	if (script_run(&bus->kick_script, &input, kick_answered, call))
		return true;
	free(call);
	return false;
}

/* --- who is kicked -------------------------------------------------------- */

void
bus_kicks_listen(struct bus *bus, const struct bus_kicks_handler *handler,
		 void *arg)
{
	bus->kicks_handler = handler;
	bus->kicks_arg = arg;
}

/* An ACL that forbids it is logged once. */
static bool
is_list(struct bus *bus, const struct redis_reply *reply)
{
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;
	bool forbidden =
	    error != NULL && redis_error_kind(error) == REDIS_ERROR_NOPERM;
	bool told = bus->kicks_forbidden;

	bus->kicks_forbidden = forbidden;
	if (forbidden && told)
		return false;
	return bus_reply_status(reply, "ZRANGE") == BUS_OK &&
	       redis_reply_is_array(reply);
}

/* The list may lack what was announced since it was asked for, on the other
 * connection. The answers come in order. */
static bool
is_stale(struct bus *bus)
{
	bool stale = bus->kicks_stale > 0;

	bus->kicks_reads--;
	bus->kicks_stale -= stale;
	return stale;
}

static void
list_answered(void *arg, const struct redis_reply *reply)
{
	struct bus *bus = arg;
	bool stale = is_stale(bus);
	struct bus_kick *list;
	size_t n, count = 0;

	if (!is_list(bus, reply))
		return;
	if (stale) {
		if (bus->kicks_reads == 0)
			bus_kicks_read(bus);
		return;
	}
	n = redis_reply_count(reply) / 2;
	list = xcalloc(n + 1, sizeof(*list));
	for (size_t i = 0; i < n && i < KICKS_MAX; i++) {
		struct bus_kick *k = &list[count];

		if (kick_parse(&k->kick, redis_reply_string(redis_reply_at(
					     reply, 2 * i))) == NULL &&
		    number_parse(
			&k->ms,
			redis_reply_string(redis_reply_at(reply, 2 * i + 1)),
			UINT64_C(1000) * KICK_SECONDS_MAX))
			count++;
	}
	bus->kicks_handler->listed(bus->kicks_arg, list, count);
	free(list);
}

void
bus_kicks_init(struct bus *bus)
{
	script_init(&bus->kick_script, bus->commands, &bus_kick_script);
	script_init(&bus->kicks_script, bus->commands, &bus_kicks_script);
	bus_control_channel(bus->control, bus->conf);
}

void
bus_kicks_read(struct bus *bus)
{
	char key[BUS_KEY_SIZE], most[COUNT_SIZE];
	const char *keys[] = {key, NULL}, *args[] = {most, NULL};
	const struct script_input input = {.keys = keys, .args = args};

	if (bus->kicks_handler == NULL || !bus->commands_up)
		return;
	bus_kicks_key(key, bus->conf);
	snprintf(most, sizeof(most), "%d", KICKS_MAX);
	bus->kicks_reads++;
	/* false: it is down again, and this is called when it is up */
	if (!script_run(&bus->kicks_script, &input, list_answered, bus))
		bus->kicks_reads--;
}

void
bus_kicks_received(struct bus *bus, struct text message)
{
	struct kick kick;
	uint64_t ms;

	if (bus->kicks_handler == NULL ||
	    !kick_parse_announced(&kick, &ms, message))
		return;
	bus->kicks_stale = bus->kicks_reads;
	bus->kicks_handler->kicked(bus->kicks_arg, &kick, ms);
}
