/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/publish_channels.h"

#include <search.h>
#include <stdlib.h>

#include "shared/base/xalloc.h"

static void
leave_list(struct publish_channels *all, struct publish_channel *channel)
{
	if (channel->list == NULL)
		return;
	TAILQ_REMOVE(channel->list, channel, link);
	if (channel->list == &all->idle)
		all->idle_count--;
	channel->list = NULL;
}

static void
enter_list(struct publish_channel *channel, struct publish_channel_list *list)
{
	channel->list = list;
	TAILQ_INSERT_TAIL(list, channel, link);
}

static void
free_channel(struct publish_channels *all, struct publish_channel *channel)
{
	leave_list(all, channel);
	tdelete(&channel->name, &all->tree, text_compare);
	free(channel);
}

static struct publish_channel *
make_channel(struct publish_channels *all, struct text name)
{
	struct publish_channel *channel =
	    xcalloc(1, sizeof(*channel) + name.len + 1);
	char *at = channel->bytes;

	channel->name = text_copy(&at, name);
	TAILQ_INIT(&channel->waiting);
	if (tsearch(&channel->name, &all->tree, text_compare) == NULL)
		xalloc_failed();
	return channel;
}

struct publish_channel *
publish_channels_get(struct publish_channels *all, struct text name)
{
	void *const *node = tfind(&name, &all->tree, text_compare);

	return node != NULL ? *node : make_channel(all, name);
}

void
publish_channels_settle(struct publish_channels *all,
			struct publish_channel *channel)
{
	bool waits = !TAILQ_EMPTY(&channel->waiting);

	if (waits && !channel->sent && channel->list == &all->ready)
		return; /* it keeps its place */
	leave_list(all, channel);
	if (channel->sent)
		return;
	enter_list(channel, waits ? &all->ready : &all->idle);
	if (waits || ++all->idle_count <= PUBLISH_CHANNELS_IDLE_MAX)
		return;
	free_channel(all, TAILQ_FIRST(&all->idle));
}

void
publish_channels_init(struct publish_channels *all)
{
	*all = (struct publish_channels){.tree = NULL};
	TAILQ_INIT(&all->ready);
	TAILQ_INIT(&all->idle);
}

void
publish_channels_free(struct publish_channels *all)
{
	while (!TAILQ_EMPTY(&all->idle))
		free_channel(all, TAILQ_FIRST(&all->idle));
}
