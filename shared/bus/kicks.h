/* SPDX-License-Identifier: MIT */
/*
 * kicks.h - whom an administrator has disconnected, for all processes.
 *
 * The kicks in force are a sorted set in Redis (kick.lua), by the time at which
 * each ends. A new one is announced by a pub/sub channel that each bus with a
 * subscription is subscribed to. Pub/sub may lose it, so all are read anew when
 * a connection was made anew, and first of all when the process starts: before
 * anything else is read on that connection.
 */
#ifndef SHARED_BUS_KICKS_H
#define SHARED_BUS_KICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/kick.h"

struct bus;

struct bus_kick {
	struct kick kick;
	uint64_t ms; /* that it still lasts */
};

/* Called from the loop; names are valid during the call. */
struct bus_kicks_handler {
	/* Somebody is disconnected, and kept out for `ms`. 0: an earlier kick
	 * has ended. */
	void (*kicked)(void *arg, const struct kick *kick, uint64_t ms);
	/* All that are in force; others are not any longer. Never older than
	 * what `kicked` has told. */
	void (*listed)(void *arg, const struct bus_kick *kicks, size_t count);
};

/* After bus_open(), before the loop turns. Both are borrowed. */
void bus_kicks_listen(struct bus *bus, const struct bus_kicks_handler *handler,
		      void *arg);

struct bus_kick_result {
	const char *reason;	/* it was not stored: a phrase; NULL: it was */
	unsigned int processes; /* that got it at once */
	unsigned int dropped;	/* others, because there are too many */
};

typedef void bus_kick_fn(void *arg, const struct bus_kick_result *result);

/* Disconnects them, and keeps them out for `ms`; 0: an earlier kick ends.
 * fn(arg, result) is called once. False: Redis is not connected, and fn is not
 * called. */
bool bus_kick(struct bus *bus, const struct kick *kick, uint64_t ms,
	      bus_kick_fn *fn, void *arg) MUST_USE;

/* --- for the files of bus/ ------------------------------------------------ */

void bus_kicks_init(struct bus *bus);

/* A connection is up: reads all. */
void bus_kicks_read(struct bus *bus);

/* Something was announced. */
void bus_kicks_received(struct bus *bus, struct text message);

#endif
