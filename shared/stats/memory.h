/* SPDX-License-Identifier: MIT */
/*
 * memory.h - how much memory this process takes.
 *
 * Source: proc(5), /proc/PID/statm
 */
#ifndef SHARED_STATS_MEMORY_H
#define SHARED_STATS_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/attributes.h"

struct memory {
	uint64_t rss;	  /* bytes that are in memory */
	uint64_t private; /* of these, what is of no file and not shared: the
			   * heap, stacks, and changed variables */
};

/* Opens /proc/self/statm, for the life of the process: later it may not open
 * files. Calling it again does nothing. */
void memory_open(void);

/* False: it is not known. */
bool memory_read(struct memory *out) MUST_USE;

#endif
