/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/tally.h"

#include <stdlib.h>

/* Latencies are kept by the 10 us; the last step takes all that is longer. */
enum { STEP_NS = 10000, STEPS = 6000000 };

bool
tally_init(struct tally *t, const struct tally_plan *plan)
{
	size_t own_each =
	    (plan->own + plan->subscribers - 1) / plan->subscribers;

	*t = (struct tally){.plan = *plan};
	t->stride = (plan->common + own_each + 7) / 8;
	t->seen = calloc(plan->subscribers, t->stride);
	t->next = calloc(plan->subscribers, 2 * sizeof(*t->next));
	t->by_latency = calloc(STEPS, sizeof(*t->by_latency));
	if (t->seen && t->next && t->by_latency)
		return true;
	tally_free(t);
	return false;
}

void
tally_free(struct tally *t)
{
	free(t->seen);
	free(t->next);
	free(t->by_latency);
	*t = (struct tally){0};
}

static bool
is_mine(const struct tally *t, uint32_t subscriber, const struct stamp *at)
{
	uint64_t nth;

	if (at->bytes != t->plan.bytes)
		return false;
	if (at->channel == 0)
		return at->sequence < t->plan.common;
	nth = (uint64_t)at->sequence * t->plan.subscribers + subscriber;
	return at->channel == subscriber + 1 && nth < t->plan.own;
}

void
tally_message(struct tally *t, uint32_t subscriber, const struct stamp *at,
	      uint64_t now_ns)
{
	bool own = at->channel != 0;
	uint32_t *next = &t->next[2 * (size_t)subscriber + own];
	uint64_t took_ns = now_ns - at->sent_ns;
	uint64_t step = took_ns / STEP_NS;
	unsigned char *byte, mask;
	size_t bit;

	if (!is_mine(t, subscriber, at)) {
		t->stray++;
		return;
	}
	bit = at->sequence + (own ? t->plan.common : 0);
	byte = &t->seen[subscriber * t->stride + bit / 8];
	mask = (unsigned char)(1u << bit % 8);
	if (*byte & mask) {
		t->doubled++;
		return;
	}
	*byte |= mask;
	if (at->sequence < *next)
		t->out_of_order++;
	else
		*next = at->sequence + 1;
	t->delivered++;
	t->packed += at->packed;
	t->by_latency[step < STEPS ? step : STEPS - 1]++;
	if (took_ns > t->max_ns)
		t->max_ns = took_ns;
}

uint64_t
tally_expected(const struct tally_plan *plan)
{
	return (uint64_t)plan->subscribers * plan->common + plan->own;
}

double
tally_latency_ms(const struct tally *t, double percent)
{
	double rest = (double)t->delivered * percent / 100;
	double ms, max_ms = (double)t->max_ns / 1e6;
	size_t step = 0;

	while (step < STEPS - 1 && rest > t->by_latency[step])
		rest -= t->by_latency[step++];
	ms = (double)(step + 1) * STEP_NS / 1e6;
	return ms < max_ms ? ms : max_ms;
}

bool
tally_is_clean(const struct tally *t)
{
	return t->delivered == tally_expected(&t->plan) && t->doubled == 0 &&
	       t->out_of_order == 0 && t->stray == 0 && t->gaps == 0 &&
	       t->cut == 0;
}
