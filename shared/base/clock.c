/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/clock.h"

#include <time.h>

uint64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t
clock_unix(void)
{
	time_t now = time(NULL);

	return now > 0 ? (uint64_t)now : 0;
}

uint64_t
clock_unix_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0 || t.tv_sec < 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
