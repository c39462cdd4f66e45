/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/publish.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/publish_words.h"
#include "shared/bus/redis_error.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"
#include "shared/conf/conf_print.h"

struct publish_call {
	struct bus_call call;
	TAILQ_ENTRY(publish_call) link; /* of its channel or batch */
	bus_published_fn *fn;
	struct publication publication;
	char texts[]; /* of the publication, each with a NUL */
};

/* What one call of the script takes: messages of one channel. */
struct batch {
	struct bus *bus;
	struct publish_channel *channel;
	struct publish_calls calls; /* in order */
	size_t count;
	char server[REDIS_SERVER_SIZE]; /* it is sent to */
};

/* --- results -------------------------------------------------------------- */

static void
finish(struct publish_call *call, const struct publish_result *result)
{
	if (!call->call.cancelled)
		call->fn(call->call.arg, result);
	free(call);
}

/* Finishes all calls of a list. */
static void
finish_all(struct publish_calls *calls, const struct publish_result *result)
{
	struct publish_call *call;

	while ((call = TAILQ_FIRST(calls)) != NULL) {
		TAILQ_REMOVE(calls, call, link);
		finish(call, result);
	}
}

static void
finish_unknown(struct publish_calls *calls, const char *reason)
{
	finish_all(calls, &(struct publish_result){.status = PUBLISHED_UNKNOWN,
						   .reason = reason});
}

/* A client gets only the code of the error; the text may tell too much of
 * Redis. */
static struct publish_result
refused(char *reason, size_t size, const char *error, bool temporary)
{
	enum redis_error kind = redis_error_kind(error);
	const char *code =
	    kind == REDIS_ERROR_OTHER ? error : redis_error_name(kind);

	snprintf(reason, size, "Redis refused the message%s (%.*s)%s",
		 temporary ? " for now" : "",
		 (int)strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), code,
		 temporary ? "." : "; see the log.");
	return (struct publish_result){.status = PUBLISHED_NOT_STORED,
				       .reason = reason,
				       .temporary = temporary};
}

/* An error instead of results: nothing is stored. */
static void
finish_refused(struct batch *batch, const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);
	bool temporary = bus_reply_reconnects(batch->bus->publisher, reply);
	struct publish_result result;
	char reason[128];

	temporary = bus_reply_is_temporary(reply) || temporary;
	if (temporary)
		log_warn("redis_error", "command=EVAL reason=\"%s\"", error);
	else
		bus_reply_status(reply, "EVAL");
	result = refused(reason, sizeof(reason), error, temporary);
	finish_all(&batch->calls, &result);
}

static void
log_fault(const struct batch *batch, const char *what, struct text error)
{
	log_error("redis_error", "command=EVAL channel=%s reason=\"%s: %s\"",
		  batch->channel->name.bytes, what, error.bytes);
}

/* The id is acknowledged: when Redis lacks it later, something is lost. */
static void
finish_acknowledged(struct publish_call *call,
		    const struct publish_result *result)
{
	struct publish_channels *all = &call->call.bus->publish_channels;
	struct publish_channel *channel =
	    publish_channels_get(all, call->publication.channel);

	if (id_compare(result->id, channel->last) > 0) {
		channel->last = result->id;
		redis_conn_server(call->call.bus->publisher,
				  channel->last_server);
	}
	publish_channels_settle(all, channel);
	finish(call, result);
}

static void
replicated(void *arg, const struct publish_result *result)
{
	if (result->status == PUBLISHED_UNKNOWN)
		finish(arg, result);
	else
		finish_acknowledged(arg, result);
}

/* A result STORED or SEEN. */
static void
finish_stored(struct publish_call *call, const struct publish_result *result)
{
	struct bus *bus = call->call.bus;

	if (bus->conf->publish_wait_replicas > 0)
		replicas_hold(&bus->replicas, result, replicated, call);
	else
		finish_acknowledged(call, result);
}

/* `what` of a reply of publish.lua. */
enum { WHAT_SEEN = 1, WHAT_FIRST, WHAT_NEVER_FIRST };

static const struct publish_result new_channel = {
    .status = PUBLISHED_NOT_STORED,
    .new_channel = true,
    .reason = "Too many new channels within an hour (limit.new_channels); "
	      "those that exist take messages."};

/* {id, processes, what, error} as publish.lua returns it. */
static void
finish_one(struct batch *batch, struct publish_call *call,
	   const struct redis_reply *reply)
{
	struct text error = redis_reply_string(redis_reply_at(reply, 3));
	long long what = redis_reply_integer(redis_reply_at(reply, 2));
	struct publish_result result = {.status = PUBLISHED_STORED,
					.new_channel = what == WHAT_FIRST};
	char reason[128];

	if (what == WHAT_NEVER_FIRST) {
		finish(call, &new_channel);
		return;
	}
	if (!bus_reply_id(&result.id, redis_reply_at(reply, 0))) {
		log_fault(batch, "not stored", error);
		result = refused(reason, sizeof(reason), error.bytes, false);
		finish(call, &result);
		return;
	}
	if (what == WHAT_SEEN)
		result.status = PUBLISHED_SEEN;
	result.processes =
	    (unsigned int)redis_reply_integer(redis_reply_at(reply, 1));
	if (error.len > 0)
		log_fault(batch, "stored, but not fully announced", error);
	finish_stored(call, &result);
}

static bool
are_results(const struct batch *batch, const struct redis_reply *reply)
{
	const struct redis_reply *one;

	if (redis_reply_count(reply) != batch->count)
		return false;
	for (size_t i = 0; i < batch->count; i++) {
		one = redis_reply_at(reply, i);
		if (redis_reply_count(one) != 4 ||
		    redis_reply_string(redis_reply_at(one, 3)).bytes == NULL)
			return false;
	}
	return true;
}

static void
finish_each(struct batch *batch, const struct redis_reply *reply)
{
	struct publish_call *call;
	size_t i = 0;

	while ((call = TAILQ_FIRST(&batch->calls)) != NULL) {
		TAILQ_REMOVE(&batch->calls, call, link);
		finish_one(batch, call, redis_reply_at(reply, i++));
	}
}

/* The connection went down. */
static void
finish_lost(struct batch *batch)
{
	char reason[CONF_REDIS_REASON];

	conf_say_redis(reason, batch->bus->conf, "Redis (",
		       ") went down before it answered.");
	finish_unknown(&batch->calls, reason);
}

static void settle(struct bus *bus, struct publish_channel *channel);

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct batch *batch = arg;

	if (reply == NULL)
		finish_lost(batch);
	else if (redis_reply_error(reply) != NULL)
		finish_refused(batch, reply);
	else if (are_results(batch, reply))
		finish_each(batch, reply);
	else
		finish_unknown(&batch->calls,
			       "Redis gave an answer of another kind.");
	batch->channel->sent = false;
	settle(batch->bus, batch->channel);
	free(batch);
}

_Static_assert(BUS_PUBLISH_MESSAGES == (int)PUBLISH_WORDS_MESSAGES_MAX,
	       "publish_words has another limit");

/* --- sending -------------------------------------------------------------- */

static size_t
bytes_of(const struct publication *p)
{
	return p->event.len + p->data.len + p->key.len;
}

/* Moves what one call of the script may take, at least one message. */
static void
fill_batch(struct batch *batch, struct publish_words *words)
{
	struct publish_calls *waiting = &batch->channel->waiting;
	struct publish_call *call;
	size_t bytes = 0;

	redis_conn_server(batch->bus->publisher, batch->server);
	publish_words_begin(words, batch->bus->conf, batch->channel,
			    batch->server);
	while ((call = TAILQ_FIRST(waiting)) != NULL &&
	       batch->count < BUS_PUBLISH_MESSAGES) {
		bytes += bytes_of(&call->publication);
		if (bytes > BUS_PUBLISH_BYTES && batch->count > 0)
			return;
		TAILQ_REMOVE(waiting, call, link);
		TAILQ_INSERT_TAIL(&batch->calls, call, link);
		publish_words_add(words, &call->publication);
		batch->count++;
	}
}

/* Sends the first messages of a channel. Until they are answered the next ones
 * wait: else they might overtake those that are sent twice because Redis has
 * forgotten the script. */
static void
send_batch(struct bus *bus, struct publish_channel *channel)
{
	struct batch *batch = xmalloc(sizeof(*batch));
	struct publish_words words;

	*batch = (struct batch){.bus = bus, .channel = channel};
	TAILQ_INIT(&batch->calls);
	fill_batch(batch, &words);
	channel->sent = script_run(
	    &bus->publish_script,
	    &(struct script_input){words.keys, words.args}, answered, batch);
	if (!channel->sent) { /* the connection is down: they wait again */
		TAILQ_CONCAT(&batch->calls, &channel->waiting, link);
		TAILQ_CONCAT(&channel->waiting, &batch->calls, link);
		free(batch);
	}
	publish_channels_settle(&bus->publish_channels, channel);
}

static void
send_ready(struct ev_loop *loop, struct ev_prepare *sending, int revents)
{
	struct bus *bus = sending->data;
	struct publish_channel *channel;

	(void)revents;
	ev_prepare_stop(loop, sending);
	while ((channel = TAILQ_FIRST(&bus->publish_channels.ready)) != NULL &&
	       redis_conn_is_up(bus->publisher))
		send_batch(bus, channel);
}

/* After a change of `channel`. What waits is sent at the end of this turn of
 * the loop, together with what comes until then. */
static void
settle(struct bus *bus, struct publish_channel *channel)
{
	publish_channels_settle(&bus->publish_channels, channel);
	if (!TAILQ_EMPTY(&bus->publish_channels.ready))
		ev_prepare_start(bus->loop, &bus->publishing);
}

struct bus_call *
bus_publish(struct bus *bus, const struct publication *publication,
	    bus_published_fn *fn, void *arg)
{
	const struct publication *p = publication;
	struct publish_channel *channel =
	    publish_channels_get(&bus->publish_channels, p->channel);
	struct publish_call *call =
	    xmalloc(sizeof(*call) + p->channel.len + bytes_of(p) + 4);
	char *at = call->texts;

	*call = (struct publish_call){
	    .call = {.bus = bus, .arg = arg}, .fn = fn, .publication = *p};
	call->publication.channel = text_copy(&at, p->channel);
	call->publication.event = text_copy(&at, p->event);
	call->publication.data = text_copy(&at, p->data);
	if (p->key.bytes != NULL)
		call->publication.key = text_copy(&at, p->key);
	TAILQ_INSERT_TAIL(&channel->waiting, call, link);
	settle(bus, channel);
	return &call->call;
}

/* --- the connection ------------------------------------------------------- */

void
bus_publish_init(struct bus *bus)
{
	script_init(&bus->publish_script, bus->publisher, &bus_publish_script);
	script_expect(&bus->publish_script); /* send_batch() keeps the order */
	publish_channels_init(&bus->publish_channels);
	ev_prepare_init(&bus->publishing, send_ready);
	bus->publishing.data = bus;
}

void
bus_publish_up(struct bus *bus)
{
	if (!TAILQ_EMPTY(&bus->publish_channels.ready))
		ev_prepare_start(bus->loop, &bus->publishing);
}

void
bus_publish_down(struct bus *bus, const char *why)
{
	struct publish_channel *channel;
	struct publish_calls calls;
	char reason[256];

	snprintf(reason, sizeof(reason), "Redis cannot be reached: %s.", why);
	TAILQ_INIT(&calls);
	while ((channel = TAILQ_FIRST(&bus->publish_channels.ready)) != NULL) {
		TAILQ_CONCAT(&calls, &channel->waiting, link);
		publish_channels_settle(&bus->publish_channels, channel);
	}
	finish_all(&calls,
		   &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					    .reason = reason,
					    .temporary = true});
}

void
bus_publish_end(struct bus *bus)
{
	ev_prepare_stop(bus->loop, &bus->publishing);
	bus_publish_down(bus, "the program is ending");
	publish_channels_free(&bus->publish_channels);
}
