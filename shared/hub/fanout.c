/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/fanout.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/vec.h"
#include "shared/base/xalloc.h"
#include "shared/hub/channel_presence.h"

/* --- its life ------------------------------------------------------------- */

/* One allocation: the arrays lie behind the fanout. */
static struct fanout *
allocate(size_t count, struct text **names)
{
	struct fanout *f = xcalloc(
	    1, sizeof(*f) + count * (sizeof(*f->parts) + sizeof(**names) +
				     sizeof(*f->subscriptions)));

	f->parts = (struct cursor_part *)(f + 1);
	*names = (struct text *)(f->parts + count);
	f->subscriptions = (struct subscription *)(*names + count);
	return f;
}

struct fanout *
fanout_new(const struct fanout_set *set, struct channels *channels,
	   const struct subscription_handler *handler)
{
	struct text *names;
	struct fanout *f = allocate(set->channel_count, &names);
	size_t i;

	f->set = (struct fanout_set){.format = set->format,
				     .channels = names,
				     .channel_count = set->channel_count};
	for (i = 0; i < set->channel_count; i++) {
		struct subscription *sub = &f->subscriptions[i];

		sub->handler = handler;
		sub->owner = f;
		sub->number = (unsigned int)i;
		channels_subscribe(channels, set->channels[i], sub);
		if (set->format->presence)
			channel_presence_watch(sub->channel->presence);
		names[i] = *channel_name(sub->channel);
		f->parts[i].tag = cursor_tag(names[i]);
	}
	return f;
}

void
fanout_free(struct fanout *f)
{
	size_t i;

	for (i = 0; i < f->set.channel_count; i++)
		channels_unsubscribe(&f->subscriptions[i]);
	fanout_clear_pending(f);
	free(f->pending);
	free(f);
}

/* --- members -------------------------------------------------------------- */

static void
members_add(struct members *ms, struct member *m)
{
	ms->at = vec_grow(ms->at, ms->count, &ms->room, sizeof(*ms->at));
	m->slot = (unsigned int)ms->count;
	ms->at[ms->count++] = m;
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

static void
count_member(const struct fanout *f, int change)
{
	for (size_t i = 0; i < f->set.channel_count; i++)
		channel_count_members(f->subscriptions[i].channel, change);
}

void
fanout_add(struct fanout *f, struct member *m)
{
	count_member(f, 1);
	members_add(&f->waiting, m);
	m->fanout = f;
	m->live = false;
}

void
fanout_make_live(struct member *m)
{
	struct fanout *f = m->fanout;
	size_t i;

	assert(!m->live);
	if (f->live.count == 0)
		fanout_clear_pending(f); /* of those that left */
	members_remove(&f->waiting, m);
	members_add(&f->live, m);
	m->live = true;
	fanout_set_ahead(m, f->pending_count);
	for (i = 0; f->pending_count == 0 && i < f->set.channel_count; i++)
		f->parts[i].id = channel_tip(f->subscriptions[i].channel);
}

void
fanout_set_ahead(struct member *m, size_t count)
{
	m->fanout->ahead -= m->ahead > 0;
	m->ahead = (unsigned int)count & INT_MAX;
	m->fanout->ahead += m->ahead > 0;
}

void
fanout_remove(struct member *m)
{
	struct fanout *f = m->fanout;

	count_member(f, -1);
	fanout_set_ahead(m, 0);
	members_remove(m->live ? &f->live : &f->waiting, m);
	m->fanout = NULL;
}

bool
fanout_is_empty(const struct fanout *f)
{
	return f->live.count == 0 && f->waiting.count == 0;
}

/* --- pending deliveries --------------------------------------------------- */

void
fanout_add_pending(struct fanout *f, struct delivery *d, unsigned int number)
{
	f->pending = vec_grow(f->pending, f->pending_count, &f->pending_room,
			      sizeof(*f->pending));
	f->pending[f->pending_count++] =
	    (struct pending){.delivery = delivery_ref(d), .number = number};
}

void
fanout_pass(const struct fanout *f, struct cursor_part *parts, size_t i)
{
	const struct pending *p = &f->pending[i];

	if (p->delivery->presence == NULL)
		parts[p->number].id = p->delivery->position;
}

void
fanout_clear_pending(struct fanout *f)
{
	enum { ROOM_KEPT = 4 };
	size_t i;

	for (i = 0; i < f->pending_count; i++) {
		fanout_pass(f, f->parts, i);
		delivery_unref(f->pending[i].delivery);
	}
	f->pending_count = 0;
	for (i = 0; f->ahead > 0 && i < f->live.count; i++)
		fanout_set_ahead(f->live.at[i], 0);
	if (f->pending_room > ROOM_KEPT) {
		free(f->pending);
		f->pending = NULL;
		f->pending_room = 0;
	}
}

/* --- presence ------------------------------------------------------------- */

static struct channel_presence *
presence_at(const struct fanout *f, size_t i)
{
	return f->subscriptions[i].channel->presence;
}

bool
fanout_knows_presence(const struct fanout *f)
{
	for (size_t i = 0; f->set.format->presence && i < f->set.channel_count;
	     i++)
		if (!channel_presence_is_known(presence_at(f, i)))
			return false;
	return true;
}

size_t
fanout_presences(const struct fanout *f, struct presence *out[CHANNELS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; f->set.format->presence && i < f->set.channel_count;
	     i++) {
		out[n] = channel_presence_now(presence_at(f, i));
		n += out[n] != NULL;
	}
	return n;
}

/* --- accessors ------------------------------------------------------------ */

const struct format *
fanout_format(const struct fanout *f)
{
	return f->set.format;
}

size_t
fanout_channel_count(const struct fanout *f)
{
	return f->set.channel_count;
}

struct channel *
fanout_channel(const struct fanout *f, size_t i)
{
	return f->subscriptions[i].channel;
}

bool
fanout_has_channel(const struct fanout *f, struct text name)
{
	for (size_t i = 0; i < f->set.channel_count; i++)
		if (text_equals(f->set.channels[i], name))
			return true;
	return false;
}

void
fanout_position(const struct member *m, struct cursor_part out[CHANNELS_MAX])
{
	const struct fanout *f = m->fanout;

	memcpy(out, f->parts, f->set.channel_count * sizeof(*out));
	for (size_t i = 0; i < m->ahead; i++)
		fanout_pass(f, out, i);
}

uint64_t
fanout_tag(const struct fanout *f, size_t i)
{
	return f->parts[i].tag;
}
