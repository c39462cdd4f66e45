/* SPDX-License-Identifier: MIT */
/*
 * log_prefix.h - what stands before a line of the log on stderr. For log.c.
 *
 *	stderr			before the line
 *	the journal		<4>, the priority
 *	a pipe of a CGI program	nothing: Apache's mod_cgi adds the time
 *	anything else		2026-11-30T09:15:02.318Z and a space
 *
 * Anything else: the log file of lighttpd, or of Apache with mod_fcgid or
 * mod_cgid, to which the program writes itself; a pipe to a program that keeps
 * logs; a terminal.
 *
 * Source: systemd.exec(5), JOURNAL_STREAM; sd-daemon(3); RFC 3339
 */
#ifndef SHARED_BASE_LOG_PREFIX_H
#define SHARED_BASE_LOG_PREFIX_H

#include <stdbool.h>

#include "shared/base/attributes.h"

enum { LOG_PREFIX_SIZE = 40 };

/* Whether a line on stderr begins with the time. */
enum log_time {
	LOG_TIME_AUTO, /* if nothing that reads stderr is known to add it */
	LOG_TIME_NO,
	LOG_TIME_YES
};

/* Zeroed it is none. */
struct log_prefix {
	bool priority;
	bool time; /* UTC */
};

/* Which one stderr needs. */
struct log_prefix log_prefix_find(enum log_time time, bool cgi) MUST_USE;

/* Fills `out` with the prefix of a line that is written now, or with "".
 * `priority`: of syslog(3), 0 to 7. */
void log_prefix_put(char out[LOG_PREFIX_SIZE], const struct log_prefix *p,
		    int priority);

#endif
