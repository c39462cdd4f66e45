/* SPDX-License-Identifier: MIT */
/*
 * log.h - one line per event, as `key=value` pairs, on stderr or in syslog.
 *
 *	level=warn program=sse event=redis_down reason="connection refused"
 *
 * Web servers copy the stderr of their FastCGI programs to their own log.
 * What a client may have sent is escaped or replaced where it would break the
 * quotes, the pairs or the line (log_line.h).
 *
 * Settings: log.level, log.time, log.to in push.conf(5)
 * Events: pushcgi(8)
 */
#ifndef SHARED_BASE_LOG_H
#define SHARED_BASE_LOG_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/log_prefix.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum log_to { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Before this call, the level is `info` and the log goes to stderr. `program`,
 * a technique's name, is borrowed for the life of the process. */
void log_open(const char *program, enum log_level level, enum log_to to);

/* Finds out where stderr leads, and so what stands before each line there from
 * now on; before this call nothing does. See log_prefix.h. `cgi`: the program
 * is a plain CGI program. */
void log_find_prefix(enum log_time time, bool cgi);

/* True: lines of `level` are written. Check it before expensive formatting. */
bool log_wants(enum log_level level);

/*
 * Writes one line, cut at 1023 bytes. `event` is a word of the list in
 * pushcgi(8), written as a literal so that the source can be searched for it.
 * `format` gives the pairs that follow it, such as "client=%s channel=%s", and
 * may be ""; log_line.h lists the conversions. Put double quotes around a text:
 * reason=\"%s\".
 */
void log_error(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_warn(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_info(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_debug(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
