/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/tip.h"

#include <stdlib.h>

#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

struct tip_call {
	struct bus_call call;
	bus_tip_fn *fn;
};

static void
tip_answered(void *arg, const struct redis_reply *reply)
{
	struct tip_call *call = arg;
	struct tip tip = {.cut_count = 0};
	enum bus_status status = bus_reply_status(reply, "EVALSHA");

	bus_reply_reconnects(call->call.bus->commands, reply);
	if (status == BUS_OK && !redis_reply_is_nil(reply) &&
	    !tip_parse(&tip, redis_reply_string(reply)))
		status = BUS_REFUSED;
	if (!call->call.cancelled)
		call->fn(call->call.arg, status, &tip);
	free(call);
}

struct bus_call *
bus_tip(struct bus *bus, const char *channel, bus_tip_fn *fn, void *arg)
{
	struct tip_call *call = xmalloc(sizeof(*call));
	char log[BUS_KEY_SIZE], tip[BUS_KEY_SIZE];
	const char *keys[] = {log, tip, NULL}, *args[] = {NULL};
	const struct script_input input = {.keys = keys, .args = args};

	*call = (struct tip_call){.call = {.bus = bus, .arg = arg}, .fn = fn};
	bus_log_key(log, bus->conf, channel);
	bus_tip_key(tip, bus->conf, channel);
	if (script_run(&bus->tip_script, &input, tip_answered, call))
		return &call->call;
	free(call);
	return NULL;
}
