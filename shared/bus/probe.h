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

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/text.h"
#include "shared/bus/handler.h"

struct bus;

/*
 * Publishes a token now and calls fn(arg, result), from the loop. When a
 * connection goes down meanwhile, fn is not called any more: the handler is
 * told. False: a connection is down, the subscription of the channel of the
 * token is not confirmed yet, or another probe runs; fn is not called.
 */
bool bus_probe(struct bus *bus, bus_probe_fn *fn, void *arg);

/* When a token was last back, in ms since 1970 by the clock of this machine: it
 * had arrived and all that was announced before. 0: none was yet. */
uint64_t bus_probe_proved(const struct bus *bus);

/* --- for the files of bus/ ------------------------------------------------ */

/* Names the channel of this process. */
void bus_probe_init(struct bus *bus);

/* The subscription of that channel is confirmed, or an ACL forbids it. */
void bus_probe_allowed(struct bus *bus);
void bus_probe_refused(struct bus *bus, const char *error);

/* A token arrived on that channel. */
void bus_probe_received(struct bus *bus, struct text token);

/* Its fn is not called any more. */
void bus_probe_stop(struct bus *bus);

#endif
