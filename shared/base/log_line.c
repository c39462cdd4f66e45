/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/log_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How a string is written. */
enum quoting {
	QUOTING_BARE,	/* part of a value without quotes */
	QUOTING_NEEDED, /* a whole value, which may need quotes */
	QUOTING_OPEN	/* the format has the quotes */
};

/* --- values --------------------------------------------------------------- */

static void
put_char(struct log_line *l, char c)
{
	if (l->len < sizeof(l->bytes) - 1)
		l->bytes[l->len++] = c;
}

static bool
is_separator(char c)
{
	return c == ' ' || c == '"';
}

static void
put_quoted(struct log_line *l, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			put_char(l, '\\');
		put_char(l, text[i]);
	}
}

static void
put_bare(struct log_line *l, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_char(l, is_separator(text[i]) ? '?' : text[i]);
}

static void
put_string(struct log_line *l, const char *text, size_t len, enum quoting how)
{
	if (how == QUOTING_OPEN) {
		put_quoted(l, text, len);
	} else if (how == QUOTING_NEEDED &&
		   (memchr(text, ' ', len) || memchr(text, '"', len))) {
		put_char(l, '"');
		put_quoted(l, text, len);
		put_char(l, '"');
	} else {
		put_bare(l, text, len);
	}
}

/* --- formats -------------------------------------------------------------- */

static bool
takes(const char **at, const char *conversion)
{
	size_t len = strlen(conversion);

	if (strncmp(*at, conversion, len) != 0)
		return false;
	*at += len;
	return true;
}

/* False: another conversion. */
static bool
put_number(struct log_line *l, const char **at, va_list *args)
{
	char text[32];

	if (takes(at, "d"))
		snprintf(text, sizeof(text), "%d", va_arg(*args, int));
	else if (takes(at, "u"))
		snprintf(text, sizeof(text), "%u", va_arg(*args, unsigned int));
	else if (takes(at, "ld"))
		snprintf(text, sizeof(text), "%ld", va_arg(*args, long));
	else if (takes(at, "zu"))
		snprintf(text, sizeof(text), "%zu", va_arg(*args, size_t));
	else
		return false;
	put_bare(l, text, strlen(text));
	return true;
}

/* What follows the '%' at `*at`, which is moved past it; `before` is the byte
 * before it. False: another conversion. */
static bool
put_conversion(struct log_line *l, const char **at, char before, bool quoted,
	       va_list *args)
{
	enum quoting how = quoted ? QUOTING_OPEN : QUOTING_BARE;
	size_t max = sizeof(l->bytes);
	const char *text;

	if (takes(at, "%")) {
		put_char(l, '%');
		return true;
	}
	if (takes(at, ".*s"))
		max = (size_t)va_arg(*args, int);
	else if (!takes(at, "s") && !takes(at, "m"))
		return put_number(l, at, args);
	text = (*at)[-1] == 'm' ? strerror(errno) : va_arg(*args, const char *);
	if (!quoted && before == '=' && (**at == ' ' || **at == '\0'))
		how = QUOTING_NEEDED;
	put_string(l, text, strnlen(text, max), how);
	return true;
}

void
log_line_vput(struct log_line *l, const char *format, va_list args)
{
	bool quoted = false;
	va_list rest;

	va_copy(rest, args);
	for (const char *at = format; *at != '\0';) {
		char before = at == format ? '\0' : at[-1];
		char c = *at++;

		if (c == '%') {
			if (!put_conversion(l, &at, before, quoted, &rest))
				break;
			continue;
		}
		quoted = quoted != (c == '"');
		put_char(l, c);
	}
	va_end(rest);
}

void
log_line_put(struct log_line *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line_vput(l, format, args);
	va_end(args);
}

/* --- the whole line ------------------------------------------------------- */

/* Cuts a long line, but not inside a UTF-8 character. */
static void
cut(struct log_line *l)
{
	if (l->len <= LOG_LINE_MAX)
		return;
	l->len = LOG_LINE_MAX;
	for (int i = 0; i < 3 && (l->bytes[l->len] & 0xC0) == 0x80; i++)
		l->len--;
}

static void
replace_controls(struct log_line *l)
{
	unsigned char before = 0;

	for (size_t i = 0; i < l->len; i++) {
		unsigned char c = (unsigned char)l->bytes[i];

		if (c < 0x20 || c == 0x7F)
			l->bytes[i] = '?';
		if (before == 0xC2 && c >= 0x80 && c <= 0x9F)
			l->bytes[i - 1] = l->bytes[i] = '?';
		before = c;
	}
}

void
log_line_end(struct log_line *l)
{
	cut(l);
	replace_controls(l);
	l->bytes[l->len] = '\n';
}
