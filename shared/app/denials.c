/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/denials.h"

#include "shared/base/clock.h"

bool
denials_log(struct denials *d, const struct problem *p, unsigned int *skipped)
{
	uint64_t second = clock_ms() / 1000;

	*skipped = 0;
	if (p->status != 401 && p->status != 403 && p->status != 429)
		return true;
	if (second == d->second) {
		d->skipped++;
		return false;
	}
	*skipped = d->skipped;
	*d = (struct denials){.second = second};
	return true;
}
