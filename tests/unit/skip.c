/* SPDX-License-Identifier: MIT */
/*
 * skip.c - replaces the C library's clock.
 */
#include "config.h"

#include "tests/unit/skip.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CLOCKS = CLOCK_MONOTONIC_COARSE + 1 };

static unsigned int skipped;
static struct timespec stopped[CLOCKS]; /* tv_sec 0: not stopped */
static unsigned int looks;

static void
add(struct timespec *now, long ns)
{
	now->tv_nsec += ns;
	if (now->tv_nsec >= 1000000000) {
		now->tv_nsec -= 1000000000;
		now->tv_sec++;
	}
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	long result = 0;

	if (clock >= 0 && clock < CLOCKS && stopped[clock].tv_sec > 0) {
		*now = stopped[clock];
		looks++;
		now->tv_sec += looks / 1000000;
		add(now, looks % 1000000 * 1000L);
	} else {
		result = syscall(SYS_clock_gettime, clock, now);
	}
	now->tv_sec += skipped / 1000;
	add(now, skipped % 1000 * 1000000L);
	return (int)result;
}

void
skip_only(void)
{
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC,
					   CLOCK_REALTIME_COARSE,
					   CLOCK_MONOTONIC_COARSE};

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		syscall(SYS_clock_gettime, clocks[i], &stopped[clocks[i]]);
}

void
skip_ms(unsigned int ms)
{
	skipped += ms;
}
