/* SPDX-License-Identifier: MIT */
/*
 * message.c - messages: rules, life, bus text, JSON.
 */
#include "config.h"

#include "shared/model/message.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "shared/base/number.h"
#include "shared/base/utf8.h"

/* U+0000 to U+001F, U+007F, and U+0080 to U+009F as UTF-8 writes them. */
static bool
has_control(const char *text, size_t len)
{
	unsigned char before = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7F || (before == 0xC2 && c < 0xA0))
			return true;
		before = c;
	}
	return false;
}

static bool
equals(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

const char *
channel_fault(const char *name, size_t len)
{
	if (len == 0)
		return "A channel name must not be empty.";
	if (len > CHANNEL_NAME_MAX)
		return "A channel name must not be longer than 255 bytes.";
	if (!utf8_valid(name, len))
		return "A channel name must be UTF-8.";
	if (has_control(name, len))
		return "A channel name must not hold control characters.";
	for (size_t i = 0; i < len; i++) {
		if (name[i] == ' ')
			return "A channel name must not hold spaces.";
		if (name[i] == '{' || name[i] == '}' || name[i] == '*')
			return "A channel name must not hold {, } or *.";
	}
	return NULL;
}

const char *
event_fault(const char *event, size_t len)
{
	if (len > EVENT_TYPE_MAX)
		return "An event type must not be longer than 64 bytes.";
	if (!utf8_valid(event, len))
		return "An event type must be UTF-8.";
	if (has_control(event, len))
		return "An event type must not hold control characters.";
	if (equals(event, len, "gap") || equals(event, len, "cursor"))
		return "The event types gap and cursor are reserved.";
	return NULL;
}

const char *
key_fault(const char *key, size_t len)
{
	if (len == 0)
		return "A key must not be empty.";
	if (len > PUBLISH_KEY_MAX)
		return "A key must not be longer than 128 bytes.";
	for (size_t i = 0; i < len; i++) {
		if (key[i] <= ' ' || key[i] > '~')
			return "A key must be of printable ASCII characters, "
			       "without spaces.";
	}
	return NULL;
}

const char *
data_fault(const char *data, size_t len)
{
	if (len > 0 && memchr(data, '\0', len) != NULL)
		return "Data must not hold a NUL.";
	if (!utf8_valid(data, len))
		return "Data must be UTF-8.";
	return NULL;
}

/* Copies a text and a NUL to `*at`, which moves behind them. */
static const char *
copy_text(char **at, const char *text, size_t len)
{
	char *copy = *at;

	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	*at = copy + len + 1;
	return copy;
}

struct message *
message_new(const struct message *m)
{
	size_t texts = m->channel_len + m->event_len + m->data_len + 3;
	struct message *copy = malloc(sizeof *copy + texts);
	char *at;

	if (copy == NULL)
		return NULL;
	*copy = *m;
	copy->refs = 1;
	at = (char *)(copy + 1);
	copy->channel = copy_text(&at, m->channel, m->channel_len);
	copy->event = copy_text(&at, m->event, m->event_len);
	copy->data = copy_text(&at, m->data, m->data_len);
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

/* Finds the word that ends with a space at `*at` and moves past both. */
static bool
take_word(const char **at, const char *end, struct id *id)
{
	size_t left = (size_t)(end - *at);
	const char *word = *at;
	const char *space = left == 0 ? NULL : memchr(word, ' ', left);

	if (space == NULL)
		return false;
	*at = space + 1;
	return id_parse(id, word, (size_t)(space - word));
}

/* Reads the length of an event and the space after it. */
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
message_parse(struct message *out, const char *text, size_t len)
{
	const char *at = text;
	const char *end = text + len;
	struct id id, prev;
	size_t event_len;

	if (!take_word(&at, end, &id) || !take_word(&at, end, &prev) ||
	    !take_event_len(&event_len, &at, end) ||
	    (size_t)(end - at) < event_len)
		return false;
	out->id = id;
	out->prev = prev;
	out->event = at;
	out->event_len = event_len;
	out->data = at + event_len;
	out->data_len = (size_t)(end - out->data);
	return true;
}

static void
put_id(struct buf *out, struct id id)
{
	char text[ID_TEXT_SIZE];

	buf_put(out, text, id_format(text, id));
}

void
message_put_json(struct buf *out, const struct message *m)
{
	buf_puts(out, "{\"id\":\"");
	put_id(out, m->id);
	buf_puts(out, "\",\"channel\":");
	escape_json(out, m->channel, m->channel_len);
	if (m->event_len > 0) {
		buf_puts(out, ",\"event\":");
		escape_json(out, m->event, m->event_len);
	}
	buf_puts(out, ",\"data\":");
	escape_json(out, m->data, m->data_len);
}

void
message_put_cursor(struct buf *out, const char *cursor, size_t len)
{
	buf_puts(out, ",\"cursor\":\"");
	buf_put(out, cursor, len);
	buf_putc(out, '"');
}

void
gap_put_json(struct buf *out, const struct gap *g, const char *cursor,
	     size_t cursor_len)
{
	buf_puts(out, "{\"gap\":{\"channel\":");
	escape_json(out, g->channel, g->channel_len);
	buf_puts(out, ",\"after\":\"");
	put_id(out, g->after);
	buf_puts(out, "\",\"before\":\"");
	put_id(out, g->before);
	buf_puts(out, "\"},\"cursor\":");
	escape_json(out, cursor, cursor_len);
	buf_putc(out, '}');
}
