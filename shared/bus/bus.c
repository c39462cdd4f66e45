/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/bus/bus_private.h"
#include "shared/bus/bus_script.h"
#include "shared/bus/redis_conn.h"

enum { TOKEN_SIZE = 24 };

static const struct redis_conn_handler commands_handler, subscription_handler;

/* --- names ---------------------------------------------------------------- */

/* `what` is "log", "tip" or "key:"; returns the length. */
size_t
bus_key_name(const struct bus *bus, char out[BUS_KEY_SIZE], const char *channel,
	     const char *what)
{
	return (size_t)snprintf(out, BUS_KEY_SIZE, "%s:{%s}:%s",
				bus->conf->bus_prefix, channel, what);
}

size_t
bus_pubsub_name(const struct bus *bus, char out[BUS_KEY_SIZE],
		const char *channel)
{
	return (size_t)snprintf(out, BUS_KEY_SIZE, "%s:%u:{%s}",
				bus->conf->bus_prefix, bus->conf->redis.db,
				channel);
}

bool
bus_id_of(struct id *out, const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING &&
	       id_parse(out, reply->str, reply->len);
}

bool
bus_is_sound(const struct message *m)
{
	return event_fault(m->event, m->event_len) == NULL &&
	       data_fault(m->data, m->data_len) == NULL;
}

/* --- calls ---------------------------------------------------------------- */

struct bus_call *
bus_call_new(struct bus *bus, void *arg)
{
	struct bus_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->bus = bus;
	call->arg = arg;
	return call;
}

void
bus_cancel(struct bus_call *call)
{
	if (call != NULL)
		call->cancelled = true;
}

enum bus_status
bus_status_of(const redisReply *reply, const char *what)
{
	if (reply == NULL)
		return BUS_DOWN;
	if (reply->type != REDIS_REPLY_ERROR)
		return BUS_OK;
	log_error("redis", "command=%s reason=\"%s\"", what, reply->str);
	return BUS_REFUSED;
}

/* The answer is an error that another Redis, or this one later, may not give:
 * a replica that was a master, one that loads its data. */
static bool
wants_restart(const redisReply *reply)
{
	return reply != NULL && reply->type == REDIS_REPLY_ERROR &&
	       (strncmp(reply->str, "READONLY", 8) == 0 ||
		strncmp(reply->str, "MASTERDOWN", 10) == 0 ||
		strncmp(reply->str, "LOADING", 7) == 0);
}

bool
bus_check_reply(struct bus *bus, const redisReply *reply)
{
	if (!wants_restart(reply))
		return false;
	redis_conn_restart(bus->commands, reply->str);
	return true;
}

/* The channel inside a pub/sub channel's name: what is between the braces. */
static bool
channel_of(const redisReply *name, const char **channel, size_t *len)
{
	const char *open = memchr(name->str, '{', name->len);

	if (open == NULL || name->len == 0 || name->str[name->len - 1] != '}')
		return false;
	*channel = open + 1;
	*len = (size_t)(name->str + name->len - 1 - *channel);
	return true;
}

/* --- connections ---------------------------------------------------------- */

static void
check_up(struct bus *bus)
{
	bool up = redis_conn_is_up(bus->commands) &&
		  (bus->subscription == NULL || bus->listening);

	if (up == bus->up)
		return;
	bus->up = up;
	if (up)
		bus->starting = false;
	if (bus->handler != NULL)
		(up ? bus->handler->up : bus->handler->down)(bus->arg);
}

static void
script_loaded(void *arg, const redisReply *reply)
{
	struct bus *bus = arg;

	/* an ACL may forbid it: then the script is sent in full each time */
	if (reply != NULL && reply->type == REDIS_REPLY_STRING &&
	    reply->len == SHA1_TEXT_LEN)
		memcpy(bus->script_hash, reply->str, SHA1_TEXT_LEN + 1);
}

static void
commands_up(void *arg)
{
	struct bus *bus = arg;
	const char *argv[] = {"SCRIPT", "LOAD", BUS_SCRIPT};
	size_t len[] = {6, 4, sizeof(BUS_SCRIPT) - 1};

	/* until it is answered, publishing sends the script itself */
	bus->script_hash[0] = '\0';
	if (!redis_conn_command(bus->commands, script_loaded, bus, 3, argv,
				len))
		log_warn("redis", "command=SCRIPT reason=\"out of memory\"");
	bus_settle_waiting(bus, NULL);
	check_up(bus);
}

static void
either_down(struct bus *bus)
{
	ev_timer_stop(bus->loop, &bus->probe_timer);
	bus->token_awaited = false;
	if (bus->starting) {
		bus->starting = false;
		if (bus->handler != NULL)
			bus->handler->down(bus->arg);
	}
	check_up(bus);
}

static void
commands_down(void *arg, const char *reason)
{
	struct bus *bus = arg;

	/* both go, so that after each handler->up nothing is subscribed:
	 * hiredis must not be asked for a channel twice */
	if (bus->subscription != NULL && redis_conn_is_up(bus->subscription))
		redis_conn_restart(bus->subscription, "commands went down");
	bus_settle_waiting(arg, reason);
	either_down(arg);
}

static const struct redis_conn_handler commands_handler = {
    .up = commands_up,
    .down = commands_down,
};

static void
subscription_up(void *arg)
{
	struct bus *bus = arg;

	if (!redis_conn_subscription(bus->subscription, "SUBSCRIBE", bus->own,
				     strlen(bus->own)))
		redis_conn_restart(bus->subscription, "out of memory");
}

static void
subscription_down(void *arg, const char *reason)
{
	struct bus *bus = arg;

	(void)reason;
	bus->listening = false;
	either_down(arg);
}

/* The two connections are read in no order: the token may overtake the answer
 * to what was asked before it. */
static void
check_token(struct bus *bus)
{
	if (!bus->token_heard || !bus->token_answered)
		return;
	bus->token_awaited = false;
	ev_timer_stop(bus->loop, &bus->probe_timer);
	bus->probed(bus->probed_arg);
}

static void
token_heard(struct bus *bus, const redisReply *token)
{
	if (!bus->token_awaited || token->type != REDIS_REPLY_STRING ||
	    strtoul(token->str, NULL, 10) != bus->token)
		return;
	bus->token_heard = true;
	check_token(bus);
}

static void
message_heard(struct bus *bus, const redisReply *const *element)
{
	const redisReply *text = element[2];
	struct message m;

	if (text->type != REDIS_REPLY_STRING)
		return;
	if (strcmp(element[1]->str, bus->own) == 0) {
		token_heard(bus, text);
		return;
	}
	if (!channel_of(element[1], &m.channel, &m.channel_len))
		return;
	if (!message_parse(&m, text->str, text->len) || !bus_is_sound(&m)) {
		log_error("message",
			  "reason=\"on %s came something that "
			  "push-publish did not send\"",
			  element[1]->str);
		return;
	}
	m.refs = 0;
	bus->handler->message(bus->arg, &m);
}

/* From here a token that does not come back is a sign. */
static void
own_subscribed(struct bus *bus)
{
	bus->listening = true;
	check_up(bus);
}

static void
subscription_heard(void *arg, const redisReply *reply)
{
	struct bus *bus = arg;
	const char *kind, *channel;
	size_t len;

	if (reply->type == REDIS_REPLY_ERROR) {
		redis_conn_restart(bus->subscription, reply->str);
		return;
	}
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    reply->element[1]->type != REDIS_REPLY_STRING)
		return;
	kind = reply->element[0]->str;
	if (strcmp(kind, "message") == 0)
		message_heard(bus, (const redisReply *const *)reply->element);
	else if (strcmp(kind, "subscribe") != 0)
		return;
	else if (strcmp(reply->element[1]->str, bus->own) == 0)
		own_subscribed(bus);
	else if (channel_of(reply->element[1], &channel, &len))
		bus->handler->subscribed(bus->arg, channel, len);
}

static const struct redis_conn_handler subscription_handler = {
    .up = subscription_up,
    .down = subscription_down,
    .heard = subscription_heard,
};

static void
subscription(struct bus *bus, const char *verb, const char *channel)
{
	char name[BUS_KEY_SIZE];
	size_t len = bus_pubsub_name(bus, name, channel);

	/* false when it is down: after it is up all are subscribed anew */
	if (!redis_conn_subscription(bus->subscription, verb, name, len) &&
	    redis_conn_is_up(bus->subscription))
		redis_conn_restart(bus->subscription, "out of memory");
}

void
bus_subscribe(struct bus *bus, const char *channel)
{
	subscription(bus, "SUBSCRIBE", channel);
}

void
bus_unsubscribe(struct bus *bus, const char *channel)
{
	subscription(bus, "UNSUBSCRIBE", channel);
}

/* --- is it alive? --------------------------------------------------------- */

static void
token_published(void *arg, const redisReply *reply)
{
	struct bus *bus = arg;

	/* when it is forbidden, the token does not come back: the log says why
	 * the connections are made anew again and again */
	if (bus_status_of(reply, "PUBLISH") != BUS_OK || !bus->token_awaited)
		return;
	bus->token_answered = true;
	check_token(bus);
}

static void
probe_late(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus *bus = timer->data;

	(void)loop;
	(void)revents;
	if (!bus->token_awaited)
		return;
	bus->token_awaited = false;
	log_warn("subscription",
		 "reason=\"what is published is not heard: reconnecting\"");
	redis_conn_restart(bus->commands, "the subscription is dead");
	redis_conn_restart(bus->subscription, "the subscription is dead");
}

void
bus_probe(struct bus *bus, void (*fn)(void *arg), void *arg)
{
	char token[24];
	const char *argv[] = {"PUBLISH", bus->own, token};
	size_t len[] = {
	    7, strlen(bus->own),
	    (size_t)snprintf(token, sizeof(token), "%lu", bus->token + 1)};

	if (!bus->up || bus->token_awaited ||
	    !redis_conn_command(bus->commands, token_published, bus, 3, argv,
				len))
		return;
	bus->token++;
	bus->token_awaited = true;
	bus->token_heard = bus->token_answered = false;
	bus->probed = fn;
	bus->probed_arg = arg;
	ev_timer_set(&bus->probe_timer, bus->conf->bus_timeout, 0.);
	ev_timer_start(bus->loop, &bus->probe_timer);
}

/* --- open and close ------------------------------------------------------- */

/* The pub/sub channel of this process: no other, on any machine, has it. */
static void
name_own(struct bus *bus)
{
	unsigned long random = (unsigned long)getpid();

	if (getrandom(&random, sizeof(random), 0) < 0)
		log_warn("random", "reason=\"getrandom failed\"");
	snprintf(bus->own, sizeof(bus->own), "%s:%u:process:%lx",
		 bus->conf->bus_prefix, bus->conf->redis.db, random);
}

struct bus *
bus_open(struct ev_loop *loop, const struct conf *conf,
	 const struct bus_handler *handler, void *arg)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	bool subscribes = handler != NULL && handler->message != NULL;

	if (bus == NULL)
		return NULL;
	bus->loop = loop;
	bus->conf = conf;
	bus->handler = handler;
	bus->arg = arg;
	bus->starting = true;
	bus->waiting_end = &bus->waiting;
	name_own(bus);
	ev_timer_init(&bus->probe_timer, probe_late, 1., 0.);
	bus->probe_timer.data = bus;
	bus->commands =
	    redis_conn_open(loop, conf, "commands", &commands_handler, bus);
	if (subscribes)
		bus->subscription = redis_conn_open(loop, conf, "subscription",
						    &subscription_handler, bus);
	if (bus->commands == NULL ||
	    (subscribes && bus->subscription == NULL)) {
		bus_close(bus);
		return NULL;
	}
	return bus;
}

void
bus_close(struct bus *bus)
{
	if (bus == NULL)
		return;
	ev_timer_stop(bus->loop, &bus->probe_timer);
	redis_conn_close(bus->subscription);
	redis_conn_close(bus->commands);
	bus_settle_waiting(bus, "this program ends");
	free(bus);
}

bool
bus_is_up(const struct bus *bus)
{
	return bus->up;
}

bool
bus_is_starting(const struct bus *bus)
{
	return bus->starting;
}
