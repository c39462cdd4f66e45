/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/presence.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

enum { AGAIN_MAX_MS = 1000, MEMBERS_MAX = 8 << 20 /* bytes */ };

struct presence_call {
	struct bus_call call;
	bus_presence_fn *fn;
};

/* --- the answer ----------------------------------------------------------- */

/* {text, again} as presence.lua returns it. */
static bool
read_answer(struct bus_presence_answer *out, const struct redis_reply *reply)
{
	long long again;

	if (redis_reply_count(reply) != 2)
		return false;
	out->text = redis_reply_string(redis_reply_at(reply, 0));
	again = redis_reply_integer(redis_reply_at(reply, 1));
	out->again_ms = again < 0	       ? 0
			: again > AGAIN_MAX_MS ? AGAIN_MAX_MS
					       : (unsigned int)again;
	return out->text.bytes != NULL;
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct presence_call *call = arg;
	struct bus_presence_answer answer = {.again_ms = 0};

	answer.status = bus_reply_status(reply, "EVALSHA");
	if (bus_reply_reconnects(call->call.bus->commands, reply) ||
	    bus_reply_is_temporary(reply))
		answer.status = BUS_DOWN;
	if (answer.status == BUS_OK && !read_answer(&answer, reply))
		answer.status = BUS_REFUSED;
	if (!call->call.cancelled)
		call->fn(call->call.arg, &answer);
	free(call);
}

/* --- the question --------------------------------------------------------- */

/* The words of all visits as texts in `memory`, each with a NUL. */
static void
put_visits(struct buf *memory, const struct bus_presence *p)
{
	for (size_t i = 0; i < p->visit_count; i++) {
		const struct bus_presence_visit *v = &p->visits[i];

		if (v->ms > 0)
			buf_put_u64(memory, v->ms);
		buf_putc(memory, '\0');
		buf_putc(memory, 'c');
		buf_puts(memory, v->id);
		if (v->user != NULL) {
			buf_putc(memory, ' ');
			buf_puts(memory, v->user);
		}
		buf_putc(memory, '\0');
	}
}

/* The list of words: `fixed`, those in `memory`, NULL. Free with free(). */
static const char **
make_args(const char *const *fixed, size_t count, const struct buf *memory,
	  size_t in_memory)
{
	const char **args = xcalloc(count + in_memory + 1, sizeof(*args));
	const char *at = memory->bytes;
	size_t i;

	for (i = 0; i < count; i++)
		args[i] = fixed[i];
	for (; i < count + in_memory; i++) {
		args[i] = at;
		while (*at++ != '\0')
			;
	}
	return args;
}

static bool
ask(struct bus *bus, const struct bus_presence *p, struct presence_call *call)
{
	char leases[BUS_KEY_SIZE], held[BUS_KEY_SIZE], unnamed[BUS_KEY_SIZE];
	char pubsub[BUS_KEY_SIZE];
	char lease[16];
	const char *keys[] = {leases, held, unnamed, NULL};
	const char *fixed[] = {p->process, lease, p->own, pubsub,
			       p->list ? "list" : "count"};
	enum { FIXED = sizeof(fixed) / sizeof(fixed[0]) };
	struct script_input input = {.keys = keys};
	const char **args;
	struct buf memory;
	bool sent;

	bus_presence_key(leases, bus->conf, p->channel);
	bus_held_key(held, bus->conf, p->channel);
	bus_unnamed_key(unnamed, bus->conf, p->channel);
	bus_presence_pubsub(pubsub, bus->conf, p->channel);
	snprintf(lease, sizeof(lease), "%u", p->lease_ms);
	buf_init(&memory, MEMBERS_MAX);
	put_visits(&memory, p);
	args = make_args(fixed, FIXED, &memory,
			 buf_ok(&memory) ? 2 * p->visit_count : 0);
	input.args = args;
	sent = script_run(&bus->presence_script, &input, answered, call);
	free(args);
	buf_free(&memory);
	return sent;
}

struct bus_call *
bus_presence(struct bus *bus, const struct bus_presence *p, bus_presence_fn *fn,
	     void *arg)
{
	struct presence_call *call = xmalloc(sizeof(*call));

	*call =
	    (struct presence_call){.call = {.bus = bus, .arg = arg}, .fn = fn};
	if (ask(bus, p, call))
		return &call->call;
	free(call);
	return NULL;
}

/* --- the subscription ----------------------------------------------------- */

void
bus_presence_subscribe(struct bus *bus, const char *channel)
{
	char name[BUS_KEY_SIZE];

	bus_presence_pubsub(name, bus->conf, channel);
	redis_conn_subscribe(bus->subscription, name);
}

void
bus_presence_unsubscribe(struct bus *bus, const char *channel)
{
	char name[BUS_KEY_SIZE];

	bus_presence_pubsub(name, bus->conf, channel);
	redis_conn_unsubscribe(bus->subscription, name);
}
