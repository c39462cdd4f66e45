/* SPDX-License-Identifier: MIT */
/*
 * tally.h - who got what: every message of every subscriber has its bit.
 *
 * Message S of the common channel goes to all subscribers; message S of
 * subscriber K's own channel to K alone. What comes is counted once
 * (delivered), more than once (doubled), after a later one of its channel (out
 * of order), or where or as it should not (stray). What does not come is lost.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/stamp.h"
#include "shared/base/attributes.h"

struct tally_plan {
	uint32_t subscribers;
	uint32_t common; /* messages to all */
	uint32_t own;	 /* messages to one subscriber each, in turn */
	size_t bytes;	 /* of the data of each */
};

struct tally {
	struct tally_plan plan;
	size_t stride; /* bytes of `seen` for each subscriber */
	unsigned char *seen;
	uint32_t *next; /* two for each subscriber: common, own */
	uint32_t *by_latency;
	uint64_t max_ns;
	uint64_t delivered;
	uint64_t packed; /* of them, compressed */
	uint64_t doubled;
	uint64_t out_of_order;
	uint64_t stray;
	uint64_t gaps;
	uint64_t cut; /* subscribers whose response ended */
};

/* False: out of memory. */
bool tally_init(struct tally *t, const struct tally_plan *plan) MUST_USE;
void tally_free(struct tally *t);

/* `subscriber` got the message of `stamp` at `now_ns`. */
void tally_message(struct tally *t, uint32_t subscriber,
		   const struct stamp *stamp, uint64_t now_ns);

/* Deliveries there are when nothing is lost. */
uint64_t tally_expected(const struct tally_plan *plan);

/* The latency that `percent` of the deliveries were not above, in ms. */
double tally_latency_ms(const struct tally *t, double percent);

/* Whether all came, once and in order. */
bool tally_is_clean(const struct tally *t);

#endif
