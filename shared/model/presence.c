/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/presence.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "shared/base/number.h"
#include "shared/base/utf8.h"
#include "shared/base/xalloc.h"

/* --- parsing -------------------------------------------------------------- */

static bool
take_number(uint64_t *out, struct text *rest)
{
	struct text digits;

	return text_cut(rest, ' ', &digits) &&
	       number_parse(out, digits, UINT64_MAX) && *out < UINT64_MAX;
}

static size_t
count_lines(struct text text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.bytes[i] == '\n';
	return n;
}

/* `rest` begins with the letter and has a line for each name. */
static bool
is_valid(struct text rest)
{
	if (rest.len == 0 || memchr("clm", rest.bytes[0], 3) == NULL)
		return false;
	if (rest.len > 1 && (rest.bytes[0] != 'l' || rest.bytes[1] != '\n'))
		return false;
	return memchr(rest.bytes, '\0', rest.len) == NULL &&
	       utf8_valid(rest.bytes, rest.len) &&
	       count_lines(rest) <= PRESENCE_USERS_MAX;
}

/* Each line begins with its newline. */
static void
take_users(struct presence *p, struct text lines, char *memory)
{
	struct text rest = text_copy(&memory, lines), line;

	if (rest.len == 0)
		return;
	rest = (struct text){rest.bytes + 1, rest.len - 1};
	while (text_cut(&rest, '\n', &line))
		p->users[p->user_count++] = line;
	p->users[p->user_count++] = rest;
}

struct presence *
presence_new(struct text channel, struct text text)
{
	uint64_t at, count;
	size_t lines;
	struct presence *p;
	char *memory;

	if (text.len > PRESENCE_TEXT_MAX || !take_number(&at, &text) ||
	    !take_number(&count, &text) || !is_valid(text))
		return NULL;
	lines = count_lines(text);
	p = xcalloc(1, sizeof(*p) + lines * sizeof(struct text) + channel.len +
			   1 + text.len + 1);
	p->refs = 1;
	p->at = at;
	p->count = count;
	p->is_listed = text.bytes[0] == 'l';
	p->users = (struct text *)(p + 1);
	memory = (char *)(p->users + lines);
	p->channel = text_copy(&memory, channel);
	take_users(p, (struct text){text.bytes + 1, text.len - 1}, memory);
	return p;
}

bool
presence_is_late(struct text text, unsigned int *again_ms)
{
	enum { AGAIN_MAX_MS = 1000 };
	struct text word;
	uint64_t ms;

	if (!text_cut(&text, ' ', &word) || !text_is(word, "late") ||
	    !number_parse(&ms, text, AGAIN_MAX_MS))
		return false;
	*again_ms = (unsigned int)ms;
	return true;
}

struct presence *
presence_ref(struct presence *p)
{
	p->refs++;
	return p;
}

void
presence_unref(struct presence *p)
{
	if (p != NULL && --p->refs == 0)
		free(p);
}

/* --- use ------------------------------------------------------------------ */

bool
presence_equals(const struct presence *a, const struct presence *b)
{
	if (a->count != b->count || a->is_listed != b->is_listed ||
	    a->user_count != b->user_count)
		return false;
	for (size_t i = 0; i < a->user_count; i++)
		if (!text_equals(a->users[i], b->users[i]))
			return false;
	return true;
}

void
presence_put_json(struct buf *out, const struct presence *p)
{
	buf_puts(out, "{\"presence\":{\"channel\":");
	escape_json(out, p->channel);
	buf_puts(out, ",\"count\":");
	buf_put_u64(out, p->count);
	if (p->is_listed) {
		buf_puts(out, ",\"users\":[");
		for (size_t i = 0; i < p->user_count; i++) {
			if (i > 0)
				buf_putc(out, ',');
			escape_json(out, p->users[i]);
		}
		buf_putc(out, ']');
	}
	buf_puts(out, "}}");
}
