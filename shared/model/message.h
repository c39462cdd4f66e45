/* SPDX-License-Identifier: MIT */
/*
 * message.h - a stored message: its life, its text on the bus, its JSON.
 *
 * In Redis a message is a stream entry (XADD); on the pub/sub channel it is
 * one text (PUBLISH); in the process it is a `struct message`, shared by
 * reference.
 */
#ifndef SHARED_MODEL_MESSAGE_H
#define SHARED_MODEL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/id.h"

struct buf;

/* Never changes after message_new(). */
struct message {
	size_t refs;
	struct id id;
	struct id prev;	     /* the channel's message before it, or 0-0 */
	struct text channel; /* the texts are in the same allocation, each */
	struct text event;   /* followed by a NUL; no event type: "" */
	struct text data;
};

/* A copy of `m` and its texts, with one reference, the caller's. `m->refs` is
 * ignored. The last message_unref() frees it; NULL is fine. */
struct message *message_new(const struct message *m) MUST_USE RETURNS_NONNULL;
struct message *message_ref(struct message *m);
void message_unref(struct message *m);

/*
 * Parses a message of the pub/sub channel, in the format of the publish
 * script: `<id> <prev> <event length> <event><data>`. Sets everything except
 * refs and the channel; event and data point into `text` (no NUL follows).
 * False: invalid; `*out` is unchanged.
 */
bool message_parse(struct message *out, struct text text) MUST_USE;

/*
 * {"id":"…","channel":"…","event":"…","data":"…"   (no event when it is empty)
 * The closing brace is left to the caller: a cursor may follow, which is the
 * only part that differs between subscribers.
 */
void message_put_json(struct buf *out, const struct message *m);

/* ,"cursor":"…"   The last member of a message's object, needed when the
 * message id alone is not the subscriber's cursor. */
void message_put_cursor(struct buf *out, struct text cursor);

#endif
