/* SPDX-License-Identifier: MIT */
/*
 * handler.h - the functions that a bus calls.
 */
#ifndef SHARED_BUS_HANDLER_H
#define SHARED_BUS_HANDLER_H

#include <stddef.h>

#include "shared/base/text.h"

struct message;

/* All are called from the loop. Names and messages are valid only during the
 * call. */
struct bus_handler {
	/* The connection for commands. */
	void (*up)(void *arg);
	void (*down)(void *arg); /* or the first attempt to connect failed */
	/* The other one: required with `message`, else not called. Either goes
	 * up and down alone, in any order. */
	void (*subscription_up)(void *arg);   /* nothing is subscribed yet */
	void (*subscription_down)(void *arg); /* only after it was up */
	/* Redis has confirmed bus_subscribe(). */
	void (*subscribed)(void *arg, const char *channel, size_t len);
	/* A message was announced. `m` is a view with refs 0: message_new()
	 * makes a copy that lasts. */
	void (*message)(void *arg, const struct message *m);
	/* Redis has confirmed bus_presence_subscribe(). */
	void (*presence_subscribed)(void *arg, struct text channel);
	/* The presence of a channel has changed; model/presence.h has its
	 * text. */
	void (*presence)(void *arg, struct text channel, struct text text);
};

/* Of bus_probe(): a token that it published. */
enum bus_probe_result {
	/* The token arrived: all messages announced before it were received,
	 * and all questions asked before it were answered. */
	BUS_PROBE_ALIVE,
	/* It did not arrive within a second, or Redis could not publish it now
	 * (BUSY): nothing is known. Told once, before ALIVE or DEAD, which may
	 * still follow. */
	BUS_PROBE_LATE,
	/* It was published, but did not arrive within bus.timeout: the
	 * subscription is lost and is being remade, which is logged. */
	BUS_PROBE_DEAD,
	/* An ACL forbids the token, so that nothing can be known. Logged once
	 * until it is allowed. */
	BUS_PROBE_FORBIDDEN
};

typedef void bus_probe_fn(void *arg, enum bus_probe_result result);

#endif
