/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/turn.h"

#include "tests/unit/suite.h"

static const double TICK_S = 0.005, PATIENCE_S = 100.;
enum { TURNS_LEAST = 10 };

static struct ev_loop *loop;
static struct ev_timer tick; /* so that every turn ends */
static double begun;

static void
nothing(struct ev_loop *l, ev_timer *timer, int revents)
{
	(void)l;
	(void)timer;
	(void)revents;
}

struct ev_loop *
turn_loop(void)
{
	if (loop != NULL)
		return loop;
	loop = ev_loop_new(EVFLAG_AUTO);
	ck_assert_ptr_nonnull(loop);
	ev_timer_init(&tick, nothing, TICK_S, TICK_S);
	ev_timer_start(loop, &tick);
	return loop;
}

void
turn_end(void)
{
	if (loop != NULL)
		ev_loop_destroy(loop);
	loop = NULL;
}

void
turn_begin(void)
{
	turn_loop();
	begun = ev_time();
}

void
turn_once(const char *condition)
{
	if (ev_time() - begun > PATIENCE_S)
		ck_abort_msg("in vain: %s", condition);
	ev_run(loop, EVRUN_ONCE);
}

void
turn_for(double seconds)
{
	double end;
	int turns = 0;

	turn_begin();
	end = begun + seconds;
	while (turns++ < TURNS_LEAST || ev_time() < end)
		ev_run(loop, EVRUN_ONCE);
}
