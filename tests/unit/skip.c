/* SPDX-License-Identifier: MIT */
/*
 * skip.c - stands before the C library's clock; see skip.h.
 */
#include "config.h"

#include "tests/unit/skip.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned int skipped;

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	long result = syscall(SYS_clock_gettime, clock, now);

	now->tv_sec += skipped / 1000;
	now->tv_nsec += skipped % 1000 * 1000000L;
	if (now->tv_nsec >= 1000000000) {
		now->tv_nsec -= 1000000000;
		now->tv_sec++;
	}
	return (int)result;
}

void
skip_ms(unsigned int ms)
{
	skipped += ms;
}
