/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/escape.h"

#include <stdbool.h>
#include <string.h>

#include "shared/base/buf.h"

/* The character after the backslash; u: four hex digits follow. */
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

/* Copies runs of plain bytes whole. */
void
escape_json(struct buf *out, struct text text)
{
	size_t from = 0, i;

	buf_putc(out, '"');
	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.bytes[i];

		if (is_plain(c))
			continue;
		buf_put(out, text.bytes + from, i - from);
		put_escaped(out, c);
		from = i + 1;
	}
	if (i > from)
		buf_put(out, text.bytes + from, i - from);
	buf_putc(out, '"');
}

/* The length of a character at `s` that a script must not contain, and its
 * replacement; 0 when `s` may be copied. U+2028 is E2 80 A8, U+2029 E2 80 A9.
 */
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
