/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/silent.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/proc.h"
#include "shared/base/xalloc.h"

static int
by_id(const void *a, const void *b)
{
	const struct silent_one *x = a, *y = b;

	return strcmp(x->process.id, y->process.id);
}

static struct silent_one *
find(const struct silent *silent, const struct status_process *p)
{
	struct silent_one key;

	if (silent->count == 0)
		return NULL;
	memcpy(key.process.id, p->id, sizeof(key.process.id));
	return bsearch(&key, silent->at, silent->count, sizeof(key), by_id);
}

/* Of one that /proc hides, what its entry says. The user of the programs has
 * few others that might have got its pid. */
static uint64_t
start_of(const struct status_process *p)
{
	return proc_is_hidden(p->pid) ? p->ticks : proc_start(p->pid);
}

/* Those of this host that are in `status` now, with room for all of before. Of
 * one that was seen before the start is known. */
static struct silent
present(const struct silent *before, const struct status *status)
{
	struct silent now = {.count = 0};

	now.at = xcalloc(status->count + before->count + 1, sizeof(*now.at));
	for (size_t i = 0; i < status->count; i++) {
		const struct status_process *p = &status->processes[i];
		const struct silent_one *known = find(before, p);
		uint64_t start;

		if (!status_is_here(status, p))
			continue;
		start = known != NULL ? known->start : start_of(p);
		if (start != 0 && (p->ticks == 0 || p->ticks == start))
			now.at[now.count++] = (struct silent_one){*p, start};
	}
	if (now.count > 0)
		qsort(now.at, now.count, sizeof(*now.at), by_id);
	return now;
}

/* It has begun anew under another id: --restart keeps the pid and its start. */
static bool
has_pid(const struct silent *now, uint64_t pid)
{
	for (size_t i = 0; i < now->count; i++)
		if (now->at[i].process.pid == pid)
			return true;
	return false;
}

/* It said nothing of an end, and says nothing any more. */
static bool
is_silent(const struct silent *now, const struct silent_one *one)
{
	return !one->process.is_ending && find(now, &one->process) == NULL &&
	       !has_pid(now, one->process.pid) &&
	       start_of(&one->process) == one->start;
}

void
silent_add(struct silent *silent, struct status *status)
{
	struct silent now = present(silent, status);
	size_t known = now.count;

	for (size_t i = 0; i < silent->count; i++) {
		const struct silent_one *one = &silent->at[i];
		const struct silent found = {now.at, known};

		if (!is_silent(&found, one) ||
		    !status_keep(status, &one->process))
			continue;
		now.at[now.count++] = *one;
	}
	if (now.count > known)
		qsort(now.at, now.count, sizeof(*now.at), by_id);
	free(silent->at);
	*silent = now;
}

void
silent_free(struct silent *silent)
{
	free(silent->at);
	*silent = (struct silent){NULL, 0};
}
