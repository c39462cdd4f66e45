/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"

struct publish_call {
	struct bus_call call;
	TAILQ_ENTRY(publish_call) waiting; /* of bus->waiting */
	bus_published_fn *fn;
	struct publication publication;
	char texts[]; /* of the publication, each with a NUL */
};

/* --- the reply ------------------------------------------------------------ */

static void
finish(struct publish_call *call, const struct publish_result *result)
{
	if (!call->call.cancelled)
		call->fn(call->call.arg, result);
	free(call);
}

static void
finish_unknown(struct publish_call *call)
{
	finish(call, &(struct publish_result){
			 .status = PUBLISHED_UNKNOWN,
			 .reason = "Redis went down before it answered."});
}

static void
finish_down(struct publish_call *call, const char *why)
{
	char reason[256];

	snprintf(reason, sizeof(reason), "Redis cannot be reached: %s.", why);
	finish(call, &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					      .reason = reason,
					      .temporary = true});
}

/* The script reports an error only before it stores. A client gets its code,
 * the first word; the text may tell too much of Redis. */
static void
finish_refused(struct publish_call *call, const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);
	char reason[128];
	bool temporary = bus_reply_reconnects(call->call.bus->commands, reply);

	temporary = bus_reply_is_temporary(reply) || temporary;
	if (error == NULL)
		error = "";
	if (temporary)
		log_warn("redis_error", "command=EVAL reason=\"%s\"", error);
	else
		bus_reply_status(reply, "EVAL");
	snprintf(reason, sizeof(reason), "Redis refused the message%s (%.*s)%s",
		 temporary ? " for now" : "",
		 (int)strspn(error, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), error,
		 temporary ? "." : "; see the log.");
	finish(call, &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					      .reason = reason,
					      .temporary = temporary});
}

/* {id, processes, seen, error} as publish.lua returns it. False: it is
 * something else, nothing is stored. */
static bool
read_result(struct publish_result *result, const struct publish_call *call,
	    const struct redis_reply *reply)
{
	struct text error;

	if (redis_reply_count(reply) != 4 ||
	    !bus_reply_id(&result->id, redis_reply_at(reply, 0)))
		return false;
	result->status = redis_reply_integer(redis_reply_at(reply, 2)) != 0
			     ? PUBLISHED_SEEN
			     : PUBLISHED_STORED;
	result->processes =
	    (unsigned int)redis_reply_integer(redis_reply_at(reply, 1));
	error = redis_reply_string(redis_reply_at(reply, 3));
	if (error.len > 0)
		log_error("redis_error",
			  "command=EVAL channel=%s reason=\"stored, but not "
			  "fully announced: %s\"",
			  call->publication.channel.bytes, error.bytes);
	return true;
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct publish_call *call = arg;
	struct publish_result result = {.reason = NULL};

	if (reply == NULL)
		finish_unknown(call);
	else if (read_result(&result, call, reply))
		finish(call, &result);
	else
		finish_refused(call, reply);
}

/* --- sending -------------------------------------------------------------- */

/* False: the connection is down. */
static bool
send_now(struct publish_call *call)
{
	const struct publication *p = &call->publication;
	struct bus *bus = call->call.bus;
	const struct conf *conf = bus->conf;
	char log[BUS_KEY_SIZE], tip[BUS_KEY_SIZE], key[BUS_KEY_SIZE];
	char pubsub[BUS_KEY_SIZE], length[16], ttl[16], key_ttl[16];
	const char *keys[] = {log, tip, NULL, NULL};
	const char *args[] = {p->event.bytes, p->data.bytes, length, ttl,
			      pubsub,	      key_ttl,	     NULL};

	bus_log_key(log, conf, p->channel.bytes);
	bus_tip_key(tip, conf, p->channel.bytes);
	bus_pubsub_channel(pubsub, conf, p->channel.bytes);
	snprintf(length, sizeof(length), "%u", conf->history_length);
	snprintf(ttl, sizeof(ttl), "%u", conf->history_ttl);
	snprintf(key_ttl, sizeof(key_ttl), "%u", conf->publish_key_ttl);
	if (p->key.bytes != NULL) {
		bus_idempotency_key(key, conf, p->channel.bytes, p->key.bytes);
		keys[2] = key;
	}
	return script_run(&bus->publish_script,
			  &(struct script_input){keys, args}, answered, call);
}

static void
send_or_wait(struct publish_call *call)
{
	if (!send_now(call))
		TAILQ_INSERT_TAIL(&call->call.bus->waiting, call, waiting);
}

struct bus_call *
bus_publish(struct bus *bus, const struct publication *publication,
	    bus_published_fn *fn, void *arg)
{
	const struct publication *p = publication;
	size_t size =
	    p->channel.len + p->event.len + p->data.len + p->key.len + 4;
	struct publish_call *call = xmalloc(sizeof(*call) + size);
	char *at = call->texts;

	*call = (struct publish_call){
	    .call = {.bus = bus, .arg = arg}, .fn = fn, .publication = *p};
	call->publication.channel = text_copy(&at, p->channel);
	call->publication.event = text_copy(&at, p->event);
	call->publication.data = text_copy(&at, p->data);
	if (p->key.bytes != NULL)
		call->publication.key = text_copy(&at, p->key);
	send_or_wait(call);
	return &call->call;
}

/* --- the connection ------------------------------------------------------- */

/* Moves all that wait to a list of its own: a call may be put back. */
static void
take_waiting(struct bus *bus, struct publish_calls *taken)
{
	TAILQ_INIT(taken);
	TAILQ_CONCAT(taken, &bus->waiting, waiting);
}

void
bus_publish_up(struct bus *bus)
{
	struct publish_calls calls;
	struct publish_call *call;

	script_load(&bus->publish_script);
	take_waiting(bus, &calls);
	while ((call = TAILQ_FIRST(&calls)) != NULL) {
		TAILQ_REMOVE(&calls, call, waiting);
		send_or_wait(call);
	}
}

void
bus_publish_down(struct bus *bus, const char *reason)
{
	struct publish_calls calls;
	struct publish_call *call;

	take_waiting(bus, &calls);
	while ((call = TAILQ_FIRST(&calls)) != NULL) {
		TAILQ_REMOVE(&calls, call, waiting);
		finish_down(call, reason);
	}
}
