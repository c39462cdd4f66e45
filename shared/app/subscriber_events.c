/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscriber_events.h"

#include <stdlib.h>

static const char *const names[END_REASONS] = {[END_LEFT] = "left",
					       [END_ANSWERED] = "answered",
					       [END_BEHIND] = "behind",
					       [END_STOPPED] = "stopped",
					       [END_OLD] = "old",
					       [END_EXPIRED] = "expired",
					       [END_KICKED] = "kicked",
					       [END_REDIS] = "redis",
					       [END_UNANSWERED] = "unanswered",
					       [END_PROTOCOL] = "protocol"};

const char *
subscriber_end_name(enum subscriber_end reason)
{
	return names[reason];
}

void
subscriber_events_listen(struct subscriber_events *events,
			 void (*tell)(void *arg,
				      const struct subscriber_event *event),
			 void *arg)
{
	if (events->count == SUBSCRIBER_LISTENERS_MAX)
		abort(); /* they are set up at the start */
	events->listeners[events->count++] =
	    (struct subscriber_listener){.tell = tell, .arg = arg};
}

void
subscriber_events_tell(const struct subscriber_events *events,
		       const struct subscriber_event *event)
{
	for (unsigned int i = 0; i < events->count; i++)
		events->listeners[i].tell(events->listeners[i].arg, event);
}
