/* SPDX-License-Identifier: MIT */
/*
 * publish.h - stores a message in Redis and announces it, both in one script
 * (publish.lua).
 */
#ifndef SHARED_BUS_PUBLISH_H
#define SHARED_BUS_PUBLISH_H

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/model/publication.h"

struct bus;

/* `result` and its reason are valid only during the call. */
typedef void bus_published_fn(void *arg, const struct publish_result *result);

/*
 * What one call of the script takes: so many messages of one channel, and so
 * many bytes of event, data and key, unless one message is longer. Redis stores
 * or refuses a call as a whole. The next call of the channel is sent when this
 * one is answered.
 */
enum { BUS_PUBLISH_MESSAGES = 64, BUS_PUBLISH_BYTES = 256 * 1024 };

/*
 * Publishes a message, which is copied. What is published in one turn of the
 * loop goes to Redis together, in order. fn(arg, result) is called once, from
 * the loop, never before this returns. While the connection is down, the
 * message waits for the current attempt to connect or the next; if that fails,
 * the result is PUBLISHED_NOT_STORED.
 */
struct bus_call *bus_publish(struct bus *bus,
			     const struct publication *publication,
			     bus_published_fn *fn, void *arg) RETURNS_NONNULL;

/* --- for bus.c ------------------------------------------------------------ */

/* Once bus->publisher exists. */
void bus_publish_init(struct bus *bus);

/* The connection is closed: what waits is not stored. */
void bus_publish_end(struct bus *bus);

/* The connection is up: sends what waits. */
void bus_publish_up(struct bus *bus);

/* It is down: what waits is not stored. */
void bus_publish_down(struct bus *bus, const char *reason);

#endif
