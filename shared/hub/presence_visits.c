/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/presence_visits.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

/* The tree knows it by its id and user, which lie behind the struct. */
struct presence_visit {
	const char *id;
	const char *user; /* NULL: none */
	LIST_ENTRY(presence_visit) link;
	uint64_t until; /* clock_ms(); 0: it is held */
	bool is_taken;	/* since it was noted */
};

static int
compare(const void *a, const void *b)
{
	const struct presence_visit *x = a, *y = b;

	int order = strcmp(x->id, y->id);

	if (order != 0)
		return order;
	if (x->user == NULL || y->user == NULL)
		return (x->user != NULL) - (y->user != NULL);
	return strcmp(x->user, y->user);
}

static struct presence_visit *
find(const struct presence_visits *visits, const char *id, const char *user)
{
	const struct presence_visit key = {.id = id, .user = user};
	void *const *node = tfind(&key, &visits->tree, compare);

	return node != NULL ? *node : NULL;
}

static struct presence_visit *
add(struct presence_visits *visits, const char *id, const char *user)
{
	size_t id_size = strlen(id) + 1;
	size_t user_size = user != NULL ? strlen(user) + 1 : 0;
	struct presence_visit *v = xcalloc(1, sizeof(*v) + id_size + user_size);
	char *texts = (char *)(v + 1);

	v->id = memcpy(texts, id, id_size);
	if (user != NULL)
		v->user = memcpy(texts + id_size, user, user_size);
	if (tsearch(v, &visits->tree, compare) == NULL)
		xalloc_failed();
	LIST_INSERT_HEAD(&visits->list, v, link);
	visits->count++;
	++*visits->all;
	return v;
}

void
presence_visits_note(struct presence_visits *visits, const char *id,
		     const char *user, uint64_t until)
{
	struct presence_visit *v = find(visits, id, user);

	if (v == NULL && (visits->count >= BUS_PRESENCE_VISITS_MAX ||
			  *visits->all >= PRESENCE_VISITS_ALL))
		return;
	if (v == NULL)
		v = add(visits, id, user);
	v->until = until;
	v->is_taken = false;
}

static void
remove_visit(struct presence_visits *visits, struct presence_visit *v)
{
	tdelete(v, &visits->tree, compare);
	LIST_REMOVE(v, link);
	visits->count--;
	--*visits->all;
	free(v);
}

struct bus_presence_visit *
presence_visits_take(struct presence_visits *visits, uint64_t now)
{
	struct bus_presence_visit *taken =
	    xcalloc(visits->count + 1, sizeof(*taken));
	struct presence_visit *v, *next;

	visits->taken = 0;
	for (v = LIST_FIRST(&visits->list); v != NULL; v = next) {
		next = LIST_NEXT(v, link);
		if (v->until != 0 && v->until <= now) {
			remove_visit(visits, v);
			continue;
		}
		v->is_taken = true;
		taken[visits->taken++] = (struct bus_presence_visit){
		    .id = v->id,
		    .user = v->user,
		    .ms = v->until == 0 ? 0 : (unsigned int)(v->until - now)};
	}
	return taken;
}

void
presence_visits_told(struct presence_visits *visits)
{
	struct presence_visit *v, *next;

	for (v = LIST_FIRST(&visits->list); v != NULL; v = next) {
		next = LIST_NEXT(v, link);
		if (v->is_taken)
			remove_visit(visits, v);
	}
}

void
presence_visits_clear(struct presence_visits *visits)
{
	while (!LIST_EMPTY(&visits->list))
		remove_visit(visits, LIST_FIRST(&visits->list));
}
