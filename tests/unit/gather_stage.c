/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/gather_stage.h"

#include "shared/base/clock.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

static struct gathers *
gathers(void)
{
	return &stage.dispatch.subscribing.channels.common.gathers;
}

void
gather_stage_open(unsigned int ms)
{
	stage.conf.hold_gather = ms;
	stage_open();
	gathers()->offset = ms > 0 ? ms - clock_ms() % ms : 0;
}

void
gather_stage_start(const struct technique *technique)
{
	fake_clock_restart();
	stage_init(technique);
	gather_stage_open(GATHER_MS);
}

void
gather_stage_turn(void)
{
	turn_for(0.02);
}

void
gather_stage_pass(uint64_t ms)
{
	fake_clock_advance(ms);
	gathers_turn(gathers());
	gather_stage_turn();
}

size_t
gather_stage_live(void)
{
	size_t count = 0;
	struct fanout *fanout;

	LIST_FOREACH(fanout,
		     &stage.dispatch.subscribing.subscribers.fanouts.list, link)
		count += fanout->live.count;
	return count;
}
