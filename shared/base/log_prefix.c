/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/log_prefix.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The variable is inherited, also by a program whose stderr is another one: so
 * the numbers in it are compared. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[2 * 21];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

static bool
is_pipe(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && S_ISFIFO(st.st_mode);
}

struct log_prefix
log_prefix_find(enum log_time time, bool cgi)
{
	struct log_prefix p = {.priority = is_journal()};

	if (time == LOG_TIME_AUTO)
		p.time = !p.priority && !(cgi && is_pipe());
	else
		p.time = time == LOG_TIME_YES;
	return p;
}

void
log_prefix_put(char out[LOG_PREFIX_SIZE], const struct log_prefix *p,
	       int priority)
{
	size_t len = 0;
	struct timespec now;
	struct tm utc;

	out[0] = '\0';
	if (p->priority)
		len = (size_t)snprintf(out, LOG_PREFIX_SIZE, "<%d>", priority);
	if (!p->time || clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    gmtime_r(&now.tv_sec, &utc) == NULL)
		return;
	len += strftime(out + len, LOG_PREFIX_SIZE - len, "%Y-%m-%dT%H:%M:%S",
			&utc);
	snprintf(out + len, LOG_PREFIX_SIZE - len, ".%03ldZ ",
		 now.tv_nsec / 1000000);
}
