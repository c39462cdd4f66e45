/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/temporary_timer.h"

#include <stdlib.h>

#include "shared/base/xalloc.h"

struct temporary_timer {
	struct wheel_timer timer;
	struct temporary_timer **owner;
	void (*fire)(void *arg);
	void *arg;
};

static void
fired(void *arg)
{
	struct temporary_timer *t = arg;
	void (*fire)(void *) = t->fire;
	void *fire_arg = t->arg;

	*t->owner = NULL;
	free(t);
	fire(fire_arg);
}

void
temporary_timer_set(struct temporary_timer **timer, struct wheel *wheel,
		    uint64_t ms, void (*fire)(void *arg), void *arg)
{
	struct temporary_timer *t = *timer;

	if (t == NULL)
		t = *timer = xcalloc(1, sizeof(*t));
	t->timer.fire = fired;
	t->timer.arg = t;
	t->owner = timer;
	t->fire = fire;
	t->arg = arg;
	wheel_set(wheel, &t->timer, ms);
}

void
temporary_timer_clear(struct temporary_timer **timer, struct wheel *wheel)
{
	if (*timer == NULL)
		return;
	wheel_clear(wheel, &(*timer)->timer);
	free(*timer);
	*timer = NULL;
}
