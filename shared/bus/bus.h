/* SPDX-License-Identifier: MIT */
/*
 * bus.h - messages between processes: publish, subscribe, look back.
 *
 * A message is stored in the stream of its channel and announced by pub/sub,
 * both by one script. Pub/sub wakes, the stream is what is true: what pub/sub
 * loses is found there. Keys of channel c, with the prefix of bus.prefix:
 *
 *	push:{c}:log		stream: p (prev), e (event), d (data)
 *	push:{c}:tip		id of its newest message; outlives the log
 *	push:{c}:key:<key>	id of the message published with that key
 *	push:<db>:{c}		pub/sub channel (SELECT does not scope pub/sub)
 *
 * Two connections: one for commands, one subscribed.
 *
 * Source: https://redis.io/docs/latest/develop/data-types/streams/
 *         https://redis.io/docs/latest/develop/pubsub/ (at most once)
 */
#ifndef SHARED_BUS_BUS_H
#define SHARED_BUS_BUS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/id.h"
#include "shared/model/message.h"

struct bus;
struct bus_call; /* a question under way */

enum bus_status {
	BUS_OK,
	BUS_DOWN,   /* Redis could not be asked, or went away before it said */
	BUS_REFUSED /* Redis answered with an error; it is in the log */
};

/* All are called from the loop. Names and messages are valid only then. */
struct bus_handler {
	void (*up)(void *arg);	 /* both connections stand */
	void (*down)(void *arg); /* no more, or the first try failed */
	void (*subscribed)(void *arg, const char *channel, size_t len);
	/* `m` is a view, with refs 0: message_new() makes it last. */
	void (*message)(void *arg, const struct message *m);
};

/*
 * `conf` and `handler` are borrowed while it is open. A handler without
 * `message` does not subscribe: it has one connection, for publishing and
 * looking back. `handler` may be NULL. Starts connecting. NULL: no memory, or
 * the host of bus.url is not known (which is in the log).
 */
struct bus *bus_open(struct ev_loop *loop, const struct conf *conf,
		     const struct bus_handler *handler, void *arg) MUST_USE;

/* Answers still awaited are called with BUS_DOWN, or PUBLISHED_UNKNOWN. */
void bus_close(struct bus *bus);

bool bus_is_up(const struct bus *bus);

/* True from bus_open() until the first connection stands or has failed. */
bool bus_is_starting(const struct bus *bus);

/* Once a channel, however many read it. The answer is handler->subscribed.
 * After each handler->up nothing is subscribed. */
void bus_subscribe(struct bus *bus, const char *channel);
void bus_unsubscribe(struct bus *bus, const char *channel);

/* `tip` is 0-0 when nothing was ever published, or all trace of it expired. */
typedef void bus_tip_fn(void *arg, enum bus_status status, struct id tip);

/* The newest id of a channel. NULL: it cannot be asked now (fn is not
 * called). */
struct bus_call *bus_tip(struct bus *bus, const char *channel, bus_tip_fn *fn,
			 void *arg) MUST_USE;

/* Messages in order; fn may take references of its own. */
typedef void bus_history_fn(void *arg, enum bus_status status,
			    struct message *const *messages, size_t count);

/* Those with after < id <= through, at most `most` (1-) of them. NULL: as
 * above. */
struct bus_call *bus_history(struct bus *bus, const char *channel,
			     struct id after, struct id through,
			     unsigned int most, bus_history_fn *fn,
			     void *arg) MUST_USE;

/* The newest `most` (1-) messages, in order, newest last. NULL: as above. */
struct bus_call *bus_newest(struct bus *bus, const char *channel,
			    unsigned int most, bus_history_fn *fn,
			    void *arg) MUST_USE;

/* Its fn will not be called. NULL is fine. */
void bus_cancel(struct bus_call *call);

/* `result` and its reason are valid only then. */
typedef void bus_published_fn(void *arg, const struct publish_result *result);

/*
 * Stores and announces a message. While there is no connection it waits for
 * the try under way, or the next; if that fails, it is PUBLISHED_NOT_STORED.
 * fn is called once, from the loop. The publication is copied. NULL: no memory,
 * nothing was stored, fn is not called.
 */
struct bus_call *bus_publish(struct bus *bus,
			     const struct publication *publication,
			     bus_published_fn *fn, void *arg) MUST_USE;

/*
 * Is the subscription alive? fn(arg) is called when a token, published now,
 * has come back: all that was announced before it has been heard, and all that
 * was asked before it has been answered. If it is not back within bus.timeout
 * both connections are made anew and fn is not called. One at a time: while one
 * is under way another does nothing.
 */
void bus_probe(struct bus *bus, void (*fn)(void *arg), void *arg);

#endif
