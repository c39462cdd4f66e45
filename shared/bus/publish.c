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

enum {
	SCRIPT_KEYS_MAX = 3,
	SCRIPT_ARGS = 6,
	/* EVAL, the script, the number of keys; NULL */
	WORDS_MAX = 3 + SCRIPT_KEYS_MAX + SCRIPT_ARGS + 1
};

struct publish_call {
	struct bus_call call;
	TAILQ_ENTRY(publish_call) waiting; /* of bus->waiting */
	bus_published_fn *fn;
	bool by_hash; /* sent by EVALSHA, so Redis may not know the script */
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
					      .down = true});
}

/* The script reports an error only before it stores. A client gets its code,
 * the first word; the text may tell too much of Redis. */
static void
finish_refused(struct publish_call *call, const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);
	char reason[128];
	bool down = bus_reply_reconnects(call->call.bus->commands, reply);

	if (error == NULL)
		error = "";
	bus_reply_status(reply, "EVAL");
	snprintf(reason, sizeof(reason),
		 "Redis refused the message (%.*s); see the log.",
		 (int)strspn(error, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), error);
	finish(call, &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					      .reason = reason,
					      .down = down});
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

static void send_or_wait(struct publish_call *call);

static bool
is_unknown_script(const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);

	return error != NULL && strncmp(error, "NOSCRIPT", 8) == 0;
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct publish_call *call = arg;
	struct publish_result result = {.reason = NULL};

	if (reply == NULL)
		finish_unknown(call);
	else if (call->by_hash && is_unknown_script(reply)) {
		call->call.bus->script_hash[0] = '\0'; /* SCRIPT FLUSH */
		send_or_wait(call);
	} else if (read_result(&result, call, reply))
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
	const struct bus *bus = call->call.bus;
	const struct conf *conf = bus->conf;
	char log[BUS_KEY_SIZE], tip[BUS_KEY_SIZE], key[BUS_KEY_SIZE];
	char pubsub[BUS_KEY_SIZE], length[16], ttl[16], key_ttl[16];
	const char *words[WORDS_MAX];
	size_t n = 0;

	call->by_hash = bus->script_hash[0] != '\0';
	bus_log_key(log, conf, p->channel.bytes);
	bus_tip_key(tip, conf, p->channel.bytes);
	bus_pubsub_channel(pubsub, conf, p->channel.bytes);
	snprintf(length, sizeof(length), "%u", conf->history_length);
	snprintf(ttl, sizeof(ttl), "%u", conf->history_ttl);
	snprintf(key_ttl, sizeof(key_ttl), "%u", conf->publish_key_ttl);

	words[n++] = call->by_hash ? "EVALSHA" : "EVAL";
	words[n++] = call->by_hash ? bus->script_hash : bus_publish_script;
	words[n++] = p->key.bytes != NULL ? "3" : "2";
	words[n++] = log;
	words[n++] = tip;
	if (p->key.bytes != NULL) {
		bus_idempotency_key(key, conf, p->channel.bytes, p->key.bytes);
		words[n++] = key;
	}
	words[n++] = p->event.bytes;
	words[n++] = p->data.bytes;
	words[n++] = length;
	words[n++] = ttl;
	words[n++] = pubsub;
	words[n++] = key_ttl;
	words[n] = NULL;
	return redis_conn_command(bus->commands, words, answered, call);
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

static void
script_loaded(void *arg, const struct redis_reply *reply)
{
	struct bus *bus = arg;
	struct text hash;

	/* an ACL may forbid SCRIPT; then each EVAL contains the script */
	if (reply == NULL)
		return;
	hash = redis_reply_string(reply);
	if (hash.len == SHA1_HEX_SIZE - 1)
		memcpy(bus->script_hash, hash.bytes, SHA1_HEX_SIZE);
}

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
	const char *words[] = {"SCRIPT", "LOAD", bus_publish_script, NULL};
	struct publish_calls calls;
	struct publish_call *call;

	/* before the reply, messages are sent with the script itself */
	bus->script_hash[0] = '\0';
	if (!redis_conn_command(bus->commands, words, script_loaded, bus))
		return;
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
