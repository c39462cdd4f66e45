/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1023 };

static struct {
	const char *program; /* NULL until log_open() */
	enum log_level level;
	enum log_to to;
} settings = {.level = LOG_LEVEL_INFO, .to = LOG_TO_STDERR};

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

static const int priorities[] = {
    [LOG_LEVEL_ERROR] = LOG_ERR,
    [LOG_LEVEL_WARN] = LOG_WARNING,
    [LOG_LEVEL_INFO] = LOG_INFO,
    [LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

/* Has room for one byte above the limit, which shows whether the cut is inside
 * a character, and for a NUL or a line break. */
struct line {
	char bytes[LINE_MAX_BYTES + 2];
	size_t len;
};

void
log_open(const char *program, enum log_level level, enum log_to to)
{
	settings.program = program;
	settings.level = level;
	settings.to = to;
	if (to == LOG_TO_SYSLOG)
		openlog("pushcgi", LOG_PID, LOG_DAEMON);
}

bool
log_wants(enum log_level level)
{
	return level <= settings.level;
}

static void line_vprintf(struct line *l, const char *format, va_list args)
    PRINTF_LIKE(2, 0);
static void line_printf(struct line *l, const char *format, ...)
    PRINTF_LIKE(2, 3);
static void log_line(enum log_level level, const char *event,
		     const char *format, va_list args) PRINTF_LIKE(3, 0);

static void
line_vprintf(struct line *l, const char *format, va_list args)
{
	size_t room = sizeof l->bytes - l->len;
	int n = vsnprintf(l->bytes + l->len, room, format, args);

	if (n < 0)
		return;
	l->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void
line_printf(struct line *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_vprintf(l, format, args);
	va_end(args);
}

/* Cuts a long line, but not inside a UTF-8 character. */
static void
line_cut(struct line *l)
{
	if (l->len <= LINE_MAX_BYTES)
		return;
	l->len = LINE_MAX_BYTES;
	for (int i = 0; i < 3 && (l->bytes[l->len] & 0xC0) == 0x80; i++)
		l->len--;
}

/* Replaces control characters: those of ASCII, and U+0080 to U+009F, which some
 * terminals interpret too. */
static void
line_clean(struct line *l)
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

/* One write, so that the lines of several processes do not mix. An error cannot
 * be reported anywhere. */
static void
line_to_stderr(struct line *l)
{
	ssize_t n;

	l->bytes[l->len] = '\n';
	do
		n = write(STDERR_FILENO, l->bytes, l->len + 1);
	while (n < 0 && errno == EINTR);
}

static void
log_line(enum log_level level, const char *event, const char *format,
	 va_list args)
{
	struct line l = {.len = 0};
	int saved_errno = errno;

	if (!log_wants(level))
		return;
	line_printf(&l, "level=%s ", level_names[level]);
	if (settings.program != NULL)
		line_printf(&l, "program=%s ", settings.program);
	line_printf(&l, "event=%s%s", event, *format == '\0' ? "" : " ");
	line_vprintf(&l, format, args);
	line_cut(&l);
	line_clean(&l);
	if (settings.to == LOG_TO_SYSLOG)
		syslog(priorities[level], "%.*s", (int)l.len, l.bytes);
	else
		line_to_stderr(&l);
	errno = saved_errno;
}

void
log_error(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_ERROR, event, format, args);
	va_end(args);
}

void
log_warn(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_WARN, event, format, args);
	va_end(args);
}

void
log_info(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_INFO, event, format, args);
	va_end(args);
}

void
log_debug(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_DEBUG, event, format, args);
	va_end(args);
}
