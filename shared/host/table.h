/* SPDX-License-Identifier: MIT */
/*
 * table.h - the file that all programs of a host share: what each of them
 * counts.
 *
 * A process has one of HOST_SLOTS slots and writes no other. It has two locks
 * (slots.h), which the kernel drops when the process ends, in whatever way: one
 * that the slot is taken, and one that what it shows counts. Who finds that a
 * process has ended takes the first lock to clear its slot; what is left there
 * counts for nobody meanwhile, even if he is stopped. Nobody waits for a lock.
 * A child that is forked without exec would keep the locks.
 *
 * An entry is a key and its count in one word, so it is never read half
 * written. Whoever may write to the file can write anything: what is read is
 * checked.
 */
#ifndef SHARED_HOST_TABLE_H
#define SHARED_HOST_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/host/hash.h"
#include "shared/host/image.h"

enum {
	HOST_PROBES = 64, /* entries of an area that are searched for a key */
	/* An entry: a key of 48 bits, which is not 0, then the count. */
	HOST_COUNT_BITS = 16,
	HOST_COUNT_MAX = 0xffff
};

struct host_table {
	struct host_image *image; /* NULL: there is none */
	int fd;
	unsigned int slot;
	unsigned int half;    /* of its area, which is not in use */
	bool is_shown;	      /* what it writes counts */
	uint64_t area_filter; /* of what was written to its area */
	struct host_hash_key key;
};

/* Opens the file, which may be empty, and takes a slot, whose line is as its
 * last process left it, and counts for nobody before host_table_show(). NULL,
 * or why there is no table, which is a sentence or the text of an errno,
 * static; then `key` is random and all else works, and others count nothing.
 * One table in a process. */
const char *host_table_open(struct host_table *t, const char *path) MUST_USE;

/* Leaves the slot. `keep`: its line still counts. */
void host_table_close(struct host_table *t, bool keep);

/* True: others do not count what it shows. The file was made shorter or
 * removed. */
bool host_table_is_lost(const struct host_table *t) MUST_USE;

/* Adds to each of `sums` what the other slots count of its key: of living
 * processes and of dead ones. */
void host_table_add(const struct host_table *t, const uint64_t *keys,
		    uint64_t *sums, size_t count);

/* What the other slots of living processes count of the key. Dead ones that it
 * finds count none of it from now on. */
uint64_t host_table_living(const struct host_table *t, uint64_t key) MUST_USE;

/* Entry `at` of the line of its slot, and the time it bears. */
uint64_t host_table_line(const struct host_table *t, unsigned int at) MUST_USE;
uint64_t host_table_time(const struct host_table *t) MUST_USE;
void host_table_set_time(struct host_table *t, uint64_t time);

/* Writes entry `at` of the line (shift 0), or of the area in use. */
void host_table_put(struct host_table *t, unsigned int shift, size_t at,
		    uint64_t entry);

/* Begins a table of 1 << shift entries, all 0, in the half of the area that is
 * not in use; shift 0: in the line. host_table_put() writes to it from now on,
 * others read it after host_table_show(). False: there is no room. */
bool host_table_begin(struct host_table *t, unsigned int shift) MUST_USE;
void host_table_show(struct host_table *t, unsigned int shift);

/* Where in 1 << shift entries the search for a key begins. */
size_t host_table_start(uint64_t key, unsigned int shift) MUST_USE;

#endif
