/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/http_variables.h"

#include <string.h>

#include "shared/base/xalloc.h"

static void
put_text(struct buf *out, struct text text)
{
	buf_put(out, text.bytes, text.len);
}

static void
put_variable(struct buf *out, const char *name, struct text value)
{
	buf_puts(out, name);
	buf_putc(out, '=');
	put_text(out, value);
	buf_putc(out, '\0');
}

void
http_variables_put_name(struct buf *out, struct text field)
{
	buf_puts(out, "HTTP_");
	for (size_t i = 0; i < field.len; i++) {
		char c = field.bytes[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		buf_putc(out, (char)(c == '-' ? '_' : c));
	}
}

/* Writes a field joined with the later ones of its name. */
static void
put_joined(struct buf *out, const struct http_field *f, struct http_parts *all)
{
	/* RFC 9113, 8.2.3: cookies are not joined like other lists. */
	const char *comma = text_is_nocase(f->name, "Cookie") ? "; " : ", ";
	size_t next = (size_t)(f - all->fields) + 1;

	http_variables_put_name(out, f->name);
	buf_putc(out, '=');
	put_text(out, f->value);
	for (size_t i = next; i < all->count; i++) {
		struct http_field *later = &all->fields[i];

		if (later->skip || !text_equals_nocase(later->name, f->name))
			continue;
		buf_puts(out, comma);
		put_text(out, later->value);
		later->skip = true;
	}
	buf_putc(out, '\0');
}

static void
put_variables(struct buf *out, struct http_parts *parts)
{
	put_variable(out, "REQUEST_METHOD", parts->method);
	put_variable(out, "REQUEST_URI", parts->target);
	put_variable(out, "SCRIPT_NAME", parts->path);
	put_variable(out, "QUERY_STRING", parts->query);
	put_variable(out, "SERVER_PROTOCOL", text_of("HTTP/1.1"));
	put_variable(out, "REMOTE_ADDR", parts->address);
	if (parts->budget.len > 0)
		put_variable(out, "PUSH_BUDGET", parts->budget);
	for (size_t i = 0; i < parts->count; i++)
		if (!parts->fields[i].skip)
			put_joined(out, &parts->fields[i], parts);
}

static char **
list_of(const struct buf *variables)
{
	char *end = variables->bytes + variables->len;
	size_t count = 0;
	char **list;

	for (const char *at = variables->bytes; at < end; at += strlen(at) + 1)
		count++;
	list = xcalloc(count + 1, sizeof(*list));
	count = 0;
	for (char *at = variables->bytes; at < end; at += strlen(at) + 1)
		list[count++] = at;
	return list;
}

char **
http_variables_put(struct buf *out, struct http_parts *parts)
{
	put_variables(out, parts);
	return list_of(out);
}
