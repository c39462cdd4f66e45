/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/duplex_publish.h"

#include <stdlib.h>
#include <string.h>

#include "shared/access/access.h"
#include "shared/app/duplex_reply.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/publish.h"
#include "shared/stats/stats.h"

struct in_flight {
	LIST_ENTRY(in_flight) link;
	struct subscriber *subscriber; /* NULL: its conn has closed */
	struct limits *limits;
	struct command_ref ref;
	struct limits_creator creator;
	char channel[CHANNEL_NAME_MAX + 1];
};

static void
answer(struct in_flight *f, const struct publish_result *result)
{
	struct reply reply = {
	    .ref = &f->ref, .channel = text_of(f->channel), .id = result->id};
	struct problem p;

	log_debug("publish", "client=%s channel=%s",
		  subscriber_address(f->subscriber), f->channel);
	if (publication_published(result, &p))
		duplex_reply(f->subscriber, &reply);
	else
		duplex_reply_problem(f->subscriber, &f->ref, &p);
	LIST_REMOVE(f, link);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct in_flight *f = arg;

	stats_add(STATS_PUBLISHED, publication_was_new(result));
	limits_created(f->limits, &f->creator, result);
	if (f->subscriber != NULL)
		answer(f, result);
	free(f);
}

bool
duplex_publish(struct duplex_publish *dp, struct subscriber *s,
	       const struct credentials *credentials,
	       const struct command *command, struct problem *p)
{
	struct publication publication = command->publication;
	size_t max = s->all->conf->message_max_bytes;
	struct in_flight *f;

	if (!dp->own_site)
		return problem_set(p, 403,
				   "Pages of other sites are not allowed to "
				   "publish.");
	if (!access_may_publish(s->all->keys, s->all->conf, credentials,
				publication.channel, p))
		return false;
	if (publication.data.len > max)
		return publication_too_large(max, p);
	if (!limits_publish(s->all->limits, subscriber_address(s), credentials,
			    p))
		return false;
	f = xcalloc(1, sizeof(*f));
	f->subscriber = s;
	f->limits = s->all->limits;
	f->ref = command->ref;
	memcpy(f->channel, publication.channel.bytes, publication.channel.len);
	f->creator =
	    limits_creator(s->all->limits, subscriber_address(s), credentials);
	publication.never_first = !f->creator.may;
	bus_publish(s->all->bus, &publication, published, f);
	LIST_INSERT_HEAD(&dp->in_flight, f, link);
	return true;
}

void
duplex_publish_free(struct duplex_publish *dp)
{
	struct in_flight *f;

	while ((f = LIST_FIRST(&dp->in_flight)) != NULL) {
		LIST_REMOVE(f, link);
		f->subscriber = NULL;
	}
}
