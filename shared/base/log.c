/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "shared/base/log_line.h"

static struct {
	const char *program; /* NULL until log_open() */
	enum log_level level;
	enum log_to to;
	struct log_prefix prefix;
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

void
log_open(const char *program, enum log_level level, enum log_to to)
{
	settings.program = program;
	settings.level = level;
	settings.to = to;
	if (to == LOG_TO_SYSLOG)
		openlog("pushcgi", LOG_PID, LOG_DAEMON);
}

void
log_find_prefix(enum log_time time, bool cgi)
{
	settings.prefix = log_prefix_find(time, cgi);
}

bool
log_wants(enum log_level level)
{
	return level <= settings.level;
}

static void write_line(enum log_level level, const char *event,
		       const char *format, va_list args) PRINTF_LIKE(3, 0);

/* One write, so that the lines of several processes do not mix. An error cannot
 * be reported anywhere. */
static void
write_to_stderr(struct log_line *l, int priority)
{
	char prefix[LOG_PREFIX_SIZE];
	struct iovec parts[2] = {{prefix, 0}, {l->bytes, l->len + 1}};
	ssize_t n;

	log_prefix_put(prefix, &settings.prefix, priority);
	parts[0].iov_len = strlen(prefix);
	do
		n = writev(STDERR_FILENO, parts, 2);
	while (n < 0 && errno == EINTR);
}

static void
write_line(enum log_level level, const char *event, const char *format,
	   va_list args)
{
	struct log_line l;
	int saved_errno = errno;

	if (!log_wants(level))
		return;
	l.len = 0;
	log_line_put(&l, "level=%s ", level_names[level]);
	if (settings.program != NULL)
		log_line_put(&l, "program=%s ", settings.program);
	log_line_put(&l, *format == '\0' ? "event=%s" : "event=%s ", event);
	log_line_vput(&l, format, args);
	log_line_end(&l);
	if (settings.to == LOG_TO_SYSLOG)
		syslog(priorities[level], "%.*s", (int)l.len, l.bytes);
	else
		write_to_stderr(&l, priorities[level]);
	errno = saved_errno;
}

void
log_error(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_LEVEL_ERROR, event, format, args);
	va_end(args);
}

void
log_warn(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_LEVEL_WARN, event, format, args);
	va_end(args);
}

void
log_info(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_LEVEL_INFO, event, format, args);
	va_end(args);
}

void
log_debug(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_LEVEL_DEBUG, event, format, args);
	va_end(args);
}
