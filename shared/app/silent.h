/* SPDX-License-Identifier: MIT */
/*
 * silent.h - processes of this host that run, but say nothing any more: they
 * hang or are stopped, and their entries have expired.
 *
 * Not one that ends by itself: its last entry says so, or its pid has another
 * entry.
 *
 * A process is known by its pid and the time of its start, of /proc. One that
 * cannot be seen there is taken for ended, and so is one that began at another
 * time than its entry says. If /proc only hides it (proc_is_hidden()), the time
 * in its entry is believed.
 *
 * Source: proc(5)
 */
#ifndef SHARED_APP_SILENT_H
#define SHARED_APP_SILENT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/status/status.h"

struct silent_one {
	struct status_process process; /* as it was said last */
	uint64_t start;		       /* of /proc */
};

/* Zeroed: none. At most STATUS_PROCESSES_MAX. */
struct silent {
	struct silent_one *at; /* sorted by the id of the process */
	size_t count;
};

/* Adds to `status`, between status_add() and status_finish(), those that were
 * in one before, are not in it now, and still run. */
void silent_add(struct silent *silent, struct status *status);

void silent_free(struct silent *silent);

#endif
