/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/history.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"
#include "shared/model/message.h"
#include "shared/model/messages.h"

/* The most that a command can cost; see the header. */
enum {
	COMMAND_BYTES = 4 * 1024 * 1024,
	COMMAND_LEAST = 32, /* messages, or readers fall behind publishers */
	COMMAND_MOST = 1000
};

/* A page that is being read, or waits to be. */
struct history_call {
	struct bus_call call;
	struct slot slot;
	bus_history_fn *fn;
	bool newest_first; /* the order of the replies */
	unsigned int limit;
	unsigned int read;	  /* entries so far, also of other programs */
	unsigned int asked;	  /* entries, by the last command */
	size_t largest;		  /* bytes of data, seen so far */
	struct id last;		  /* entry read */
	struct id through;	  /* as asked for */
	struct messages messages; /* in the order of the replies */
	char channel[CHANNEL_NAME_MAX + 1];
};

/* --- entries -------------------------------------------------------------- */

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

static bool
read_id(struct id *id, const struct redis_reply *entry)
{
	return redis_reply_count(entry) > 0 &&
	       bus_reply_id(id, redis_reply_at(entry, 0));
}

static size_t
room(const struct history_call *call)
{
	return call->messages.bytes < BUS_PAGE_BYTES
		   ? BUS_PAGE_BYTES - call->messages.bytes
		   : 0;
}

/* False: the page has no room for it. */
static bool
add_entry(struct history_call *call, const struct redis_reply *entry)
{
	struct message view = {.channel = text_of(call->channel)}, *m;

	if (!read_entry(&view, entry)) {
		log_error("bad_message",
			  "channel=%s reason=\"not stored by pushcgi\"",
			  call->channel);
		return true;
	}
	if (call->messages.count > 0 && view.data.len > room(call))
		return false;
	if (view.data.len > call->largest)
		call->largest = view.data.len;
	m = message_new(&view);
	messages_add(&call->messages, m);
	message_unref(m);
	return true;
}

/* False: the page ends here. */
static bool
add_entries(struct history_call *call, const struct redis_reply *reply)
{
	size_t count = redis_reply_count(reply), i;
	struct id id;

	for (i = 0; i < count && call->read < call->limit; i++) {
		const struct redis_reply *entry = redis_reply_at(reply, i);

		if (!read_id(&id, entry)) { /* Redis has broken down */
			call->last = call->through;
			return false;
		}
		if (!add_entry(call, entry))
			return false;
		call->last = id;
		call->read++;
	}
	if (count < call->asked) {
		call->last = call->through;
		return false;
	}
	return call->read < call->limit;
}

/* --- the page ------------------------------------------------------------- */

static void
reverse(struct messages *ms)
{
	for (size_t i = 0; i < ms->count / 2; i++) {
		struct message *m = ms->at[i];

		ms->at[i] = ms->at[ms->count - 1 - i];
		ms->at[ms->count - 1 - i] = m;
	}
}

/* Calls the function, and frees. */
static void
finish(struct history_call *call, enum bus_status status)
{
	struct slots *reads = &call->call.bus->reads;
	struct bus_page page = {.status = status};

	if (status == BUS_OK) {
		if (call->newest_first)
			reverse(&call->messages);
		page.messages = call->messages.at;
		page.count = call->messages.count;
		page.end = call->last;
	}
	if (!call->call.cancelled)
		call->fn(call->call.arg, &page);
	messages_clear(&call->messages);
	slots_leave(reads, &call->slot);
	free(call);
}

/* Whatever their sizes turn out to be. */
static size_t
command_max(size_t max_bytes)
{
	size_t count = COMMAND_BYTES / max_bytes;

	if (count < COMMAND_LEAST)
		return COMMAND_LEAST;
	return count < COMMAND_MOST ? count : COMMAND_MOST;
}

/* The entries that the next command asks for; 0: the page has no room. */
static unsigned int
next_count(const struct history_call *call)
{
	size_t max_bytes = call->call.bus->conf->message_max_bytes;
	size_t largest = call->largest > 0 ? call->largest : max_bytes;
	size_t count = room(call) / largest;

	if (call->read == 0 && count == 0)
		count = 1;
	if (count > command_max(max_bytes))
		count = command_max(max_bytes);
	if (count > call->limit - call->read)
		count = call->limit - call->read;
	return (unsigned int)count;
}

static void history_answered(void *arg, const struct redis_reply *reply);

/* False: the connection is down. */
static bool
send_command(struct history_call *call)
{
	struct bus *bus = call->call.bus;
	char key[BUS_KEY_SIZE],
	    beyond[ID_TEXT_SIZE + 1] = "(", through[ID_TEXT_SIZE], count[16];
	const char *forward[] = {"XRANGE", key,	  beyond, through,
				 "COUNT",  count, NULL};
	const char *back[] = {"XREVRANGE", key,	  beyond, "-",
			      "COUNT",	   count, NULL};

	bus_log_key(key, bus->conf, call->channel);
	id_format(beyond + 1, call->last);
	id_format(through, call->through);
	snprintf(count, sizeof(count), "%u", call->asked);
	if (call->newest_first && call->read == 0)
		back[2] = "+";
	return redis_conn_command(bus->commands,
				  call->newest_first ? back : forward,
				  history_answered, call);
}

static void
go_on(struct history_call *call)
{
	call->asked = next_count(call);
	if (call->asked == 0)
		finish(call, BUS_OK);
	else if (!send_command(call))
		finish(call, BUS_DOWN);
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
	if (status == BUS_OK && !call->call.cancelled &&
	    add_entries(call, reply))
		go_on(call);
	else
		finish(call, status);
}

/* --- asking --------------------------------------------------------------- */

static void
begin(void *arg)
{
	struct history_call *call = arg;

	call->call.withdraw = NULL;
	go_on(call);
}

static void
withdraw(struct bus_call *bus_call)
{
	struct history_call *call = (struct history_call *)bus_call;

	slots_leave(&bus_call->bus->reads, &call->slot);
	free(call);
}

static struct bus_call *
ask(const struct history_call *wanted, const struct bus_range *range)
{
	struct bus *bus = wanted->call.bus;
	struct history_call *call;

	if (!redis_conn_is_up(bus->commands))
		return NULL;
	call = xmalloc(sizeof(*call));
	*call = *wanted;
	call->call.withdraw = withdraw;
	call->slot.begin = begin;
	call->slot.arg = call;
	snprintf(call->channel, sizeof(call->channel), "%s", range->channel);
	slots_enter(&bus->reads, &call->slot, range->urgent);
	return &call->call;
}

struct bus_call *
bus_history(struct bus *bus, const struct bus_range *range, bus_history_fn *fn,
	    void *arg)
{
	const struct history_call wanted = {.call = {.bus = bus, .arg = arg},
					    .fn = fn,
					    .limit = range->limit,
					    .largest = range->largest,
					    .last = range->after,
					    .through = range->through};

	return ask(&wanted, range);
}

struct bus_call *
bus_newest(struct bus *bus, const struct bus_range *range, bus_history_fn *fn,
	   void *arg)
{
	const struct history_call wanted = {.call = {.bus = bus, .arg = arg},
					    .fn = fn,
					    .newest_first = true,
					    .limit = range->limit,
					    .largest = range->largest};

	return ask(&wanted, range);
}
