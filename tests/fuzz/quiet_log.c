/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/fuzz/quiet_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/log_line.h"
#include "shared/base/utf8.h"
#include "tests/fuzz/fuzz.h"

UNTRACED_BEGIN

static size_t cuts;

size_t
quiet_log_cuts(void)
{
	size_t n = cuts;

	cuts = 0;
	return n;
}

static void
count(const char *event)
{
	static const char *const cut[] = {"backlog", "memory", "timeout",
					  "disconnect"};

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++)
		cuts += strcmp(event, cut[i]) == 0;
}

static void make_line(const char *event, const char *format, va_list args)
    PRINTF_LIKE(2, 0);

/* It is one line, whatever a client has sent. */
static void
make_line(const char *event, const char *format, va_list args)
{
	struct log_line l = {.len = 0};

	count(event);
	log_line_put(&l, "event=%s ", event);
	log_line_vput(&l, format, args);
	log_line_end(&l);
	check(l.len <= LOG_LINE_MAX && l.bytes[l.len] == '\n');
	check(memchr(l.bytes, '\n', l.len) == NULL);
	if (getenv("PUSHCGI_FUZZ_LOG") != NULL)
		fprintf(stderr, "%.*s\n", (int)l.len, l.bytes);
}

void
log_open(const char *program, enum log_level level, enum log_to to)
{
	(void)program;
	(void)level;
	(void)to;
}

void
log_find_prefix(enum log_time time, bool cgi)
{
	(void)time;
	(void)cgi;
}

bool
log_wants(enum log_level level)
{
	(void)level;
	return true;
}

/* An error is a fault of the process or of its administrator: no client can
 * cause one. */
void
log_error(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	make_line(event, format, args);
	va_end(args);
	check(false);
}

void
log_warn(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	make_line(event, format, args);
	va_end(args);
}

void
log_info(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	make_line(event, format, args);
	va_end(args);
}

void
log_debug(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	make_line(event, format, args);
	va_end(args);
}

UNTRACED_END
