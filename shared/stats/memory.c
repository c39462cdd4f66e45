/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/stats/memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static int statm = -1;

void
memory_open(void)
{
	if (statm < 0)
		statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

bool
memory_read(struct memory *out)
{
	char text[128];
	long page = sysconf(_SC_PAGESIZE);
	uint64_t resident, of_files;
	ssize_t n = statm >= 0 ? pread(statm, text, sizeof(text) - 1, 0) : -1;

	if (n <= 0 || page <= 0)
		return false;
	text[n] = '\0';
	if (sscanf(text, "%*u %" SCNu64 " %" SCNu64, &resident, &of_files) != 2)
		return false;
	out->rss = resident * (uint64_t)page;
	out->private = (resident - of_files) * (uint64_t)page;
	return true;
}
