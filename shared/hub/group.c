/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/group.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "shared/hub/group_private.h"
#include "shared/base/log.h"

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
	const struct group_key *x = a, *y = b;
	int order = memcmp(&x->format, &y->format, sizeof(x->format));
	size_t i;

	if (order == 0 && x->count != y->count)
		order = x->count < y->count ? -1 : 1;
	for (i = 0; order == 0 && i < x->count; i++)
		order = strcmp(x->names[i]->bytes, y->names[i]->bytes);
	return order;
}

void
group_forget_pending(struct group *g)
{
	enum { ROOM_KEPT = 4 };

	while (g->pending_count > 0)
		delivery_unref(g->pending[--g->pending_count].delivery);
	if (g->pending_room > ROOM_KEPT) {
		free(g->pending);
		g->pending = NULL;
		g->pending_room = 0;
	}
}

static void
group_free(struct group *g)
{
	size_t i;

	tdelete(g, &g->all->tree, compare_keys);
	if (g->next != NULL)
		g->next->prev = g->prev;
	if (g->prev != NULL)
		g->prev->next = g->next;
	else
		g->all->first = g->next;
	for (i = 0; i < g->key.count; i++)
		channel_leave(g->channels[i], &g->followers[i]);
	group_forget_pending(g);
	free(g->pending);
	free(g);
}

void
group_release(struct group *g)
{
	if (g->users == 0 && !g->touched && g->live.count == 0 &&
	    g->waiting.count == 0)
		group_free(g);
}

/* --- what the channels say ------------------------------------------------ */

static void
deliver(struct follower *f, struct delivery *d)
{
	struct group *g = f->owner;
	struct pending *pending;
	size_t room;

	if (g->live.count == 0)
		return;
	if (g->pending_count == g->pending_room) {
		room = g->pending_room ? 2 * g->pending_room : 1;
		pending = realloc(g->pending, room * sizeof(*pending));
		if (pending == NULL) {
			log_error("memory", "reason=\"out of memory\"");
			abort(); /* nobody may miss it without being told */
		}
		g->pending = pending;
		g->pending_room = room;
	}
	g->pending[g->pending_count++] =
	    (struct pending){.delivery = delivery_ref(d), .number = f->number};
	if (!g->touched) {
		g->touched = true;
		g->next_touched = g->all->touched;
		g->all->touched = g;
	}
}

static void
tell_waiting(struct group *g, void (*fn)(struct member *m))
{
	size_t i;

	g->users++;
	for (i = g->waiting.count; i-- > 0;) /* it may leave or join */
		if (i < g->waiting.count)
			fn(g->waiting.at[i]);
	g->users--;
	group_release(g);
}

static void
ready(struct follower *f)
{
	struct group *g = f->owner;

	tell_waiting(g, g->all->handler->wake);
}

static void
away(struct follower *f)
{
	struct group *g = f->owner;

	tell_waiting(g, g->all->handler->away);
}

static const struct follower_handler follower_handler = {
    .deliver = deliver,
    .ready = ready,
    .away = away,
};

/* --- coming and going ----------------------------------------------------- */

void
groups_init(struct groups *all, struct channels *channels,
	    const struct group_handler *handler)
{
	memset(all, 0, sizeof(*all));
	all->channels = channels;
	all->handler = handler;
	chain_init(&all->chain);
}

void
groups_free(struct groups *all)
{
	while (all->first != NULL)
		group_free(all->first);
	chain_free(&all->chain);
}

/* One allocation: parts, followers and channels lie behind the group. */
static struct group *
allocate(size_t count)
{
	struct group *g =
	    calloc(1, sizeof(*g) + count * (sizeof(struct cursor_part) +
					    sizeof(struct follower) +
					    sizeof(struct channel *)));

	if (g == NULL)
		return NULL;
	g->parts = (struct cursor_part *)(g + 1);
	g->followers = (struct follower *)(g->parts + count);
	g->channels = (struct channel **)(g->followers + count);
	/* a channel begins with its name: one array is both */
	g->key.names = (const struct text *const *)g->channels;
	return g;
}

static bool
follow_all(struct group *g, const struct params *params)
{
	struct follower *f;
	size_t i;

	for (i = 0; i < params->channel_count; i++) {
		const struct text *name = &params->channels[i];

		f = &g->followers[i];
		f->handler = &follower_handler;
		f->owner = g;
		f->number = i;
		g->channels[i] =
		    channel_follow(g->all->channels, name->bytes, name->len, f);
		if (g->channels[i] == NULL)
			break;
		g->key.count++;
		g->parts[i].tag = cursor_tag(name->bytes, name->len);
	}
	if (i == params->channel_count)
		return true;
	while (i-- > 0)
		channel_leave(g->channels[i], &g->followers[i]);
	return false;
}

static struct group *
group_new(struct groups *all, const struct params *params)
{
	struct group *g = allocate(params->channel_count);

	if (g == NULL)
		return NULL;
	g->all = all;
	g->key.format = params->format;
	if (!follow_all(g, params)) {
		free(g);
		return NULL;
	}
	if (tsearch(g, &all->tree, compare_keys) == NULL) {
		while (g->key.count-- > 0)
			channel_leave(g->channels[g->key.count],
				      &g->followers[g->key.count]);
		free(g);
		return NULL;
	}
	g->next = all->first;
	if (g->next != NULL)
		g->next->prev = g;
	all->first = g;
	return g;
}

static struct group *
find(const struct groups *all, const struct params *params)
{
	const struct text *names[CHANNELS_MAX];
	struct group_key key = {.format = params->format,
				.count = params->channel_count,
				.names = names};
	void *const *node;
	size_t i;

	for (i = 0; i < params->channel_count; i++)
		names[i] = &params->channels[i];
	node = tfind(&key, &all->tree, compare_keys);
	return node != NULL ? *node : NULL;
}

bool
group_enter(struct groups *all, const struct params *params, struct member *m)
{
	struct group *g = find(all, params);

	if (g == NULL && (g = group_new(all, params)) == NULL)
		return false;
	if (!members_add(&g->waiting, m)) {
		group_release(g);
		return false;
	}
	m->group = g;
	m->live = false;
	return true;
}

bool
group_join(struct member *m)
{
	struct group *g = m->group;
	size_t i;

	group_flush(g); /* what has gathered is not for the one who comes now */
	members_remove(&g->waiting, m);
	m->live = members_add(&g->live, m);
	if (!m->live) {
		m->group = NULL;
		group_release(g);
		return false;
	}
	for (i = 0; i < g->key.count; i++)
		g->parts[i].id = channel_tip(g->channels[i]);
	return true;
}

void
group_leave(struct member *m)
{
	struct group *g = m->group;

	if (g == NULL)
		return;
	members_remove(m->live ? &g->live : &g->waiting, m);
	m->group = NULL;
	group_release(g);
}

const struct format *
group_format(const struct group *g)
{
	return &g->key.format;
}

size_t
group_channel_count(const struct group *g)
{
	return g->key.count;
}

struct channel *
group_channel(const struct group *g, size_t i)
{
	return g->channels[i];
}

const struct cursor_part *
group_parts(const struct group *g)
{
	return g->parts;
}

void
groups_each(struct groups *all, void (*fn)(struct member *m))
{
	struct group *g, *next;
	size_t i;

	for (g = all->first; g != NULL; g = next) {
		next = g->next;
		g->users++;
		for (i = g->live.count; i-- > 0;)
			fn(g->live.at[i]);
		g->users--;
		tell_waiting(g, fn);
	}
}
