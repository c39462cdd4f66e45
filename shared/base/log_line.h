/* SPDX-License-Identifier: MIT */
/*
 * log_line.h - one line of the log: `key=value` pairs in which no value can
 * look like another pair. For log.c.
 *
 *	format			value	line
 *	channel=%s		a	channel=a
 *	channel=%s		a "b	channel="a \"b"
 *	reason=\"no %s\"	a "b	reason="no a \"b"
 *	address=%s:%u		a "b	address=a??b:6379
 *
 * A string that is a whole value gets quotes if it has a space or a quote; in
 * quotes, '"' and '\' have a backslash before them. One that is part of a value
 * without quotes has '?' in place of spaces and quotes. Control characters
 * become '?': those of ASCII, and U+0080 to U+009F, which some terminals
 * interpret too.
 */
#ifndef SHARED_BASE_LOG_LINE_H
#define SHARED_BASE_LOG_LINE_H

#include <stdarg.h>
#include <stddef.h>

#include "shared/base/attributes.h"

enum { LOG_LINE_MAX = 1023 /* bytes */ };

/* Zeroed it is empty. Has room for one byte above the limit, which shows
 * whether the cut is inside a character, and for the line break. */
struct log_line {
	char bytes[LOG_LINE_MAX + 2];
	size_t len;
};

/* Appends. The conversions are %s, %.*s, %m, %d, %u, %ld, %zu and %%; another
 * one ends the line (tests/lint/events.py finds it). Values and their quotes
 * are not split between two calls. */
void log_line_vput(struct log_line *l, const char *format, va_list args)
    PRINTF_LIKE(2, 0);
void log_line_put(struct log_line *l, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Cuts a line that is too long, but not inside a UTF-8 character, replaces
 * control characters, and ends it with a line break, which `len` does not
 * count. */
void log_line_end(struct log_line *l);

#endif
