/* SPDX-License-Identifier: MIT */
/*
 * presence.h - how many subscribe to a channel, over all processes, and who.
 *
 * A subscriber is a stream, a WebSocket, or a long-poll with the time between
 * two of its requests. Two tabs of one user are two subscribers and one name.
 * Subscribers without a name are only counted.
 *
 * In Redis it is a text:
 *
 *	<at> <count> c			setting channel.presence = count
 *	<at> <count> l			setting list: no names
 *	<at> <count> l\nalice\nbob	the names, sorted
 *	<at> <count> m			more than PRESENCE_USERS_MAX names
 *
 * `at` is when it changed, in ms since 1970 by the clock of Redis.
 */
#ifndef SHARED_MODEL_PRESENCE_H
#define SHARED_MODEL_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

struct buf;

enum {
	PRESENCE_USERS_MAX = 100, /* names in a notice */
	/* Bytes of its text: the names (rules.h), and the first line. */
	PRESENCE_TEXT_MAX = PRESENCE_USERS_MAX * 256 + 64
};

struct presence {
	size_t refs;
	struct text channel; /* NUL-terminated */
	uint64_t at;	     /* ms since 1970 */
	uint64_t count;
	bool is_listed;	   /* the names follow; maybe none */
	size_t user_count; /* at most PRESENCE_USERS_MAX */
	struct text *users;
};

/* Of the text in Redis, which is copied. The caller gets a reference. NULL: it
 * is none that pushcgi has written. */
struct presence *presence_new(struct text channel, struct text text) MUST_USE;
struct presence *presence_ref(struct presence *p);
void presence_unref(struct presence *p); /* NULL is fine */

/* True: it is no presence, but says that it has changed, and is to be asked for
 * after that time: "late <again_ms>". */
bool presence_is_late(struct text text, unsigned int *again_ms) MUST_USE;

/* The same count and names. */
bool presence_equals(const struct presence *a, const struct presence *b);

/* {"presence":{"channel":"…","count":3,"users":["alice","bob"]}}; without
 * "users" if they are not listed. */
void presence_put_json(struct buf *out, const struct presence *p);

#endif
