/* SPDX-License-Identifier: MIT */
/*
 * cursor.h - the positions of a subscriber in its channels, as one text.
 *
 *	1700000000000-3				one channel: its last id
 *	k2Jd9_x.1700000000000-3~Zq0-eR1.0-0	several: tag.id, joined by ~
 *	k2Jd9_x.1700000000000-3~Zq0-eR1.0	all kept messages of the second
 *	0					all kept messages
 *
 * The tag is a hash of the channel's name (42 bits, 7 characters of base64url),
 * so a subscriber may add and drop channels and keep its position in the
 * others. Every character is unreserved in a URL (RFC 3986), valid in a header,
 * and needs no escaping in JSON. Clients treat a cursor as opaque.
 */
#ifndef SHARED_MODEL_CURSOR_H
#define SHARED_MODEL_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/id.h"
#include "shared/model/rules.h"

struct buf;

enum cursor_kind {
	CURSOR_NONE, /* no cursor: only new messages */
	CURSOR_ALL,  /* "0": all kept messages */
	CURSOR_ID,   /* an id without a tag: one channel */
	CURSOR_PARTS
};

struct cursor_part {
	uint64_t tag;
	struct id id;
	bool start; /* before all kept messages: no gap can precede them. An id
		     * of 0-0 is different: messages after it may be gone */
};

struct cursor {
	enum cursor_kind kind;
	size_t count; /* of parts; CURSOR_ID and CURSOR_ALL: 1, with tag 0 */
	struct cursor_part parts[CHANNELS_MAX];
};

/* The tag of a channel: 42 bits. */
uint64_t cursor_tag(struct text channel);

/* Parses a cursor; the empty text is CURSOR_NONE. False: invalid, or more than
 * CHANNELS_MAX parts; `*out` is then CURSOR_NONE. */
bool cursor_parse(struct cursor *out, struct text text) MUST_USE;

/*
 * The position in the channel with `tag`, borrowed from `c`, or NULL when there
 * is none. CURSOR_ID and CURSOR_ALL apply to every channel, CURSOR_NONE to
 * none.
 */
const struct cursor_part *cursor_find(const struct cursor *c,
				      uint64_t tag) MUST_USE;

/* Appends the cursor of a subscriber of `count` channels (1-32): of one, the id
 * or 0; of several, all parts in the order given. */
void cursor_put(struct buf *out, const struct cursor_part *parts, size_t count);

#endif
