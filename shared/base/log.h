/* SPDX-License-Identifier: MIT */
/*
 * log.h - one line an event, `key=value`, to stderr or to syslog.
 *
 *	level=warn program=sse event=redis_down reason="connection refused"
 *
 * stderr is where a web server collects what its FastCGI programs say.
 * A line never holds a line break or another control character, whatever a
 * client sent: each is written as '?'.
 *
 * Settings: log.level, log.to in push.conf(5)
 */
#ifndef SHARED_BASE_LOG_H
#define SHARED_BASE_LOG_H

#include <stdbool.h>

#include "shared/base/attributes.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum log_to { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Until it is called, lines of level `info` and worse go to stderr.
 * `program` is borrowed for the life of the process (a technique's name). */
void log_open(const char *program, enum log_level level, enum log_to to);

/* True when lines of `level` are written: spares the making of one nobody
 * reads. */
bool log_wants(enum log_level level);

/*
 * Writes one line. `event` is one word; `format` makes the pairs that follow
 * it, such as "client=%s channel=%s", and may be "". A text that may hold a
 * space is put in double quotes by the caller: reason=\"%s\".
 * Longer than 1023 bytes: cut.
 */
void log_error(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_warn(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_info(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_debug(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
