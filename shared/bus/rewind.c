/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/rewind.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"
#include "shared/conf/conf_channel.h"

struct rewind_call {
	struct bus_call call;
	bus_rewind_fn *fn;
};

static bool
read_what(struct rewind *out, struct text what)
{
	if (text_is(what, "kept"))
		out->what = REWIND_KEPT;
	else if (text_is(what, "expired"))
		out->what = REWIND_EXPIRED;
	else if (text_is(what, "lost"))
		out->what = REWIND_LOST;
	else
		return false;
	return true;
}

/* {tip, what, after} as rewind.lua returns it. */
static bool
read_rewind(struct rewind *out, const struct redis_reply *reply)
{
	return redis_reply_count(reply) == 3 &&
	       tip_parse(&out->tip,
			 redis_reply_string(redis_reply_at(reply, 0))) &&
	       read_what(out, redis_reply_string(redis_reply_at(reply, 1))) &&
	       bus_reply_id(&out->after, redis_reply_at(reply, 2));
}

static void
rewind_answered(void *arg, const struct redis_reply *reply)
{
	struct rewind_call *call = arg;
	struct rewind rewind = {.what = REWIND_KEPT};
	enum bus_status status = bus_reply_status(reply, "EVALSHA");

	/* what a replica says is not told, and what Redis cannot write down
	 * now is asked again */
	if (bus_reply_reconnects(call->call.bus->commands, reply) ||
	    bus_reply_is_temporary(reply))
		status = BUS_DOWN;
	if (status == BUS_OK && !read_rewind(&rewind, reply))
		status = BUS_REFUSED;
	if (!call->call.cancelled)
		call->fn(call->call.arg, status, &rewind);
	free(call);
}

/* As the tip key holds it; '' without one. */
static void
format_fork(char text[2 * ID_TEXT_SIZE], const struct tip_fork *fork)
{
	size_t len;

	text[0] = '\0';
	if (fork->end.ms == 0)
		return;
	len = id_format(text, fork->at);
	text[len++] = ':';
	id_format(text + len, fork->end);
}

struct bus_call *
bus_rewind(struct bus *bus, const struct bus_seen *seen, bus_rewind_fn *fn,
	   void *arg)
{
	struct rewind_call *call = xmalloc(sizeof(*call));
	char log[BUS_KEY_SIZE], tip[BUS_KEY_SIZE], life[16], count[16];
	char server[REDIS_SERVER_SIZE];
	char ids[BUS_SEEN_MAX + TIP_FORKS_MAX][ID_TEXT_SIZE];
	char passed[2 * ID_TEXT_SIZE];
	const char *keys[] = {log, tip, NULL};
	const char *args[BUS_SEEN_MAX + TIP_FORKS_MAX + 5];
	const struct script_input input = {.keys = keys, .args = args};
	const struct channel_conf c =
	    conf_channel(bus->conf, text_of(seen->channel));
	size_t n = 0, i;

	*call =
	    (struct rewind_call){.call = {.bus = bus, .arg = arg}, .fn = fn};
	bus_log_key(log, bus->conf, seen->channel);
	bus_tip_key(tip, bus->conf, seen->channel);
	snprintf(life, sizeof(life), "%u", bus_tip_life(&c));
	snprintf(count, sizeof(count), "%zu", seen->count);
	redis_conn_server(bus->commands, server);
	format_fork(passed, &seen->passed);
	args[n++] = life;
	args[n++] = server;
	args[n++] = passed;
	args[n++] = count;
	for (i = 0; i < seen->count + seen->tip->fork_count; i++) {
		id_format(ids[i], i < seen->count
				      ? seen->ids[i]
				      : seen->tip->forks[i - seen->count].at);
		args[n++] = ids[i];
	}
	args[n] = NULL;
	if (script_run(&bus->rewind_script, &input, rewind_answered, call))
		return &call->call;
	free(call);
	return NULL;
}
