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

struct message *
message_new(const struct message *m)
{
	size_t texts = m->channel.len + m->event.len + m->data.len + 3;
	struct message *copy = xmalloc(sizeof(*copy) + texts);
	char *at = (char *)(copy + 1);

	*copy = *m;
	copy->refs = 1;
	copy->channel = text_copy(&at, m->channel);
	copy->event = text_copy(&at, m->event);
	copy->data = text_copy(&at, m->data);
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

/* Parses an id and removes it and the space after it from `*rest`. */
static bool
take_id(struct id *id, struct text *rest)
{
	struct text word;

	return text_cut(rest, ' ', &word) && id_parse(id, word);
}

/* The same for the length of the event type. */
static bool
take_event_len(size_t *len, struct text *rest)
{
	struct text word;
	const char *at;
	uint64_t n;

	if (!text_cut(rest, ' ', &word))
		return false;
	at = word.bytes;
	if (!number_take(&n, &at, word.bytes + word.len, EVENT_TYPE_MAX))
		return false;
	*len = (size_t)n;
	return at == word.bytes + word.len;
}

bool
message_parse(struct message *out, struct text text)
{
	struct id id, prev;
	size_t event_len;

	if (!take_id(&id, &text) || !take_id(&prev, &text) ||
	    !take_event_len(&event_len, &text) || text.len < event_len)
		return false;
	out->id = id;
	out->prev = prev;
	out->event = (struct text){text.bytes, event_len};
	out->data = (struct text){text.bytes + event_len, text.len - event_len};
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
