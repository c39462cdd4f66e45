/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/private_memory.h"

#include <stdbool.h>
#include <sys/prctl.h>

static bool was_open;

void
private_memory_start(void)
{
	was_open = was_open || prctl(PR_GET_DUMPABLE) == 1;
	prctl(PR_SET_DUMPABLE, 0);
}

void
private_memory_end(void)
{
	if (was_open)
		prctl(PR_SET_DUMPABLE, 1);
}
