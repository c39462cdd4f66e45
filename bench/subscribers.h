/* SPDX-License-Identifier: MIT */
/*
 * subscribers.h - thousands of held requests, each on its own connection.
 */
#ifndef BENCH_SUBSCRIBERS_H
#define BENCH_SUBSCRIBERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/feed.h"
#include "bench/tally.h"
#include "bench/target.h"
#include "shared/base/attributes.h"

struct subscriber {
	int fd; /* -1: not yet, or its response has ended */
	bool ready;
	struct feed feed;
};

struct subscribers {
	const struct target *target;
	enum target_way way;
	struct sockaddr_in to;
	struct tally *tally;
	bool own;  /* each reads a channel of its own as well */
	int epoll; /* where descriptors are added, data.u32 the subscriber */
	uint32_t count;
	uint32_t started;
	uint32_t ready; /* held, as far as the server says */
	struct subscriber *all;
};

/* What is set: target, way, to, tally, own, epoll, count. False: out of memory.
 */
bool subscribers_open(struct subscribers *r) MUST_USE;
void subscribers_close(struct subscribers *r);

/* Starts further ones, so many that a listen queue holds them. False: the
 * reason is on stderr. */
bool subscribers_start(struct subscribers *r) MUST_USE;

/* Reader `i` has something to read, or has ended. */
void subscribers_event(struct subscribers *r, uint32_t i);

uint64_t clock_ns(void); /* CLOCK_MONOTONIC */

#endif
