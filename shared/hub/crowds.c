/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/crowds.h"

#include <stdbool.h>

#include "shared/hub/channel_presence.h"

static bool
is_before(const struct crowd *a, const struct crowd *b)
{
	if (a->members != b->members)
		return a->members > b->members;
	return text_compare(&a->name, &b->name) < 0;
}

static void
add(void *arg, const struct channel *c)
{
	struct crowds *crowds = arg;
	const struct crowd crowd = {*channel_name(c), channel_members(c),
				    channel_presence_now(c->presence)};
	struct crowd *top = crowds->top;
	size_t i;

	if (crowd.members == 0)
		return;
	crowds->count++;
	if (crowds->top_count < crowds->most)
		crowds->top_count++;
	else if (!is_before(&crowd, &top[crowds->most - 1]))
		return;
	for (i = crowds->top_count - 1; i > 0 && is_before(&crowd, &top[i - 1]);
	     i--)
		top[i] = top[i - 1];
	top[i] = crowd;
}

void
crowds_find(struct crowds *crowds, const struct channels *all)
{
	crowds->top_count = crowds->count = 0;
	channels_each(all, add, crowds);
}
