/* SPDX-License-Identifier: MIT */
/*
 * posts.h - the messages that bench/posts publishes, and what it takes until
 * each is answered.
 */
#ifndef BENCH_POSTS_H
#define BENCH_POSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

enum { POSTS_DATA_MAX = 32768, POSTS_DATA_MIN = 16 };

struct posts {
	uint32_t messages; /* to publish in all */
	uint32_t at_once;  /* at most so many are under way */
	uint32_t bytes;	   /* of data in each */
	uint32_t sent, answered;
	uint64_t start_ns, end_ns; /* from the first to the last answer */
	uint64_t *latency_ns;	   /* of each that is answered */
	uint64_t child_cpu_ns;	   /* of the programs that were started */
};

/* What a sender does for its next message: writes `SENDER.NUMBER.xxxx`, which
 * tells on the other side whether its messages are there once and in order.
 * Returns the time now, which posts_answered() wants. */
uint64_t posts_next(struct posts *p, char data[POSTS_DATA_MAX + 1],
		    uint32_t sender, uint32_t number);
void posts_answered(struct posts *p, uint64_t sent_ns);

/* Whether there is another one to send. */
bool posts_left(const struct posts *p);

/* CLOCK_MONOTONIC */
uint64_t posts_clock(void);

/* Prints how fast they were answered, and sorts latency_ns. */
void posts_print(struct posts *p);

/*
 * Publish all. False: it cannot be done; the reason is on stderr.
 *
 * to `ip:port` by HTTP, over connections that stay open
 */
bool posts_http(struct posts *p, const char *address) MUST_USE;
/* to the unix socket of a FastCGI program, likewise */
bool posts_fastcgi(struct posts *p, const char *path) MUST_USE;
/* with a process of `argv` for each, its data as the last argument: argv has
 * room for it before its NULL */
bool posts_command(struct posts *p, char **argv, size_t argc) MUST_USE;
/* with one process of `argv`, which reads lines and prints an id for each */
bool posts_lines(struct posts *p, char **argv) MUST_USE;

#endif
