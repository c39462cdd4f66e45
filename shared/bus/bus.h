/* SPDX-License-Identifier: MIT */
/*
 * bus.h - messages between processes, through Redis: open, up, down, close.
 *
 *	rights.h	checks that Redis allows all this
 *	handler.h	the functions that a bus calls
 *	publish.h	stores and announces a message
 *	history.h	reads the messages that are kept, and the newest id
 *	subscribe.h	receives messages as they are announced
 *	presence.h	says how many subscribe, and who
 *	probe.h		checks that announcements arrive
 *	kicks.h		whom an administrator has disconnected
 *	call.h		cancels a question
 *
 * A message is stored in the Redis stream of its channel and announced by
 * pub/sub, both in one script. Pub/sub may lose messages (reconnect, failover,
 * output buffer limit); the stream does not, so what pub/sub lost is read from
 * there.
 *
 * A bus has two connections: one for commands and one that is subscribed; with
 * publish.wait_replicas a third for publishing. Each reconnects by itself. When
 * one is lost, only that one is remade; the others too if it turns out to be
 * to another server.
 *
 * Source: https://redis.io/docs/latest/develop/data-types/streams/
 *         https://redis.io/docs/latest/develop/pubsub/ (at most once)
 */
#ifndef SHARED_BUS_BUS_H
#define SHARED_BUS_BUS_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/bus/handler.h"

struct bus;
struct conf;
struct ev_loop;

/*
 * Starts connecting. `conf`, `handler` and `arg` are borrowed while it is open.
 * With a handler without `message`, or without a handler (NULL), the bus does
 * not subscribe: it has one connection, to publish and read.
 */
struct bus *bus_open(struct ev_loop *loop, const struct conf *conf,
		     const struct bus_handler *handler,
		     void *arg) RETURNS_NONNULL;

/* Frees it. Calls not answered yet end with BUS_DOWN, PUBLISHED_UNKNOWN, or,
 * when nothing was sent, PUBLISHED_NOT_STORED. NULL is fine. */
void bus_close(struct bus *bus);

/* The connection for commands is up. */
bool bus_is_up(const struct bus *bus);

/* The other one is up, and Redis has confirmed the channel of the probe. False
 * for a bus that does not subscribe. */
bool bus_is_subscribed(const struct bus *bus);

/* Why it went down the last time, with the address of Redis: a phrase for the
 * administrator. "": it did not. Valid until the next turn of the loop. */
const char *bus_fault(const struct bus *bus);

/* True from bus_open() until it was up or the first attempt to connect
 * failed. */
bool bus_is_starting(const struct bus *bus);

#endif
