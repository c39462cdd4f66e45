/* SPDX-License-Identifier: MIT */
/*
 * messages.h - a few messages in order, kept by reference.
 */
#ifndef SHARED_MODEL_MESSAGES_H
#define SHARED_MODEL_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/model/message.h"

/* Oldest first. Zeroed is empty. */
struct messages {
	struct message **at;
	size_t count, room;
	size_t bytes; /* of their data */
};

/* Takes a reference. False: no memory. */
bool messages_add(struct messages *ms, struct message *m) MUST_USE;

void messages_drop_first(struct messages *ms); /* there is one */
void messages_clear(struct messages *ms);      /* frees all; empty again */

#endif
