/* SPDX-License-Identifier: MIT */
/*
 * publisher.h - sends messages in order: by POST on one kept connection, so
 * many at once as the server takes, or as lines to a command.
 */
#ifndef BENCH_LOAD_PUBLISHER_H
#define BENCH_LOAD_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/load/response.h"
#include "bench/load/target.h"
#include "shared/base/attributes.h"

enum { PUBLISHER_BUFFER = 65536 };

struct publisher {
	const struct target *target;
	int fd;		  /* -1: not connected; the next message connects */
	pid_t pid;	  /* of the command, else 0 */
	uint32_t waiting; /* publications without an answer */
	uint32_t asked;	  /* on this connection */
	bool refused;	  /* one was, or the connection broke */
	uint64_t used_ns; /* when the last one was sent or answered */
	struct response response;
	size_t out_len; /* what the socket or pipe has not taken */
	char out[PUBLISHER_BUFFER];
};

/* Starts the command, if the target has one. False: the reason is on stderr. */
bool publisher_open(struct publisher *p, const struct target *t) MUST_USE;

/* Waits for the command to take all that it was sent. */
void publisher_close(struct publisher *p);

/* Whether it takes another message now. */
bool publisher_is_free(const struct publisher *p);

/* Whether all that was sent was accepted, as far as can be known. */
bool publisher_is_done(const struct publisher *p);

/*
 * Sends `data` to a channel; only when free. `*connected` is set when `fd` is
 * another one than before, and must be watched. False: it cannot be sent; the
 * reason is on stderr.
 */
bool publisher_send(struct publisher *p, uint32_t channel, const char *data,
		    bool *connected) MUST_USE;

/* Sends what could not be sent at once, and takes in what answers there are,
 * without waiting. False: one is not a 2xx, or the connection broke; the
 * reason is on stderr. */
bool publisher_turn(struct publisher *p) MUST_USE;

#endif
