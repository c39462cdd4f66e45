/* SPDX-License-Identifier: MIT */
/*
 * readers.h - thousands of held requests, each on its own connection.
 */
#ifndef BENCH_READERS_H
#define BENCH_READERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/feed.h"
#include "bench/tally.h"
#include "bench/target.h"
#include "shared/base/attributes.h"

struct reader {
	int fd; /* -1: not yet, or its response has ended */
	bool ready;
	struct feed feed;
};

struct readers {
	const struct target *target;
	enum target_way way;
	struct sockaddr_in to;
	struct tally *tally;
	bool own;  /* each reads a channel of its own as well */
	int epoll; /* where descriptors are added, data.u32 the reader */
	uint32_t count;
	uint32_t started;
	uint32_t ready; /* held, as far as the server says */
	struct reader *all;
};

/* What is set: target, way, to, tally, own, epoll, count. False: out of memory.
 */
bool readers_open(struct readers *r) MUST_USE;
void readers_close(struct readers *r);

/* Starts further ones, so many that a listen queue holds them. False: the
 * reason is on stderr. */
bool readers_start(struct readers *r) MUST_USE;

/* Reader `i` has something to read, or has ended. */
void readers_event(struct readers *r, uint32_t i);

uint64_t clock_ns(void); /* CLOCK_MONOTONIC */

#endif
