/* SPDX-License-Identifier: MIT */
/*
 * tally.h - who got what: every message of every subscriber has its bit.
 *
 * Subscriber I reads channel I modulo the number of channels; messages go to
 * the channels in turn. What comes is counted once (delivered), more than once
 * (doubled), after a later one (out of order), or where or as it should not
 * (stray). What does not come is lost.
 */
#ifndef BENCH_LOAD_TALLY_H
#define BENCH_LOAD_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/histogram.h"
#include "bench/load/stamp.h"
#include "shared/base/attributes.h"

struct tally_plan {
	uint32_t subscribers;
	uint32_t channels;
	uint32_t messages; /* to all channels together */
	size_t bytes;	   /* of the data of each */
};

struct tally {
	struct tally_plan plan;
	size_t stride; /* bytes of `seen` for each subscriber */
	unsigned char *seen;
	uint32_t *next; /* of each subscriber, the sequence after the last */
	struct histogram latency;
	uint64_t delivered;
	uint64_t doubled;
	uint64_t out_of_order;
	uint64_t stray;
	uint64_t gaps; /* the server says that it has lost something */
	uint64_t cut;  /* responses that ended */
};

/* False: out of memory. */
bool tally_init(struct tally *t, const struct tally_plan *plan) MUST_USE;
void tally_free(struct tally *t);

/* `subscriber` got the message of `stamp` at `now_ns`. */
void tally_message(struct tally *t, uint32_t subscriber,
		   const struct stamp *stamp, uint64_t now_ns);

/* How many messages, of the first `sent`, go to the channel of a subscriber. */
uint32_t tally_due(const struct tally_plan *plan, uint32_t subscriber,
		   uint32_t sent);

/* Deliveries there are when nothing of the first `sent` is lost. */
uint64_t tally_expected(const struct tally_plan *plan, uint32_t sent);

/* Whether all came, once and in order. */
bool tally_is_clean(const struct tally *t);

#endif
