/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscriber_presence.h"

#include "shared/conf/conf_channel.h"
#include "shared/hub/channels.h"

enum { LINGER_MAX_MS = 60000 }; /* presence.lua keeps its keys longer */

static unsigned int
linger_ms(const struct conf *conf)
{
	return conf->hold_retry < LINGER_MAX_MS / 1000 ? conf->hold_retry * 1000
						       : LINGER_MAX_MS;
}

static void
tell(void *arg, const struct subscriber_event *event)
{
	struct subscribers *all = arg;
	struct channels *channels = all->fanouts.channels;
	struct presence_member m = {.user = event->user, .id = event->id};

	if (all->technique->batch != NULL && event->reason != END_LEFT)
		m.linger_ms = linger_ms(all->conf);
	if (event->kind != SUBSCRIBER_SUBSCRIBED) {
		channels_leave(channels, event->channel, &m);
		return;
	}
	if (all->technique->batch != NULL)
		m.linger_ms = 1; /* it may come back */
	channels_join(channels, event->channel, &m);
}

void
subscriber_presence_listen(struct subscriber_events *events,
			   struct subscribers *all)
{
	if (conf_has_presence(all->conf))
		subscriber_events_listen(events, tell, all);
}
