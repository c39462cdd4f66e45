/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/proc.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/number.h"
#include "shared/base/text.h"

/* Of /proc/PID/stat; the name is the second. */
enum { STATE_FIELD = 3, START_FIELD = 22, PATH_SIZE = 40 };

/* As a text, cut to `size`; "" if that fails. */
static void
read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = 0;

	if (fd >= 0) {
		len = read(fd, out, size - 1);
		close(fd);
	}
	out[len > 0 ? len : 0] = '\0';
}

void
proc_boot(char out[PROC_BOOT_SIZE])
{
	read_file("/proc/sys/kernel/random/boot_id", out, PROC_BOOT_SIZE);
	out[strcspn(out, "\n")] = '\0';
}

static void
stat_path(char out[PATH_SIZE], uint64_t pid)
{
	snprintf(out, PATH_SIZE, "/proc/%" PRIu64 "/stat", pid);
}

uint64_t
proc_start(uint64_t pid)
{
	char path[PATH_SIZE], stat[512];
	const char *at;
	struct text word;
	uint64_t start = 0;

	stat_path(path, pid);
	read_file(path, stat, sizeof(stat));
	/* the name, which stands in brackets, may have any character */
	at = strrchr(stat, ')');
	if (at == NULL)
		return 0;
	at++;
	for (int i = STATE_FIELD; i <= START_FIELD; i++)
		if (!text_word(&at, &word) ||
		    (i == STATE_FIELD && strchr("ZXx", word.bytes[0]) != NULL))
			return 0;
	return number_parse(&start, word, UINT64_MAX) ? start : 0;
}

bool
proc_is_hidden(uint64_t pid)
{
	char path[PATH_SIZE];

	stat_path(path, pid);
	return pid > 0 && pid <= INT_MAX && kill((pid_t)pid, 0) == 0 &&
	       access(path, F_OK) != 0;
}
