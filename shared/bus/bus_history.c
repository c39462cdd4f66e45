/* SPDX-License-Identifier: MIT */
/*
 * bus_history.c - what the stream of a channel keeps, and its tip.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/bus/bus.h"
#include "shared/bus/bus_private.h"

static void
tip_answered(void *arg, const redisReply *reply)
{
	struct bus_call *call = arg;
	struct id tip = {0, 0};
	enum bus_status status = bus_status_of(reply, "GET");

	bus_check_reply(call->bus, reply);
	if (status == BUS_OK && reply->type != REDIS_REPLY_NIL &&
	    !bus_id_of(&tip, reply))
		status = BUS_REFUSED;
	if (!call->cancelled)
		call->tip(call->arg, status, tip);
	free(call);
}

struct bus_call *
bus_tip(struct bus *bus, const char *channel, bus_tip_fn *fn, void *arg)
{
	struct bus_call *call = bus_call_new(bus, arg);
	char key[BUS_KEY_SIZE];
	const char *argv[] = {"GET", key};
	size_t argv_len[] = {3, bus_key_name(bus, key, channel, "tip")};

	if (call == NULL)
		return NULL;
	call->tip = fn;
	if (redis_conn_command(bus->commands, tip_answered, call, 2, argv,
			       argv_len))
		return call;
	free(call);
	return NULL;
}

/* [id, [p, prev, e, event, d, data]] as the script wrote it; `m`, whose channel
 * is set, becomes a view into it. False: it is something else. */
static bool
read_entry(struct message *m, const redisReply *entry)
{
	const redisReply *fields;

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
	    !bus_id_of(&m->id, entry->element[0]))
		return false;
	fields = entry->element[1];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements != 6 ||
	    !bus_id_of(&m->prev, fields->element[1]) ||
	    fields->element[3]->type != REDIS_REPLY_STRING ||
	    fields->element[5]->type != REDIS_REPLY_STRING)
		return false;
	m->event = fields->element[3]->str;
	m->event_len = fields->element[3]->len;
	m->data = fields->element[5]->str;
	m->data_len = fields->element[5]->len;
	return bus_is_sound(m);
}

/* False: memory ran out. `*count` messages were made. */
static bool
read_entries(const struct bus_call *call, const redisReply *reply,
	     struct message **messages, size_t *count)
{
	struct message m = {.channel = call->channel,
			    .channel_len = strlen(call->channel)};
	size_t n = reply->elements, i;

	for (i = 0; i < n; i++) {
		if (!read_entry(&m,
				reply->element[call->newest ? n - 1 - i : i])) {
			log_error("entry",
				  "channel=%s reason=\"a stream entry that "
				  "push-publish did not write\"",
				  call->channel);
			continue;
		}
		messages[*count] = message_new(&m);
		if (messages[*count] == NULL)
			return false;
		++*count;
	}
	return true;
}

static void
give_history(struct bus_call *call, const redisReply *reply)
{
	struct message **messages =
	    calloc(reply->elements + 1, sizeof(struct message *));
	size_t n = 0;

	if (messages != NULL && read_entries(call, reply, messages, &n))
		call->history(call->arg, BUS_OK, messages, n);
	else /* some, and not all, would look like a gap */
		call->history(call->arg, BUS_DOWN, NULL, 0);
	while (n > 0)
		message_unref(messages[--n]);
	free(messages);
}

static void
history_answered(void *arg, const redisReply *reply)
{
	struct bus_call *call = arg;
	enum bus_status status = bus_status_of(reply, "XRANGE");

	bus_check_reply(call->bus, reply);
	if (status == BUS_OK && reply->type != REDIS_REPLY_ARRAY)
		status = BUS_REFUSED;
	if (!call->cancelled && status == BUS_OK)
		give_history(call, reply);
	else if (!call->cancelled)
		call->history(call->arg, status, NULL, 0);
	free(call->channel);
	free(call);
}

/* Asks for a range of the stream; argv[1] is left for the key. */
static struct bus_call *
ask_range(struct bus_call *call, const char *channel, const char *argv[6])
{
	char key[BUS_KEY_SIZE];
	size_t argv_len[6], i;

	if (call == NULL)
		return NULL;
	bus_key_name(call->bus, key, channel, "log");
	argv[1] = key;
	for (i = 0; i < 6; i++)
		argv_len[i] = strlen(argv[i]);
	call->channel = strdup(channel);
	if (call->channel != NULL &&
	    redis_conn_command(call->bus->commands, history_answered, call, 6,
			       argv, argv_len))
		return call;
	free(call->channel);
	free(call);
	return NULL;
}

struct bus_call *
bus_history(struct bus *bus, const char *channel, struct id after,
	    struct id through, unsigned int most, bus_history_fn *fn, void *arg)
{
	struct bus_call *call = bus_call_new(bus, arg);
	char from[ID_TEXT_SIZE + 1] = "(", to[ID_TEXT_SIZE], count[16];
	const char *argv[] = {"XRANGE", NULL, from, to, "COUNT", count};

	id_format(from + 1, after);
	id_format(to, through);
	snprintf(count, sizeof(count), "%u", most);
	if (call != NULL)
		call->history = fn;
	return ask_range(call, channel, argv);
}

struct bus_call *
bus_newest(struct bus *bus, const char *channel, unsigned int most,
	   bus_history_fn *fn, void *arg)
{
	struct bus_call *call = bus_call_new(bus, arg);
	char count[16];
	const char *argv[] = {"XREVRANGE", NULL, "+", "-", "COUNT", count};

	snprintf(count, sizeof(count), "%u", most);
	if (call != NULL) {
		call->history = fn;
		call->newest = true;
	}
	return ask_range(call, channel, argv);
}
