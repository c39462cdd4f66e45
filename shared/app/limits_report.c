/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/limits_report.h"

#include <string.h>

size_t
limits_report(struct limits *l, struct limits_used out[LIMITS_REPORTED])
{
	const struct conf *conf = l->conf;
	const struct limits_used all[LIMITS_REPORTED] = {
	    {"hold.budget", limits_taken(l, MARK_WORKER), conf->hold_budget},
	    {"hold.budget_lighttpd", limits_taken(l, MARK_DESCRIPTORS),
	     conf->hold_budget_lighttpd},
	    {"limit.address_held", l->peaks[0], conf->limit_address_held},
	    {"limit.user_held", l->peaks[1], conf->limit_user_held},
	    {"limit.connection_held", l->peaks[2], conf->limit_connection_held},
	    {"limit.address_connects", l->peaks[3],
	     conf->limit_address_connects}};
	size_t n = 0;

	for (size_t i = 0; i < LIMITS_REPORTED; i++)
		if (all[i].most > 0)
			out[n++] = all[i];
	memset(l->peaks, 0, sizeof(l->peaks));
	return n;
}
