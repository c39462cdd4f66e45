/* SPDX-License-Identifier: MIT */
/*
 * probe.h - checks that what is published arrives.
 *
 * A process is subscribed to a pub/sub channel of its own, to which it
 * publishes a token: when the token is back, so is all that was announced
 * before it.
 */
#ifndef SHARED_BUS_PROBE_H
#define SHARED_BUS_PROBE_H

#include "shared/base/text.h"

struct bus;

/*
 * Calls fn(arg) when a token, published now, has arrived: then all messages
 * announced before it were received, and all questions asked before it were
 * answered. If it does not arrive within bus.timeout, both connections are
 * remade and fn is not called. Does nothing while the bus is down or another
 * probe runs.
 */
void bus_probe(struct bus *bus, void (*fn)(void *arg), void *arg);

/* --- for the files of bus/ ------------------------------------------------ */

/* Names the channel of this process. */
void bus_probe_init(struct bus *bus);

/* A token arrived on that channel. */
void bus_probe_received(struct bus *bus, struct text token);

/* Its fn is not called any more. */
void bus_probe_stop(struct bus *bus);

#endif
