/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/fanout.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/hub/fanout_private.h"

/* --- members -------------------------------------------------------------- */

static bool
members_add(struct members *ms, struct member *m)
{
	struct member **at;
	size_t room;

	if (ms->count == ms->room) {
		room = ms->room ? 2 * ms->room : 1;
		at = realloc(ms->at, room * sizeof(struct member *));
		if (at == NULL)
			return false;
		ms->at = at;
		ms->room = room;
	}
	m->slot = ms->count;
	ms->at[ms->count++] = m;
	return true;
}

static void
members_remove(struct members *ms, struct member *m)
{
	struct member *last = ms->at[--ms->count];

	ms->at[m->slot] = last;
	last->slot = m->slot;
	if (ms->count == 0) {
		free(ms->at);
		memset(ms, 0, sizeof(*ms));
	}
}

static int
compare_keys(const void *a, const void *b)
{
	const struct fanout_key *x = a, *y = b;
	int order = memcmp(&x->format, &y->format, sizeof(x->format));
	size_t i;

	if (order == 0 && x->count != y->count)
		order = x->count < y->count ? -1 : 1;
	for (i = 0; order == 0 && i < x->count; i++)
		order = strcmp(x->names[i]->bytes, y->names[i]->bytes);
	return order;
}

void
fanout_forget_pending(struct fanout *fanout)
{
	enum { ROOM_KEPT = 4 };

	while (fanout->pending_count > 0)
		delivery_unref(
		    fanout->pending[--fanout->pending_count].delivery);
	if (fanout->pending_room > ROOM_KEPT) {
		free(fanout->pending);
		fanout->pending = NULL;
		fanout->pending_room = 0;
	}
}

static void
fanout_free(struct fanout *fanout)
{
	size_t i;

	tdelete(fanout, &fanout->all->tree, compare_keys);
	if (fanout->next != NULL)
		fanout->next->prev = fanout->prev;
	if (fanout->prev != NULL)
		fanout->prev->next = fanout->next;
	else
		fanout->all->first = fanout->next;
	for (i = 0; i < fanout->key.count; i++)
		channels_unsubscribe(fanout->channels[i],
				     &fanout->subscriptions[i]);
	fanout_forget_pending(fanout);
	free(fanout->pending);
	free(fanout);
}

void
fanout_release(struct fanout *fanout)
{
	if (fanout->users == 0 && !fanout->touched && fanout->live.count == 0 &&
	    fanout->waiting.count == 0)
		fanout_free(fanout);
}

/* --- what the channels say ------------------------------------------------ */

static void
deliver(struct subscription *sub, struct delivery *d)
{
	struct fanout *fanout = sub->owner;
	struct pending *pending;
	size_t room;

	if (fanout->live.count == 0)
		return;
	if (fanout->pending_count == fanout->pending_room) {
		room = fanout->pending_room ? 2 * fanout->pending_room : 1;
		pending = realloc(fanout->pending, room * sizeof(*pending));
		if (pending == NULL) {
			log_error("memory", "reason=\"out of memory\"");
			abort(); /* nobody may miss it without being told */
		}
		fanout->pending = pending;
		fanout->pending_room = room;
	}
	fanout->pending[fanout->pending_count++] = (struct pending){
	    .delivery = delivery_ref(d), .number = sub->number};
	if (!fanout->touched) {
		fanout->touched = true;
		fanout->next_touched = fanout->all->touched;
		fanout->all->touched = fanout;
	}
}

static void
tell_waiting(struct fanout *fanout, void (*fn)(struct member *m))
{
	size_t i;

	fanout->users++;
	for (i = fanout->waiting.count; i-- > 0;) /* it may leave or join */
		if (i < fanout->waiting.count)
			fn(fanout->waiting.at[i]);
	fanout->users--;
	fanout_release(fanout);
}

static void
ready(struct subscription *sub)
{
	struct fanout *fanout = sub->owner;

	tell_waiting(fanout, fanout->all->handler->wake);
}

static void
down(struct subscription *sub)
{
	struct fanout *fanout = sub->owner;

	tell_waiting(fanout, fanout->all->handler->down);
}

static const struct subscription_handler subscription_handler = {
    .deliver = deliver,
    .ready = ready,
    .down = down,
};

/* --- coming and going ----------------------------------------------------- */

void
fanouts_init(struct fanouts *all, const struct technique *technique,
	     struct channels *channels, const struct fanout_handler *handler)
{
	memset(all, 0, sizeof(*all));
	all->technique = technique;
	all->channels = channels;
	all->handler = handler;
	chain_init(&all->chain);
}

void
fanouts_free(struct fanouts *all)
{
	while (all->first != NULL)
		fanout_free(all->first);
	chain_free(&all->chain);
}

/* One allocation: parts, subscriptions and channels lie behind the fanout. */
static struct fanout *
allocate(size_t count)
{
	struct fanout *fanout =
	    calloc(1, sizeof(*fanout) + count * (sizeof(struct cursor_part) +
						 sizeof(struct subscription) +
						 sizeof(struct channel *)));

	if (fanout == NULL)
		return NULL;
	fanout->parts = (struct cursor_part *)(fanout + 1);
	fanout->subscriptions = (struct subscription *)(fanout->parts + count);
	fanout->channels = (struct channel **)(fanout->subscriptions + count);
	/* a channel begins with its name: one array is both */
	fanout->key.names = (const struct text *const *)fanout->channels;
	return fanout;
}

static bool
follow_all(struct fanout *fanout, const struct fanout_set *set)
{
	struct subscription *sub;
	size_t i;

	for (i = 0; i < set->channel_count; i++) {
		const struct text *name = &set->channels[i];

		sub = &fanout->subscriptions[i];
		sub->handler = &subscription_handler;
		sub->owner = fanout;
		sub->number = i;
		fanout->channels[i] =
		    channels_subscribe(fanout->all->channels, *name, sub);
		fanout->key.count++;
		fanout->parts[i].tag = cursor_tag(*name);
	}
	if (i == set->channel_count)
		return true;
	while (i-- > 0)
		channels_unsubscribe(fanout->channels[i],
				     &fanout->subscriptions[i]);
	return false;
}

static struct fanout *
fanout_new(struct fanouts *all, const struct fanout_set *set)
{
	struct fanout *fanout = allocate(set->channel_count);

	if (fanout == NULL)
		return NULL;
	fanout->all = all;
	fanout->key.format = *set->format;
	if (!follow_all(fanout, set)) {
		free(fanout);
		return NULL;
	}
	if (tsearch(fanout, &all->tree, compare_keys) == NULL) {
		while (fanout->key.count-- > 0)
			channels_unsubscribe(
			    fanout->channels[fanout->key.count],
			    &fanout->subscriptions[fanout->key.count]);
		free(fanout);
		return NULL;
	}
	fanout->next = all->first;
	if (fanout->next != NULL)
		fanout->next->prev = fanout;
	all->first = fanout;
	return fanout;
}

static struct fanout *
find(const struct fanouts *all, const struct fanout_set *set)
{
	const struct text *names[CHANNELS_MAX];
	struct fanout_key key = {.format = *set->format,
				 .count = set->channel_count,
				 .names = names};
	void *const *node;
	size_t i;

	for (i = 0; i < set->channel_count; i++)
		names[i] = &set->channels[i];
	node = tfind(&key, &all->tree, compare_keys);
	return node != NULL ? *node : NULL;
}

bool
fanout_enter(struct fanouts *all, const struct fanout_set *set,
	     struct member *m)
{
	struct fanout *fanout = find(all, set);

	if (fanout == NULL && (fanout = fanout_new(all, set)) == NULL)
		return false;
	if (!members_add(&fanout->waiting, m)) {
		fanout_release(fanout);
		return false;
	}
	m->fanout = fanout;
	m->live = false;
	return true;
}

bool
fanout_join(struct member *m)
{
	struct fanout *fanout = m->fanout;
	size_t i;

	fanout_flush(
	    fanout); /* what has gathered is not for the one who comes now */
	members_remove(&fanout->waiting, m);
	m->live = members_add(&fanout->live, m);
	if (!m->live) {
		m->fanout = NULL;
		fanout_release(fanout);
		return false;
	}
	for (i = 0; i < fanout->key.count; i++)
		fanout->parts[i].id = channel_tip(fanout->channels[i]);
	return true;
}

void
fanout_leave(struct member *m)
{
	struct fanout *fanout = m->fanout;

	if (fanout == NULL)
		return;
	members_remove(m->live ? &fanout->live : &fanout->waiting, m);
	m->fanout = NULL;
	fanout_release(fanout);
}

const struct format *
fanout_format(const struct fanout *fanout)
{
	return &fanout->key.format;
}

size_t
fanout_channel_count(const struct fanout *fanout)
{
	return fanout->key.count;
}

struct channel *
fanout_channel(const struct fanout *fanout, size_t i)
{
	return fanout->channels[i];
}

const struct cursor_part *
fanout_parts(const struct fanout *fanout)
{
	return fanout->parts;
}

void
fanouts_each(struct fanouts *all, void (*fn)(struct member *m))
{
	struct fanout *fanout, *next;
	size_t i;

	for (fanout = all->first; fanout != NULL; fanout = next) {
		next = fanout->next;
		fanout->users++;
		for (i = fanout->live.count; i-- > 0;)
			fn(fanout->live.at[i]);
		fanout->users--;
		tell_waiting(fanout, fn);
	}
}
