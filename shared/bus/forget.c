/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/forget.h"

#include <stdlib.h>

#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

struct forget_call {
	struct bus_call call;
	bus_forgotten_fn *fn;
	char keys[][BUS_KEY_SIZE];
};

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct forget_call *call = arg;
	enum bus_status status = bus_reply_status(reply, "UNLINK");

	if (!call->call.cancelled)
		call->fn(call->call.arg, status);
	free(call);
}

struct bus_call *
bus_forget(struct bus *bus, const char *channel, const char *const *keys,
	   size_t count, bus_forgotten_fn *fn, void *arg)
{
	struct forget_call *call =
	    xmalloc(sizeof(*call) + count * sizeof(call->keys[0]));
	const char *words[1 + BUS_FORGET_MAX + 1] = {"UNLINK"};

	call->call = (struct bus_call){.bus = bus, .arg = arg};
	call->fn = fn;
	for (size_t i = 0; i < count; i++) {
		bus_idempotency_key(call->keys[i], bus->conf, channel, keys[i]);
		words[i + 1] = call->keys[i];
	}
	words[count + 1] = NULL;
	if (redis_conn_command(bus->commands, words, answered, call))
		return &call->call;
	free(call);
	return NULL;
}
