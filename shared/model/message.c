/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/message.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "shared/base/number.h"
#include "shared/base/xalloc.h"
#include "shared/model/rules.h"

/* Copies a text and a NUL to `*at` and moves `*at` past them. */
static struct text
copy_text(char **at, struct text text)
{
	char *copy = *at;

	if (text.len > 0)
		memcpy(copy, text.bytes, text.len);
	copy[text.len] = '\0';
	*at = copy + text.len + 1;
	return (struct text){copy, text.len};
}

struct message *
message_new(const struct message *m)
{
	size_t texts = m->channel.len + m->event.len + m->data.len + 3;
	struct message *copy = xmalloc(sizeof(*copy) + texts);
	char *at = (char *)(copy + 1);

	*copy = *m;
	copy->refs = 1;
	copy->channel = copy_text(&at, m->channel);
	copy->event = copy_text(&at, m->event);
	copy->data = copy_text(&at, m->data);
	return copy;
}

struct message *
message_ref(struct message *m)
{
	if (m != NULL)
		m->refs++;
	return m;
}

void
message_unref(struct message *m)
{
	if (m != NULL && --m->refs == 0)
		free(m);
}

/* Parses an id and the space after it, and moves `*at` past both. */
static bool
take_id(struct id *id, const char **at, const char *end)
{
	size_t left = (size_t)(end - *at);
	const char *word = *at;
	const char *space = left == 0 ? NULL : memchr(word, ' ', left);

	if (space == NULL)
		return false;
	*at = space + 1;
	return id_parse(id, (struct text){word, (size_t)(space - word)});
}

/* Parses the length of the event type and the space after it. */
static bool
take_event_len(size_t *out, const char **at, const char *end)
{
	uint64_t n;

	if (!number_take(&n, at, end, EVENT_TYPE_MAX))
		return false;
	*out = (size_t)n;
	return *at < end && *(*at)++ == ' ';
}

bool
message_parse(struct message *out, struct text text)
{
	const char *at = text.bytes;
	const char *end = at + text.len;
	struct id id, prev;
	size_t event_len;

	if (!take_id(&id, &at, end) || !take_id(&prev, &at, end) ||
	    !take_event_len(&event_len, &at, end) ||
	    (size_t)(end - at) < event_len)
		return false;
	out->id = id;
	out->prev = prev;
	out->event = (struct text){at, event_len};
	out->data =
	    (struct text){at + event_len, (size_t)(end - at) - event_len};
	return true;
}

void
message_put_json(struct buf *out, const struct message *m)
{
	buf_puts(out, "{\"id\":\"");
	id_put(out, m->id);
	buf_puts(out, "\",\"channel\":");
	escape_json(out, m->channel);
	if (m->event.len > 0) {
		buf_puts(out, ",\"event\":");
		escape_json(out, m->event);
	}
	buf_puts(out, ",\"data\":");
	escape_json(out, m->data);
}

void
message_put_cursor(struct buf *out, struct text cursor)
{
	buf_puts(out, ",\"cursor\":\"");
	buf_put(out, cursor.bytes,
		cursor.len); /* needs no escaping: cursor.h */
	buf_putc(out, '"');
}
