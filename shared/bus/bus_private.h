/* SPDX-License-Identifier: MIT */
/*
 * bus_private.h - what the files of bus.h share: bus.c (connections,
 * subscriptions, the probe), bus_history.c and bus_publish.c.
 */
#ifndef SHARED_BUS_BUS_PRIVATE_H
#define SHARED_BUS_BUS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/bus.h"
#include "shared/bus/redis_conn.h"

enum {
	/* prefix, "::key:", braces, channel, key, NUL */
	BUS_KEY_SIZE =
	    CONF_PREFIX_MAX + CHANNEL_NAME_MAX + PUBLISH_KEY_MAX + 32,
	BUS_OWN_SIZE = CONF_PREFIX_MAX + 64,
	SHA1_TEXT_LEN = 40
};

/* A question, or a message on its way. The answer's function is one of
 * three. */
struct bus_call {
	struct bus *bus;
	struct bus_call *next; /* of those that wait for a connection */
	bool cancelled;
	bool newest;  /* history: newest first, to be turned round */
	bool by_hash; /* EVALSHA: may have to be said in full */
	bus_tip_fn *tip;
	bus_history_fn *history;
	bus_published_fn *published;
	void *arg;
	char *channel; /* of history and publish; inside this allocation */
	struct publication publication;
};

struct bus {
	struct ev_loop *loop;
	const struct conf *conf;
	const struct bus_handler *handler;
	void *arg;
	struct redis_conn *commands;
	struct redis_conn *subscription; /* NULL: does not subscribe */
	bool up, starting;
	bool listening; /* the subscription hears our own channel */
	char script_hash[SHA1_TEXT_LEN + 1]; /* "": Redis has not said it yet */
	struct bus_call *waiting, **waiting_end;

	char own[BUS_OWN_SIZE]; /* our pub/sub channel */
	unsigned long token;
	bool token_awaited, token_heard, token_answered;
	void (*probed)(void *arg);
	void *probed_arg;
	struct ev_timer probe_timer;
};

/* The name of a key; `what` is "log", "tip" or "key:". Returns its length. */
size_t bus_key_name(const struct bus *bus, char out[BUS_KEY_SIZE],
		    const char *channel, const char *what);

/* The name of a pub/sub channel; returns its length. */
size_t bus_pubsub_name(const struct bus *bus, char out[BUS_KEY_SIZE],
		       const char *channel);

/* Does the message obey the rules of message.h? Whoever can write to Redis can
 * leave anything there; to a technique it would be trusted text. */
bool bus_is_sound(const struct message *m) MUST_USE;

/* False: the reply is no id. */
bool bus_id_of(struct id *out, const redisReply *reply) MUST_USE;

struct bus_call *bus_call_new(struct bus *bus, void *arg) MUST_USE;

/* What a reply means; an error in it is logged with the command's name. */
enum bus_status bus_status_of(const redisReply *reply, const char *command);

/* Connects anew after an error that says this Redis is not the one to params,
 * or not yet; true when it is one. */
bool bus_check_reply(struct bus *bus, const redisReply *reply);

/* The connection was decided on: messages that waited are sent, or, with a
 * reason, refused. */
void bus_settle_waiting(struct bus *bus, const char *down_reason);

#endif
