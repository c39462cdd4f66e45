/* SPDX-License-Identifier: MIT */
/*
 * counts.h - numbers that are counted for the whole host: how many of something
 * all processes hold, or have done in this second or hour.
 *
 * A process counts in its own memory and shows others its numbers in the table
 * (table.h). Without a table it counts for itself.
 *
 * What is wrong at most: a number that changes in another process while it is
 * read; two keys that are the same 45 bits of a hash with a secret key, once in
 * 10^8 processes with 500 keys; counts above 65,535 of one process, which count
 * as that; and all of a process with more than 32,768 keys, which counts for
 * itself alone. What a dead process held does not count; what it did in the
 * hour counts until another takes its slot, which goes on with its numbers if
 * they were 6 at most: 5 of one that had more and ended by itself.
 */
#ifndef SHARED_HOST_COUNTS_H
#define SHARED_HOST_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/host/table.h"

enum host_kind {
	HOST_HELD, /* until it is dropped */
	HOST_RATE, /* in one second */
	HOST_HOUR  /* in one hour of clock_ms(), all processes the same */
};

/* Of what is counted. 0: nothing. */
typedef uint64_t host_key;

struct host_entry {
	host_key key; /* 0: none */
	uint32_t count;
	uint32_t period; /* the second or hour in which it counts; HELD: 0 */
};

struct host_counts {
	struct host_table table;
	struct host_entry first[HOST_INLINE]; /* while they are enough */
	struct host_entry *entries;
	unsigned int shift; /* entries is 1 << shift long; 0: it is first */
	size_t used;	    /* of entries, with those that do not count */
	bool is_shown;	    /* others see them */
};

/* Opens the table at `path`. NULL, or why this process counts for itself: a
 * sentence or the text of an errno, static. `c` must not move. */
const char *host_counts_open(struct host_counts *c, const char *path) MUST_USE;
void host_counts_close(struct host_counts *c);

/* True: it counts for itself, also if the table was lost since. */
bool host_counts_are_own(const struct host_counts *c) MUST_USE;

/* The key of something of this `name` for this `what`, which tells limits
 * apart. Of HOST_RATE and HOST_HOUR it is that of this second or hour: ask for
 * it each time. */
host_key host_counts_key(const struct host_counts *c, enum host_kind kind,
			 char what, const void *name, size_t len) MUST_USE;

/* Adds 1; takes it away again. */
void host_counts_add(struct host_counts *c, host_key key);
void host_counts_drop(struct host_counts *c, host_key key);

/* The numbers of the host, written to `sums`. They may be too high by what dead
 * processes held. */
void host_counts_read(const struct host_counts *c, const host_key *keys,
		      uint64_t *sums, size_t count);

/* The number of the host: exact, and a system call for each process that holds
 * some of it. */
uint64_t host_counts_exact(const struct host_counts *c, host_key key) MUST_USE;

#endif
