/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/history.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"
#include "shared/model/message.h"

struct history_call {
	struct bus_call call;
	bus_history_fn *fn;
	bool newest_first; /* the order of the reply */
	struct id through; /* as asked for */
	unsigned int limit;
	char channel[CHANNEL_NAME_MAX + 1];
};

/* --- messages ------------------------------------------------------------- */

/* Reads [id, [p, prev, e, event, d, data]], as publish.lua stores it, into `m`,
 * whose channel is set. False: it is something else. */
static bool
read_entry(struct message *m, const struct redis_reply *entry)
{
	const struct redis_reply *fields;
	struct text event, data;

	if (redis_reply_count(entry) != 2 ||
	    !bus_reply_id(&m->id, redis_reply_at(entry, 0)))
		return false;
	fields = redis_reply_at(entry, 1);
	if (redis_reply_count(fields) != 6 ||
	    !bus_reply_id(&m->prev, redis_reply_at(fields, 1)))
		return false;
	event = redis_reply_string(redis_reply_at(fields, 3));
	data = redis_reply_string(redis_reply_at(fields, 5));
	if (event.bytes == NULL || data.bytes == NULL)
		return false;
	m->event = event;
	m->data = data;
	return bus_message_is_valid(m);
}

/* Returns the number of messages made. */
static size_t
read_entries(struct message **messages, const struct history_call *call,
	     const struct redis_reply *reply)
{
	struct message m = {.channel = text_of(call->channel)};
	size_t entries = redis_reply_count(reply), n = 0, i, at;

	for (i = 0; i < entries; i++) {
		at = call->newest_first ? entries - 1 - i : i;
		if (read_entry(&m, redis_reply_at(reply, at)))
			messages[n++] = message_new(&m);
		else
			log_error("bad_message",
				  "channel=%s reason=\"not stored by "
				  "pushcgi\"",
				  call->channel);
	}
	return n;
}

/* The id up to which the page holds all that is kept. */
static struct id
end_of_page(const struct history_call *call, const struct redis_reply *reply)
{
	size_t count = redis_reply_count(reply);
	const struct redis_reply *last;
	struct id id;

	if (count < call->limit)
		return call->through;
	last = redis_reply_at(reply, count - 1);
	if (redis_reply_count(last) == 0 ||
	    !bus_reply_id(&id, redis_reply_at(last, 0)))
		return call->through;
	return id;
}

static void
give_page(const struct history_call *call, const struct redis_reply *reply)
{
	struct message **messages =
	    xcalloc(redis_reply_count(reply) + 1, sizeof(struct message *));
	struct bus_page page = {.status = BUS_OK,
				.messages = messages,
				.count = read_entries(messages, call, reply),
				.end = end_of_page(call, reply)};
	size_t i;

	call->fn(call->call.arg, &page);
	for (i = 0; i < page.count; i++)
		message_unref(messages[i]);
	free(messages);
}

static void
history_answered(void *arg, const struct redis_reply *reply)
{
	struct history_call *call = arg;
	enum bus_status status = bus_reply_status(
	    reply, call->newest_first ? "XREVRANGE" : "XRANGE");

	bus_reply_reconnects(call->call.bus->commands, reply);
	if (status == BUS_OK && !redis_reply_is_array(reply))
		status = BUS_REFUSED;
	if (!call->call.cancelled && status == BUS_OK)
		give_page(call, reply);
	else if (!call->call.cancelled)
		call->fn(call->call.arg, &(struct bus_page){.status = status});
	free(call);
}

/* Sends `words`, of which words[1] is left for the key. */
static struct bus_call *
ask(struct history_call *call, const char *channel, const char **words)
{
	struct bus *bus = call->call.bus;
	char key[BUS_KEY_SIZE];

	snprintf(call->channel, sizeof(call->channel), "%s", channel);
	bus_log_key(key, bus->conf, channel);
	words[1] = key;
	if (redis_conn_command(bus->commands, words, history_answered, call))
		return &call->call;
	free(call);
	return NULL;
}

struct bus_call *
bus_history(struct bus *bus, const struct bus_range *range, bus_history_fn *fn,
	    void *arg)
{
	struct history_call *call = xmalloc(sizeof(*call));
	char from[ID_TEXT_SIZE + 1] = "(", to[ID_TEXT_SIZE], count[16];
	const char *words[] = {"XRANGE", NULL, from, to, "COUNT", count, NULL};

	*call = (struct history_call){.call = {.bus = bus, .arg = arg},
				      .fn = fn,
				      .through = range->through,
				      .limit = range->limit};
	id_format(from + 1, range->after);
	id_format(to, range->through);
	snprintf(count, sizeof(count), "%u", range->limit);
	return ask(call, range->channel, words);
}

struct bus_call *
bus_newest(struct bus *bus, const char *channel, unsigned int limit,
	   bus_history_fn *fn, void *arg)
{
	struct history_call *call = xmalloc(sizeof(*call));
	char count[16];
	const char *words[] = {"XREVRANGE", NULL,  "+", "-",
			       "COUNT",	    count, NULL};

	*call = (struct history_call){.call = {.bus = bus, .arg = arg},
				      .fn = fn,
				      .newest_first = true,
				      .limit = UINT_MAX};
	snprintf(count, sizeof(count), "%u", limit);
	return ask(call, channel, words);
}
