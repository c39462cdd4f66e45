/* SPDX-License-Identifier: MIT */
/*
 * escape.c - runs of plain bytes are copied whole.
 */
#include "config.h"

#include "shared/base/escape.h"

#include <string.h>

#include <stdbool.h>

#include "shared/base/buf.h"

/* What follows the backslash of each control character; u: in hex. */
static const char control_form[32 + 1] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void
put_escaped(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char format = c < 0x20 ? control_form[c] : (char)c;
	char text[6] = {'\\', format, '0', '0', hex[c >> 4], hex[c & 15]};

	buf_put(out, text, format == 'u' ? 6 : 2);
}

void
escape_json(struct buf *out, const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end;

	if (len == 0) {
		buf_puts(out, "\"\""); /* `text` may be NULL */
		return;
	}
	end = at + len;
	buf_putc(out, '"');
	for (;;) {
		const unsigned char *run = at;

		while (at < end && is_plain(*at))
			at++;
		buf_put(out, run, (size_t)(at - run));
		if (at == end)
			break;
		put_escaped(out, *at++);
	}
	buf_putc(out, '"');
}

/* The length of what must not stand at `s` in a script, and what stands for
 * it; 0 when it may. U+2028 and U+2029 are E2 80 A8 and E2 80 A9. */
static size_t
script_danger(const char *s, size_t left, const char **instead)
{
	if (*s == '<') {
		*instead = "\\u003c";
		return 1;
	}
	if (*s == '>') {
		*instead = "\\u003e";
		return 1;
	}
	if (left < 3 || memcmp(s, "\xe2\x80", 2) != 0)
		return 0;
	if ((unsigned char)s[2] == 0xa8)
		*instead = "\\u2028";
	else if ((unsigned char)s[2] == 0xa9)
		*instead = "\\u2029";
	else
		return 0;
	return 3;
}

void
escape_script(struct buf *out, const struct buf *json)
{
	size_t from = 0, i = 0, n;
	const char *instead;

	if (!buf_ok(json)) {
		out->bad = true;
		return;
	}
	while (i < json->len) {
		n = script_danger(json->bytes + i, json->len - i, &instead);
		if (n == 0) {
			i++;
			continue;
		}
		buf_put(out, json->bytes + from, i - from);
		buf_puts(out, instead);
		i += n;
		from = i;
	}
	if (i > from)
		buf_put(out, json->bytes + from, i - from);
}

void
escape_comment(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '*' || *text == '<' || *text == '>')
			buf_putc(out, ' ');
		else if ((unsigned char)*text < 0x20 ||
			 (unsigned char)*text > 0x7e)
			buf_putc(out, '?');
		else
			buf_putc(out, *text);
}

void
escape_html(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			buf_puts(out, "&amp;");
			break;
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		case '"':
			buf_puts(out, "&quot;");
			break;
		case '\'':
			buf_puts(out, "&#39;");
			break;
		default:
			buf_putc(out, *text);
		}
}
