/* SPDX-License-Identifier: MIT */
/*
 * entries.h - what each process says of itself, in Redis, for all others.
 *
 *	push:entry:<id>	the entry, a text of JSON (entry.h); it expires
 *	push:entries	sorted set: the ids by the time when they expire, so
 *			that nobody needs SCAN. Who writes or reads removes
 *			those that have expired
 *
 * Nothing depends on an entry: that Redis does not take it (an ACL, a replica,
 * no memory) is logged once until it does.
 */
#ifndef SHARED_BUS_ENTRIES_H
#define SHARED_BUS_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/bus/call.h"

struct bus;

enum {
	ENTRY_ID_SIZE = 16 + 1, /* hex digits and a NUL */
	ENTRY_MAX = 64 * 1024,	/* bytes of one */
	ENTRIES_MAX = 4096,	/* that are read, and in the index */
	ENTRIES_BYTES_MAX = 16 * 1024 * 1024
};

/* An id that no other process has. */
void entry_id(char out[ENTRY_ID_SIZE]);

/* Writes the entry, which lives for `life` s. `json` is copied. What Redis says
 * of its time goes to stats_redis_clock(). False: the connection is down, or
 * the entry is longer than ENTRY_MAX. */
bool entries_write(struct bus *bus, const char *id, const char *json,
		   unsigned int life) MUST_USE;

/* Removes the entry. False: the connection is down. */
bool entries_remove(struct bus *bus, const char *id);

/* Everything is valid during the call. */
struct entries {
	enum bus_status status;
	const struct text *texts; /* any program may have written them */
	size_t count;
	bool is_cut;	 /* there are more, or longer ones */
	uint64_t now_ms; /* ms since 1970, by Redis' clock */
};

typedef void entries_fn(void *arg, const struct entries *entries);

/* Reads those of all processes; the last written come first. fn(arg, entries)
 * is called once, from the loop. NULL: the connection is down, fn is not
 * called. */
struct bus_call *entries_read(struct bus *bus, entries_fn *fn, void *arg);

/* --- for bus.c ------------------------------------------------------------ */

void entries_init(struct bus *bus);

#endif
