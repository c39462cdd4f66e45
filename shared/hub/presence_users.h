/* SPDX-License-Identifier: MIT */
/*
 * presence_users.h - the names of the subscribers of one channel that this
 * process holds, each once.
 */
#ifndef SHARED_HUB_PRESENCE_USERS_H
#define SHARED_HUB_PRESENCE_USERS_H

#include <stddef.h>
#include <sys/queue.h>

#include "shared/base/buf.h"

LIST_HEAD(presence_user_list, presence_user);

/* Zeroed is empty. */
struct presence_users {
	void *tree; /* tsearch(3), by name */
	struct presence_user_list list;
	size_t count; /* names */
};

/* Once for each subscriber of that name (rules.h). */
void presence_users_add(struct presence_users *users, const char *name);
void presence_users_remove(struct presence_users *users, const char *name);
void presence_users_free(struct presence_users *users);

/* What a process with `subscribers`, named and not, tells Redis
 * (bus/presence.h): no names if there are more than PRESENCE_USERS_MAX. */
void presence_users_put(struct buf *out, size_t subscribers,
			const struct presence_users *users);

#endif
