/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/presence_users.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"
#include "shared/model/presence.h"

/* The tree knows it by its name. */
struct presence_user {
	const char *name; /* first; lies behind the struct */
	LIST_ENTRY(presence_user) link;
	size_t subscribers;
};

static int
compare(const void *a, const void *b)
{
	const struct presence_user *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct presence_user *
find(const struct presence_users *users, const char *name)
{
	const struct presence_user key = {.name = name};
	void *const *node = tfind(&key, &users->tree, compare);

	return node != NULL ? *node : NULL;
}

static void
drop(struct presence_users *users, struct presence_user *user)
{
	tdelete(user, &users->tree, compare);
	LIST_REMOVE(user, link);
	users->count--;
	free(user);
}

void
presence_users_add(struct presence_users *users, const char *name)
{
	struct presence_user *user = find(users, name);
	size_t size = strlen(name) + 1;

	if (user == NULL) {
		user = xcalloc(1, sizeof(*user) + size);
		user->name = memcpy(user + 1, name, size);
		if (tsearch(user, &users->tree, compare) == NULL)
			xalloc_failed();
		LIST_INSERT_HEAD(&users->list, user, link);
		users->count++;
	}
	user->subscribers++;
}

void
presence_users_remove(struct presence_users *users, const char *name)
{
	struct presence_user *user = find(users, name);

	if (user != NULL && --user->subscribers == 0)
		drop(users, user);
}

void
presence_users_free(struct presence_users *users)
{
	while (!LIST_EMPTY(&users->list))
		drop(users, LIST_FIRST(&users->list));
}

void
presence_users_put(struct buf *out, size_t subscribers,
		   const struct presence_users *users)
{
	const struct presence_user *user;

	buf_put_u64(out, subscribers);
	buf_puts(out, users->count > PRESENCE_USERS_MAX ? " 1" : " 0");
	if (users->count > PRESENCE_USERS_MAX)
		return;
	LIST_FOREACH(user, &users->list, link) {
		buf_putc(out, '\n');
		buf_puts(out, user->name);
	}
}
