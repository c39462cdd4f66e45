/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/http_head_private.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/base/buf.h"

static bool
same_name(struct text a, struct text b)
{
	return a.len == b.len && strncasecmp(a.bytes, b.bytes, a.len) == 0;
}

static void
put_variable(struct buf *out, const char *name, struct text value)
{
	buf_puts(out, name);
	buf_putc(out, '=');
	buf_put(out, value.bytes, value.len);
	buf_putc(out, '\0');
}

static void
put_field_name(struct buf *out, struct text name)
{
	char *at = buf_extend(out, name.len);

	if (at == NULL)
		return;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.bytes[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		at[i] = c == '-' ? '_' : c;
	}
}

/* Writes a field together with the later ones of its name. */
static void
put_joined(struct buf *out, struct http_field *f, const struct http_field *end)
{
	/* A list of cookies is no list of a field (RFC 9113, 8.2.3). */
	const struct text cookie = {"Cookie", 6};
	const char *comma = same_name(f->name, cookie) ? "; " : ", ";

	buf_puts(out, "HTTP_");
	put_field_name(out, f->name);
	buf_putc(out, '=');
	buf_put(out, f->value.bytes, f->value.len);
	for (struct http_field *later = f + 1; later < end; later++) {
		if (later->left_out || !same_name(later->name, f->name))
			continue;
		buf_puts(out, comma);
		buf_put(out, later->value.bytes, later->value.len);
		later->left_out = true;
	}
	buf_putc(out, '\0');
}

static void
put_variables(struct buf *out, struct http_parts *parts)
{
	struct http_field *end = parts->fields + parts->count;

	put_variable(out, "REQUEST_METHOD", parts->method);
	put_variable(out, "REQUEST_URI", parts->target);
	put_variable(out, "SCRIPT_NAME", parts->path);
	put_variable(out, "QUERY_STRING", parts->query);
	put_variable(out, "SERVER_PROTOCOL", (struct text){"HTTP/1.1", 8});
	put_variable(out, "REMOTE_ADDR", parts->address);
	for (struct http_field *f = parts->fields; f < end; f++)
		if (!f->left_out)
			put_joined(out, f, end);
}

/* NULL-terminated, one for each text that ends in a NUL; NULL without
 * memory. */
static char **
list_of(const struct buf *texts)
{
	char *end = texts->bytes + texts->len;
	size_t count = 0;
	char **list;

	for (const char *at = texts->bytes; at < end; at += strlen(at) + 1)
		count++;
	list = calloc(count + 1, sizeof(*list));
	if (list == NULL)
		return NULL;
	count = 0;
	for (char *at = texts->bytes; at < end; at += strlen(at) + 1)
		list[count++] = at;
	return list;
}

bool
http_head_put(struct http_head *out, struct http_parts *parts)
{
	buf_init(&out->bytes, SIZE_MAX);
	put_variables(&out->bytes, parts);
	if (buf_ok(&out->bytes))
		out->variables = list_of(&out->bytes);
	if (out->variables == NULL)
		http_head_free(out);
	return out->variables != NULL;
}
