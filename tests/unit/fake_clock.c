/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/fake_clock.h"

#include "shared/base/clock.h"

enum { START_MS = 1000 * 1000 };

static uint64_t now_ms = START_MS;
static uint64_t start_unix = FAKE_CLOCK_UNIX;

uint64_t
clock_ms(void)
{
	return now_ms;
}

uint64_t
clock_unix(void)
{
	return start_unix + (now_ms - START_MS) / 1000;
}

uint64_t
clock_unix_ms(void)
{
	return start_unix * 1000 + (now_ms - START_MS);
}

void
fake_clock_advance(uint64_t ms)
{
	now_ms += ms;
}

void
fake_clock_restart(void)
{
	now_ms = START_MS;
	start_unix = FAKE_CLOCK_UNIX;
}

void
fake_clock_set_unix(uint64_t seconds)
{
	start_unix = seconds - (now_ms - START_MS) / 1000;
}
