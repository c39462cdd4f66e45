/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/vec.h"
#include "shared/base/xalloc.h"

enum {
	RECENT_MAX = 64,	       /* messages in memory */
	RECENT_BYTES_MAX = 128 * 1024, /* of their data */
	EARLIER_MAX = 32	       /* ids */
};

static void
release(void *arg)
{
	struct channel *c = arg;
	size_t i;

	for (i = c->subscription_count; i-- > 0;) /* it may remove itself */
		c->subscriptions[i]->handler->release(c->subscriptions[i]);
}

void
channel_init(struct channel *c, struct text name, struct channel_common *common,
	     unsigned int gather_ms)
{
	memset(c, 0, sizeof(*c));
	c->name = name;
	c->common = common;
	gather_init(&c->gather, gather_ms, release, c);
}

void
channel_free(struct channel *c)
{
	gather_end(&c->common->gathers, &c->gather);
	messages_clear(&c->recent);
	free(c->earlier);
	free(c->subscriptions);
}

void
channel_set_state(struct channel *c, enum channel_state state)
{
	static const char *const names[] = {
	    [CHANNEL_DOWN] = "down",
	    [CHANNEL_SYNCING] = "syncing",
	    [CHANNEL_READY] = "ready",
	};

	if (state == c->state)
		return;
	assert(c->sync.reading == NULL);
	assert(state != CHANNEL_READY || c->state == CHANNEL_SYNCING);
	log_debug("channel_state", "channel=%s from=%s to=%s", c->name.bytes,
		  names[c->state], names[state]);
	c->state = state;
}

/* --- delivering ----------------------------------------------------------- */

static void
deliver(struct channel *c, struct delivery *d)
{
	bool waits = gather_add(&c->common->gathers, &c->gather,
				delivery_bytes(d), c->subscription_count);
	size_t i;

	for (i = 0; i < c->subscription_count; i++)
		c->subscriptions[i]->handler->deliver(c->subscriptions[i], d,
						      waits);
	delivery_unref(d);
}

static void
remember(struct channel *c, struct message *m)
{
	struct messages *recent = &c->recent;

	messages_add(recent, m);
	while (recent->count > RECENT_MAX ||
	       (recent->bytes > RECENT_BYTES_MAX && recent->count > 1)) {
		messages_drop_first(recent);
		c->earlier_count = 0; /* something between is forgotten */
	}
}

void
channel_start_at(struct channel *c, struct id tip)
{
	c->tip = c->next_prev = tip;
}

size_t
channel_delivered(const struct channel *c, struct id *ids, size_t max)
{
	size_t n = 0, i;

	ids[n++] = c->tip;
	for (i = c->recent.count; i > 0 && n < max; i--)
		if (id_compare(c->recent.at[i - 1]->id, c->tip) != 0)
			ids[n++] = c->recent.at[i - 1]->id;
	for (i = 0; i < c->earlier_count && n < max; i++)
		ids[n++] = c->earlier[i];
	return n;
}

bool
channel_remembers(const struct channel *c, struct id id)
{
	for (size_t i = c->recent.count; i > 0; i--)
		if (id_compare(id, c->recent.at[i - 1]->id) == 0)
			return true;
	return false;
}

/* The ids stay: Redis may go back to a history that it had left. */
static void
forget_recent(struct channel *c)
{
	struct id ids[EARLIER_MAX];
	size_t n = channel_delivered(c, ids, EARLIER_MAX);

	c->earlier = xreallocarray(c->earlier, n, sizeof(*ids));
	memcpy(c->earlier, ids, n * sizeof(*ids));
	c->earlier_count = n;
	messages_clear(&c->recent);
}

static void
deliver_gap(struct channel *c, const struct gap *g, struct id position)
{
	char after_text[ID_TEXT_SIZE], before_text[ID_TEXT_SIZE];

	id_format(after_text, g->after);
	id_format(before_text, g->before);
	log_warn("gap", "channel=%s after=%s before=%s", c->name.bytes,
		 after_text, before_text);
	deliver(c, delivery_of_gap(g, position));
}

void
channel_deliver_gap(struct channel *c, struct id before, struct id tip)
{
	const struct gap g = {
	    .channel = c->name, .after = c->tip, .before = before};

	forget_recent(c);
	channel_start_at(c, tip);
	c->lost = false;
	deliver_gap(c, &g, tip);
}

bool
channel_is_next(const struct channel *c, const struct message *m)
{
	return id_compare(m->prev, c->next_prev) == 0 ||
	       id_compare(m->prev, c->tip) == 0;
}

void
channel_deliver(struct channel *c, struct message *m)
{
	if (c->lost || !channel_is_next(c, m) || channel_is_cut(c, c->tip))
		channel_deliver_gap(c, m->id, m->prev);
	channel_saw(c, m);
	remember(c, m);
	channel_start_at(c, m->id);
	deliver(c, delivery_of_message(m));
}

void
channel_deliver_presence(struct channel *c, struct presence *p)
{
	deliver(c, delivery_of_presence(p));
}

/* --- cuts ----------------------------------------------------------------- */

bool
channel_is_cut(const struct channel *c, struct id id)
{
	return tip_has_cut(&c->redis, id);
}

bool
channel_fork_of(const struct channel *c, struct id lost, struct id *fork)
{
	return tip_fork_of(&c->redis, lost, fork);
}

void
channel_pass_forks(struct channel *c)
{
	size_t count = c->redis.fork_count;

	if (count > 0 && id_compare(c->redis.last, c->tip) == 0)
		c->passed = c->redis.forks[count - 1];
}

bool
channel_new_cut(const struct channel *c, uint64_t learned, struct id from,
		struct id to, struct id *cut)
{
	bool found = false;
	size_t i;

	for (i = 0; i < c->redis.cut_count; i++) {
		struct id at = c->redis.cuts[i];

		if (c->cut_numbers[i] <= learned || id_compare(at, from) < 0 ||
		    id_compare(at, found ? *cut : to) >= 0)
			continue;
		*cut = at;
		found = true;
	}
	return found;
}

uint64_t
channel_cuts_learned(const struct channel *c)
{
	return c->cuts_learned;
}

/* 0: it is not known yet. */
static uint64_t
number_of_cut(const struct channel *c, struct id cut)
{
	size_t i;

	for (i = 0; i < c->redis.cut_count; i++)
		if (id_compare(c->redis.cuts[i], cut) == 0)
			return c->cut_numbers[i];
	return 0;
}

void
channel_take_cuts(struct channel *c, const struct tip *redis, bool told)
{
	struct gap g = {.channel = c->name, .after = c->tip, .before = c->tip};
	uint64_t numbers[TIP_CUTS_MAX] = {0}, before = c->cuts_learned;
	size_t i;

	for (i = 0; i < redis->cut_count; i++) {
		numbers[i] = number_of_cut(c, redis->cuts[i]);
		if (numbers[i] == 0)
			numbers[i] = ++c->cuts_learned;
	}
	c->redis = *redis;
	memcpy(c->cut_numbers, numbers, sizeof(numbers));
	if (!told &&
	    channel_new_cut(c, before, (struct id){0, 0}, c->tip, &g.after))
		deliver_gap(c, &g, c->tip);
}

/* --- subscriptions -------------------------------------------------------- */

void
channel_tell_ready(struct channel *c)
{
	size_t i;

	for (i = c->subscription_count; i-- > 0;) /* it may remove itself */
		c->subscriptions[i]->handler->ready(c->subscriptions[i]);
}

void
channel_tell_down(struct channel *c)
{
	size_t i;

	for (i = c->subscription_count; i-- > 0;) /* it may remove itself */
		c->subscriptions[i]->handler->down(c->subscriptions[i]);
}

void
channel_add(struct channel *c, struct subscription *sub)
{
	c->subscriptions =
	    vec_grow(c->subscriptions, c->subscription_count,
		     &c->subscription_room, sizeof(*c->subscriptions));
	sub->channel = c;
	sub->slot = (unsigned int)c->subscription_count;
	c->subscriptions[c->subscription_count++] = sub;
}

void
channel_remove(struct subscription *sub)
{
	struct channel *c = sub->channel;
	struct subscription *last = c->subscriptions[--c->subscription_count];

	c->subscriptions[sub->slot] = last;
	last->slot = sub->slot;
}

bool
channel_is_idle(const struct channel *c)
{
	return c->subscription_count == 0;
}

/* --- accessors ------------------------------------------------------------ */

const struct text *
channel_name(const struct channel *c)
{
	return &c->name;
}

enum channel_state
channel_state(const struct channel *c)
{
	return c->state;
}

struct id
channel_tip(const struct channel *c)
{
	return c->tip;
}

size_t
channel_largest(const struct channel *c)
{
	return c->largest;
}

void
channel_saw(struct channel *c, const struct message *m)
{
	if (m->data.len > c->largest)
		c->largest = m->data.len;
}

void
channel_count_members(struct channel *c, int change)
{
	c->members += (size_t)change;
}

size_t
channel_members(const struct channel *c)
{
	return c->members;
}

uint64_t
channel_sends_at(const struct channel *c)
{
	return c->gather.count > 0 ? c->gather.until : 0;
}

uint64_t
channel_turn(const struct channel *c)
{
	return c->common->turn;
}

struct message *const *
channel_recent(const struct channel *c, struct id after, size_t *count)
{
	return messages_after(&c->recent, after, count);
}
