/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/refusal.h"

#include "shared/base/log.h"

void
refusal_log(struct denials *denials, const char *client,
	    const struct problem *p)
{
	unsigned int skipped;

	if (denials_log(denials, p, &skipped))
		log_info("refused",
			 "client=%s status=%u skipped=%u reason=\"%s\"", client,
			 p->status, skipped, p->detail);
}
