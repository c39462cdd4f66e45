/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/presence_visits.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

/* The tree knows it by its id. */
struct presence_visit {
	const char *id; /* first; lies behind the struct */
	char *user;	/* NULL: none */
	LIST_ENTRY(presence_visit) link;
	uint64_t until; /* clock_ms(); 0: it is held */
};

static int
compare(const void *a, const void *b)
{
	const struct presence_visit *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static struct presence_visit *
find(const struct presence_visits *visits, const char *id)
{
	const struct presence_visit key = {.id = id};
	void *const *node = tfind(&key, &visits->tree, compare);

	return node != NULL ? *node : NULL;
}

static struct presence_visit *
add(struct presence_visits *visits, const char *id)
{
	size_t size = strlen(id) + 1;
	struct presence_visit *v = xcalloc(1, sizeof(*v) + size);

	v->id = memcpy(v + 1, id, size);
	if (tsearch(v, &visits->tree, compare) == NULL)
		xalloc_failed();
	LIST_INSERT_HEAD(&visits->list, v, link);
	visits->count++;
	return v;
}

void
presence_visits_note(struct presence_visits *visits, const char *id,
		     const char *user, uint64_t until)
{
	struct presence_visit *v = find(visits, id);

	if (v == NULL && visits->count == BUS_PRESENCE_VISITS_MAX)
		return;
	if (v == NULL)
		v = add(visits, id);
	free(v->user);
	v->user = user != NULL ? xstrdup(user) : NULL;
	v->until = until;
}

struct bus_presence_visit *
presence_visits_take(struct presence_visits *visits, uint64_t now)
{
	struct bus_presence_visit *taken =
	    xcalloc(visits->count + 1, sizeof(*taken));
	const struct presence_visit *v;

	visits->taken = 0;
	LIST_FOREACH(v, &visits->list, link) {
		if (v->until != 0 && v->until <= now)
			continue;
		taken[visits->taken++] = (struct bus_presence_visit){
		    .id = v->id,
		    .user = v->user,
		    .ms = v->until == 0 ? 0 : (unsigned int)(v->until - now)};
	}
	return taken;
}

void
presence_visits_clear(struct presence_visits *visits)
{
	struct presence_visit *v;

	while ((v = LIST_FIRST(&visits->list)) != NULL) {
		tdelete(v, &visits->tree, compare);
		LIST_REMOVE(v, link);
		free(v->user);
		free(v);
	}
	visits->count = 0;
}

void
presence_visits_free(struct presence_visits *visits,
		     struct bus_presence_visit *taken)
{
	free(taken);
	presence_visits_clear(visits);
}
