/* SPDX-License-Identifier: MIT */
/*
 * subscriber_events.h - the one place that is told which subscribers there are.
 *
 * For each subscriber that is held, whatever its kind, and each of its
 * channels:
 *
 *	SUBSCRIBED	when its request has been accepted, or a WebSocket adds
 *			the channel
 *	UNSUBSCRIBED	a WebSocket drops the channel, and goes on
 *	ENDED		the subscriber ends, with the reason
 *
 * So each SUBSCRIBED is followed by one UNSUBSCRIBED or ENDED. A long-poll is a
 * subscriber from its request to its response. A request that is not held (a
 * poll, or one above a limit) makes no events.
 */
#ifndef SHARED_APP_SUBSCRIBER_EVENTS_H
#define SHARED_APP_SUBSCRIBER_EVENTS_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/http/params.h"
#include "shared/hub/fanout.h"

enum subscriber_event_kind {
	SUBSCRIBER_SUBSCRIBED,
	SUBSCRIBER_UNSUBSCRIBED,
	SUBSCRIBER_HAS_ENDED
};

/* Why a subscriber ended. */
enum subscriber_end {
	END_LEFT,	/* the client did, or its web server */
	END_ANSWERED,	/* a long-poll has its response */
	END_BEHIND,	/* the client reads too slowly */
	END_STOPPED,	/* the process ends */
	END_OLD,	/* hold.max_age */
	END_EXPIRED,	/* its right to the channels */
	END_KICKED,	/* by an administrator */
	END_REDIS,	/* Redis cannot be read */
	END_UNANSWERED, /* a WebSocket answers no ping */
	END_PROTOCOL,	/* a WebSocket broke a rule */
	END_REASONS
};

/* What it is called in messages, such as "left". Static. */
const char *subscriber_end_name(enum subscriber_end reason) RETURNS_NONNULL;

/* Everything is valid during the call. */
struct subscriber_event {
	enum subscriber_event_kind kind;
	struct text channel;
	const char *technique;
	const char *id;		    /* see struct subscriber */
	const char *user;	    /* NULL: none */
	const char *address;	    /* of the client */
	enum subscriber_end reason; /* HAS_ENDED */
	bool is_alone;		    /* its program serves no other (mark.h) */
};

/* Who wants to know. It may not free a subscriber. */
struct subscriber_listener {
	void (*tell)(void *arg, const struct subscriber_event *event);
	void *arg;
};

enum { SUBSCRIBER_LISTENERS_MAX = 4 };

/* Of the process. Zeroed: nobody wants to know. */
struct subscriber_events {
	struct subscriber_listener listeners[SUBSCRIBER_LISTENERS_MAX];
	unsigned int count;
};

/* `arg` is borrowed. */
void subscriber_events_listen(
    struct subscriber_events *events,
    void (*tell)(void *arg, const struct subscriber_event *event), void *arg);

/* Tells `event` of each channel of a fanout: the channel is set here. */
void subscriber_events_tell_all(const struct subscriber_events *events,
				struct subscriber_event *event,
				const struct fanout *fanout);

/* The subscriber moves from a fanout to the channels of `params`: kind and
 * channel are set here. */
void subscriber_events_tell_changes(const struct subscriber_events *events,
				    struct subscriber_event *event,
				    const struct fanout *fanout,
				    const struct params *params);

#endif
