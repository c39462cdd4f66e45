/* SPDX-License-Identifier: MIT */
/*
 * messages.h - a growing list of messages, oldest first.
 *
 * It holds one reference to each of its messages.
 */
#ifndef SHARED_MODEL_MESSAGES_H
#define SHARED_MODEL_MESSAGES_H

#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/model/message.h"

/* Zeroed is empty. */
struct messages {
	struct message **at;
	size_t count, room;
	size_t bytes; /* sum of the data */
};

/* Appends `m` and takes a reference to it. */
void messages_add(struct messages *ms, struct message *m);

/* Removes the oldest message. The list must not be empty. */
void messages_drop_first(struct messages *ms);

/* All messages after `after`, `*count` of them: borrowed until the list
 * changes. NULL: the list may lack some of them. */
struct message *const *messages_after(const struct messages *ms,
				      struct id after, size_t *count) MUST_USE;

/* Removes all messages and frees the array. The list can be used again. */
void messages_clear(struct messages *ms);

#endif
