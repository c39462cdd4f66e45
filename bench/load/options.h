/* SPDX-License-Identifier: MIT */
/*
 * options.h - what the load generator is told to do.
 */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/load/tally.h"

enum { MESSAGE_MAX = 32768 };

struct options {
	const char *target; /* file of the description */
	struct tally_plan plan;
	double rate;	/* messages a second; 0: as fast as they go */
	uint32_t ahead; /* then: messages sent and not yet delivered, at most */
	uint32_t back;	/* messages missed by those who come back; 0: none do */
	uint32_t window;      /* connections not yet held, at most */
	uint32_t per_address; /* subscribers of each source address */
	uint32_t settle_ms;   /* between all held and the first message */
	uint32_t grace_s;     /* without any progress, then it is over */
	bool deflate;	      /* a WebSocket offers permessage-deflate */
	bool fast;	      /* publish the fastest way there is */
	bool steps;
};

/* Ends the program with status 2 if they are not understood. */
void options_read(struct options *o, int argc, char **argv);

#endif
