/* SPDX-License-Identifier: MIT */
/*
 * cursor.h - where a subscriber stands in each of its channels, as one text.
 *
 *	1700000000000-3				one channel: its last id
 *	k2Jd9_x.1700000000000-3~Zq0-eR1.0-0	several: tag.id, joined by ~
 *	k2Jd9_x.1700000000000-3~Zq0-eR1.0	all that is kept of the second
 *	0					all that is kept
 *
 * The tag is a hash of the channel's name (42 bits, 7 characters of base64url),
 * so a subscriber may add and drop channels and keep its place in the others.
 * Every character is unreserved in a URL (RFC 3986) and fit for a header.
 * To clients it is opaque.
 */
#ifndef SHARED_MODEL_CURSOR_H
#define SHARED_MODEL_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/model/id.h"
#include "shared/model/message.h"

struct buf;

enum cursor_kind {
	CURSOR_NONE, /* there is none: what is new */
	CURSOR_ALL,  /* 0: all that is kept */
	CURSOR_ID,   /* a bare id: one channel */
	CURSOR_PARTS
};

struct cursor_part {
	uint64_t tag;
	struct id id;
	bool start; /* before all that is kept, nothing is missing before it.
		     * Not 0-0, after which something may be missing */
};

struct cursor {
	enum cursor_kind kind;
	size_t count; /* of parts; 1 when CURSOR_ID or CURSOR_ALL (its tag is
		       * then 0) */
	struct cursor_part parts[CHANNELS_MAX];
};

/* The tag of a channel: 42 bits. */
uint64_t cursor_tag(const char *channel, size_t len);

/* Reads a cursor; the empty text is CURSOR_NONE. False: unreadable (also more
 * than CHANNELS_MAX parts); `*out` is then CURSOR_NONE. */
bool cursor_parse(struct cursor *out, const char *text, size_t len) MUST_USE;

/*
 * Where the cursor stands in the channel with `tag`: borrowed from it, or NULL
 * when it has no part for it. CURSOR_ID and CURSOR_ALL stand there in every
 * channel, CURSOR_NONE in none.
 */
const struct cursor_part *cursor_find(const struct cursor *c,
				      uint64_t tag) MUST_USE;

/* Writes the cursor of a subscriber of `count` channels (1-32): the bare id (or
 * 0) of the only one, or all parts in the order given. */
void cursor_put(struct buf *out, const struct cursor_part *parts, size_t count);

#endif
