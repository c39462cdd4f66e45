/* SPDX-License-Identifier: MIT */
/*
 * frames.h - reads what a server sends on one WebSocket, in whatever pieces it
 * comes. A message may be compressed (permessage-deflate, without context
 * takeover).
 */
#ifndef BENCH_LOAD_FRAMES_H
#define BENCH_LOAD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/message.h"

struct frames {
	char *kept; /* a frame that is not whole */
	size_t kept_len;
	char *message; /* one whose last frame has not come */
	size_t message_len;
	bool deflated; /* that one */
};

/* Calls `fn` for all that becomes whole with `bytes`. False: the server closed,
 * or sent what it should not, or memory ran out. */
bool frames_take(struct frames *f, const char *bytes, size_t len, said_fn *fn,
		 void *arg);

void frames_free(struct frames *f);

/* Messages that came compressed, of all WebSockets. */
extern uint64_t frames_deflated;

/* Frees what all share. */
void frames_free_shared(void);

#endif
