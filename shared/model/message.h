/* SPDX-License-Identifier: MIT */
/*
 * message.h - a message, the rules its parts obey, and its JSON.
 *
 * On the bus a message is one text (PUBLISH) or the fields of a stream entry
 * (XADD); inside the process it is a `struct message`, shared by reference.
 */
#ifndef SHARED_MODEL_MESSAGE_H
#define SHARED_MODEL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/model/id.h"

struct buf;

enum {
	CHANNEL_NAME_MAX = 255, /* bytes */
	EVENT_TYPE_MAX = 64,	/* bytes */
	PUBLISH_KEY_MAX = 128,	/* bytes */
	CHANNELS_MAX = 32	/* of one subscriber */
};

/* A stored message. Never changes once made; freed by the last unref. */
struct message {
	size_t refs;
	struct id id;
	struct id prev;	     /* the message before it in its channel, or 0-0 */
	const char *channel; /* NUL-terminated, inside this allocation */
	const char *event;   /* NUL-terminated, "" when it has no type */
	const char *data;    /* NUL-terminated; its length counts */
	size_t channel_len;
	size_t event_len;
	size_t data_len;
};

/* What somebody wants to publish. All pointers are borrowed. */
struct publication {
	const char *channel;
	size_t channel_len;
	const char *event; /* "" for none, never NULL */
	size_t event_len;
	const char *data;
	size_t data_len;
	const char *key; /* idempotency key, or NULL */
	size_t key_len;
};

/* What became of a publication. */
enum publish_status {
	PUBLISHED_STORED,
	PUBLISHED_SEEN, /* its key was seen before: nothing new was sent */
	PUBLISHED_NOT_STORED, /* refused, or Redis was never asked */
	PUBLISHED_UNKNOWN     /* Redis was asked and did not answer */
};

struct publish_result {
	enum publish_status status;
	struct id id;		/* STORED, SEEN: of the (first) message */
	unsigned int processes; /* STORED: that got it; a hint */
	const char *reason;	/* NOT_STORED, UNKNOWN: a sentence. Borrowed */
	bool down;		/* NOT_STORED: Redis could not be reached */
};

/* Messages between `after` and `before` are gone: the subscriber stood at
 * `after` and goes on with `before`, the first message that follows (or, when
 * none is kept, the newest id of the channel; or 0-0 after a cursor from the
 * future, when all that is kept follows). */
struct gap {
	const char *channel; /* borrowed */
	size_t channel_len;
	struct id after;
	struct id before;
};

/*
 * Each says why the text is refused, in a sentence that can be shown to who
 * sent it, or NULL when it is good. Static.
 *   channel: 1-255 bytes of UTF-8, no spaces, no control characters, no { } *
 *   event:   0-64 bytes of UTF-8, no control characters, not gap, not cursor
 *   key:     1-128 printable ASCII characters, no space
 *   data:    UTF-8 without NUL
 */
const char *channel_fault(const char *name, size_t len) MUST_USE;
const char *event_fault(const char *event, size_t len) MUST_USE;
const char *key_fault(const char *key, size_t len) MUST_USE;
const char *data_fault(const char *data, size_t len) MUST_USE;

/* A message with one reference, the caller's; all texts are copied and `m`'s
 * own refs, pointers' targets are left alone. NULL: no memory. */
struct message *message_new(const struct message *m) MUST_USE;
struct message *message_ref(struct message *m);
void message_unref(struct message *m); /* NULL is fine */

/*
 * The text of a message on the pub/sub channel, as the publish script writes
 * it: `<id> <prev> <event_len> <event><data>`. Fills all but refs and the
 * channel; event and data point into `text` (and are not NUL-terminated).
 * False: not of that form.
 */
bool message_parse(struct message *out, const char *text, size_t len) MUST_USE;

/*
 * {"id":"…","channel":"…","event":"…","data":"…"   (event left out when empty)
 * without the closing brace: what follows it (`}` or `,"cursor":"…"}`) differs
 * from subscriber to subscriber, this does not.
 */
void message_put_json(struct buf *out, const struct message *m);

/* ,"cursor":"…" : the last member of an object, where an id alone does not say
 * where its subscriber stands. A cursor needs no escaping (cursor.h). */
void message_put_cursor(struct buf *out, const char *cursor, size_t len);

/* {"gap":{"channel":"…","after":"…","before":"…"},"cursor":"…"} */
void gap_put_json(struct buf *out, const struct gap *g, const char *cursor,
		  size_t cursor_len);

#endif
