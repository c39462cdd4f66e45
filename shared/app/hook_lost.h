/* SPDX-License-Identifier: MIT */
/*
 * hook_lost.h - counts the events that a hook was not told of.
 *
 * They are logged at most every 10 seconds.
 */
#ifndef SHARED_APP_HOOK_LOST_H
#define SHARED_APP_HOOK_LOST_H

#include <stdint.h>

/* Zeroed: none. */
struct hook_lost {
	unsigned int untold; /* that the hook does not know yet */
	unsigned int logged; /* that the log does not know yet */
	uint64_t next;	     /* clock_ms() before which nothing is logged */
};

/* One more is lost. `hook` and `reason` are for the log. */
void hook_lost_add(struct hook_lost *l, const char *hook, const char *reason);

#endif
