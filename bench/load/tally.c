/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/tally.h"

#include <stdlib.h>

bool
tally_init(struct tally *t, const struct tally_plan *plan)
{
	*t = (struct tally){.plan = *plan};
	t->stride = (plan->messages / plan->channels + 8) / 8;
	t->seen = calloc(plan->subscribers, t->stride);
	t->next = calloc(plan->subscribers, sizeof(*t->next));
	if (t->seen && t->next)
		return true;
	tally_free(t);
	return false;
}

void
tally_free(struct tally *t)
{
	free(t->seen);
	free(t->next);
	*t = (struct tally){0};
}

void
tally_message(struct tally *t, uint32_t subscriber, const struct stamp *at,
	      uint64_t now_ns)
{
	const struct tally_plan *plan = &t->plan;
	uint32_t *next = &t->next[subscriber];
	unsigned char *byte, mask;

	if (at->bytes != plan->bytes ||
	    at->channel != subscriber % plan->channels ||
	    at->sequence >= tally_due(plan, subscriber, plan->messages)) {
		t->stray++;
		return;
	}
	byte = &t->seen[subscriber * t->stride + at->sequence / 8];
	mask = (unsigned char)(1u << at->sequence % 8);
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
	histogram_add(&t->latency, now_ns - at->sent_ns);
}

uint32_t
tally_due(const struct tally_plan *plan, uint32_t subscriber, uint32_t sent)
{
	uint32_t channel = subscriber % plan->channels;

	return sent / plan->channels + (channel < sent % plan->channels);
}

uint64_t
tally_expected(const struct tally_plan *plan, uint32_t sent)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < plan->subscribers; i++)
		all += tally_due(plan, i, sent);
	return all;
}

bool
tally_is_clean(const struct tally *t)
{
	return t->delivered == tally_expected(&t->plan, t->plan.messages) &&
	       t->doubled == 0 && t->out_of_order == 0 && t->stray == 0 &&
	       t->gaps == 0 && t->cut == 0;
}
