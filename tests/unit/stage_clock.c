/* SPDX-License-Identifier: MIT */
/*
 * stage_clock.c - time passes on a stage. A file of its own: a program that
 * does not call it is linked without fake_clock.c.
 */
#include "config.h"

#include "tests/unit/fake_clock.h"
#include "tests/unit/stage.h"

void
stage_advance(unsigned int seconds)
{
	fake_clock_advance(seconds * 1000ull);
	wheel_turn(&stage.wheel);
}
