/* SPDX-License-Identifier: MIT */
/*
 * limits_report.h - how near the limits of limits.h are.
 */
#ifndef SHARED_APP_LIMITS_REPORT_H
#define SHARED_APP_LIMITS_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/app/limits.h"

struct limits_used {
	const char *setting;
	uint64_t used;
	unsigned int most;
};

enum { LIMITS_REPORTED = 2 + LIMITS_PEAKS };

/* Fills `out` with those that are set, and returns how many: hold.budget and
 * hold.budget_lighttpd, of the whole host; of limit.address_held, .user_held,
 * .connection_held and .address_connects what that client had that had most,
 * of those that asked to be held since the last report. */
size_t limits_report(struct limits *l, struct limits_used out[LIMITS_REPORTED]);

#endif
