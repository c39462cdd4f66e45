/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/fake_clock.h"

#include "shared/base/clock.h"

static uint64_t now_ms = 1000 * 1000;

uint64_t
clock_ms(void)
{
	return now_ms;
}

uint64_t
clock_unix(void)
{
	return FAKE_CLOCK_UNIX - 1000 + now_ms / 1000;
}

void
fake_clock_advance(uint64_t ms)
{
	now_ms += ms;
}
