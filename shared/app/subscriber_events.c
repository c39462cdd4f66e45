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

static void
tell(const struct subscriber_events *events,
     const struct subscriber_event *event)
{
	for (unsigned int i = 0; i < events->count; i++)
		events->listeners[i].tell(events->listeners[i].arg, event);
}

void
subscriber_events_tell_all(const struct subscriber_events *events,
			   struct subscriber_event *event,
			   const struct fanout *fanout)
{
	if (events->count == 0)
		return;
	for (size_t i = 0; i < fanout_channel_count(fanout); i++) {
		event->channel = *channel_name(fanout_channel(fanout, i));
		tell(events, event);
	}
}

static bool
names_channel(const struct params *params, struct text name)
{
	for (size_t i = 0; i < params->channel_count; i++)
		if (text_equals(params->channels[i], name))
			return true;
	return false;
}

void
subscriber_events_tell_changes(const struct subscriber_events *events,
			       struct subscriber_event *event,
			       const struct fanout *fanout,
			       const struct params *params)
{
	if (events->count == 0)
		return;
	event->kind = SUBSCRIBER_UNSUBSCRIBED;
	for (size_t i = 0; i < fanout_channel_count(fanout); i++) {
		event->channel = *channel_name(fanout_channel(fanout, i));
		if (!names_channel(params, event->channel))
			tell(events, event);
	}
	event->kind = SUBSCRIBER_SUBSCRIBED;
	for (size_t i = 0; i < params->channel_count; i++) {
		event->channel = params->channels[i];
		if (!fanout_has_channel(fanout, event->channel))
			tell(events, event);
	}
}
