/* SPDX-License-Identifier: MIT */
/*
 * bus_publish.c - a message to Redis, stored and announced by one script.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/bus/bus.h"
#include "shared/bus/bus_private.h"
#include "shared/bus/bus_script.h"

enum { SCRIPT_ARGS = 6, REASON_SIZE = 128 };

static void
publish_done(struct bus_call *call, const struct publish_result *result)
{
	if (!call->cancelled)
		call->published(call->arg, result);
	free(call);
}

static void
publish_unknown(struct bus_call *call, const char *reason)
{
	publish_done(call, &(struct publish_result){.status = PUBLISHED_UNKNOWN,
						    .reason = reason});
}

static void
publish_refused(struct bus_call *call, bool down, const char *reason)
{
	publish_done(call,
		     &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					      .reason = reason,
					      .down = down});
}

static bool publish_now(struct bus_call *call);

/* What a stranger may know of an error of Redis: its code, the first word. */
static const char *
refusal(const redisReply *reply, char reason[REASON_SIZE])
{
	const char *error = reply->type == REDIS_REPLY_ERROR ? reply->str : "";

	snprintf(reason, REASON_SIZE,
		 "Redis refused the message (%.*s); the log says why.",
		 (int)strspn(error, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), error);
	return reason;
}

static void
publish_answered(void *arg, const redisReply *reply)
{
	struct bus_call *call = arg;
	struct publish_result result = {.status = PUBLISHED_STORED};
	char reason[REASON_SIZE];
	bool down;

	if (reply == NULL) {
		publish_unknown(call, "Redis went away before it answered.");
		return;
	}
	down = bus_check_reply(call->bus, reply);
	if (reply->type == REDIS_REPLY_ERROR && call->by_hash &&
	    strncmp(reply->str, "NOSCRIPT", 8) == 0) {
		call->bus->script_hash[0] = '\0'; /* somebody flushed it */
		if (!publish_now(call))
			publish_refused(call, true, "Redis is away.");
		return;
	}
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4 ||
	    !bus_id_of(&result.id, reply->element[0])) {
		/* the script raises an error only before it stores */
		bus_status_of(reply, "EVAL");
		publish_refused(call, down, refusal(reply, reason));
		return;
	}
	result.processes = (unsigned int)reply->element[1]->integer;
	if (reply->element[2]->integer != 0)
		result.status = PUBLISHED_SEEN;
	if (reply->element[3]->len > 0)
		log_error("announce",
			  "channel=%s reason=\"stored, but not announced as it "
			  "should be: %s\"",
			  call->publication.channel, reply->element[3]->str);
	publish_done(call, &result);
}

/* Says it to Redis. False: nothing was sent. */
static bool
publish_now(struct bus_call *call)
{
	const struct publication *d = &call->publication;
	const struct bus *bus = call->bus;
	const struct conf *conf = bus->conf;
	char keys[3][BUS_KEY_SIZE], pubsub[BUS_KEY_SIZE], numbers[3][16];
	const char *argv[3 + 3 + SCRIPT_ARGS];
	size_t len[3 + 3 + SCRIPT_ARGS], n = 0;
	int i, key_count = d->key != NULL ? 3 : 2;

	call->by_hash = bus->script_hash[0] != '\0';
	bus_key_name(bus, keys[0], d->channel, "log");
	bus_key_name(bus, keys[1], d->channel, "tip");
	if (key_count == 3)
		strcpy(keys[2] + bus_key_name(bus, keys[2], d->channel, "key:"),
		       d->key);
	bus_pubsub_name(bus, pubsub, d->channel);
	snprintf(numbers[0], sizeof(numbers[0]), "%u", conf->history_length);
	snprintf(numbers[1], sizeof(numbers[1]), "%u", conf->history_ttl);
	snprintf(numbers[2], sizeof(numbers[2]), "%u", conf->publish_key_ttl);

	argv[n++] = call->by_hash ? "EVALSHA" : "EVAL";
	argv[n++] = call->by_hash ? bus->script_hash : BUS_SCRIPT;
	argv[n++] = key_count == 3 ? "3" : "2";
	for (i = 0; i < key_count; i++)
		argv[n++] = keys[i];
	argv[n++] = d->event;
	argv[n++] = d->data;
	argv[n++] = numbers[0];
	argv[n++] = numbers[1];
	argv[n++] = pubsub;
	argv[n++] = numbers[2];
	for (i = 0; i < (int)n; i++)
		len[i] = strlen(argv[i]);
	return redis_conn_command(bus->commands, publish_answered, call, (int)n,
				  argv, len);
}

/* A call with a copy of the publication behind it, NUL-terminated: no part of
 * one holds a NUL. */
static struct bus_call *
publish_call(struct bus *bus, const struct publication *d, void *arg)
{
	struct bus_call *call =
	    calloc(1, sizeof(*call) + d->channel_len + d->event_len +
			  d->data_len + d->key_len + 4);
	char *at = (char *)(call + 1);

	if (call == NULL)
		return NULL;
	call->bus = bus;
	call->arg = arg;
	call->publication = *d;
	call->publication.channel = memcpy(at, d->channel, d->channel_len);
	at += d->channel_len + 1;
	call->publication.event = memcpy(at, d->event, d->event_len);
	at += d->event_len + 1;
	call->publication.data = memcpy(at, d->data, d->data_len);
	at += d->data_len + 1;
	if (d->key != NULL)
		call->publication.key = memcpy(at, d->key, d->key_len);
	return call;
}

struct bus_call *
bus_publish(struct bus *bus, const struct publication *publication,
	    bus_published_fn *fn, void *arg)
{
	struct bus_call *call = publish_call(bus, publication, arg);

	if (call == NULL)
		return NULL;
	call->published = fn;
	if (publish_now(call))
		return call;
	if (redis_conn_is_up(bus->commands)) {
		free(call); /* no memory: there is no next try to wait for */
		return NULL;
	}
	call->next = NULL;
	*bus->waiting_end = call;
	bus->waiting_end = &call->next;
	return call;
}

/* The connection was decided on, one way or the other. */
void
bus_settle_waiting(struct bus *bus, const char *down_reason)
{
	struct bus_call *call, *next = bus->waiting;
	char reason[256];

	bus->waiting = NULL;
	bus->waiting_end = &bus->waiting;
	snprintf(reason, sizeof(reason), "Redis is away: %s.",
		 down_reason ? down_reason : "out of memory");
	while ((call = next) != NULL) {
		next = call->next;
		if (down_reason != NULL || !publish_now(call))
			publish_refused(call, true, reason);
	}
}
