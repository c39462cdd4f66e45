/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/hook_lost.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"

enum { INTERVAL_MS = 10 * 1000 };

void
hook_lost_add(struct hook_lost *l, const char *hook, const char *reason)
{
	l->untold++;
	l->logged++;
	if (clock_ms() < l->next)
		return;
	log_warn("hook_lost", "hook=%s events=%u reason=\"%s\"", hook,
		 l->logged, reason);
	l->logged = 0;
	l->next = clock_ms() + INTERVAL_MS;
}
