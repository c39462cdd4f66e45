/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/kicker.h"

#include "shared/base/log.h"
#include "shared/bus/kicks.h"
#include "shared/stats/stats.h"

/* --- ending subscribers --------------------------------------------------- */

struct kicking {
	const struct kick *kick; /* NULL: whoever is listed */
	uint64_t ms;
	size_t count; /* of subscribers */
};

static bool
is_named(const struct subscriber *s, const struct kick *kick)
{
	switch (kick->kind) {
	case KICK_USER:
		return s->has_user && text_is(kick->name, subscriber_user(s));
	case KICK_CLIENT:
		return text_is(kick->name, subscriber_id(s));
	default:
		return fanout_has_channel(s->member.fanout, kick->name);
	}
}

/* Unless it ends already. */
static void
kick_one(struct subscriber *s, const struct kick *kick, uint64_t ms,
	 struct kicking *kicking)
{
	if (subscriber_is_quiet(s))
		return;
	kicking->count++;
	s->all->kind->kick(s, kick, ms);
}

static void
kick_if_named(struct member *m, void *arg)
{
	struct subscriber *s = (struct subscriber *)m;
	struct kicking *kicking = arg;

	if (is_named(s, kicking->kick))
		kick_one(s, kicking->kick, kicking->ms, kicking);
}

/* Disconnects whom `kick` names; they may come back after `ms`. Returns how
 * many. */
static size_t
end_named(struct subscribers *all, const struct kick *kick, uint64_t ms)
{
	struct kicking kicking = {.kick = kick, .ms = ms};

	fanouts_flush(&all->fanouts);
	fanouts_each(&all->fanouts, kick_if_named, &kicking);
	return kicking.count;
}

/* The i-th name that may be kicked: its user, its id, its channels. False:
 * there are no more. */
static bool
name_of(const struct subscriber *s, size_t i, struct kick *out)
{
	enum { USER, ID, CHANNELS };
	const struct fanout *fanout = s->member.fanout;

	*out = (struct kick){KICK_USER, text_of("")};
	if (i == USER && s->has_user)
		out->name = text_of(subscriber_user(s));
	else if (i == ID)
		*out = (struct kick){KICK_CLIENT, text_of(subscriber_id(s))};
	else if (i >= CHANNELS && i - CHANNELS < fanout_channel_count(fanout))
		*out = (struct kick){KICK_CHANNEL, *channel_name(fanout_channel(
						       fanout, i - CHANNELS))};
	return i < CHANNELS + fanout_channel_count(fanout);
}

/* The name is copied: that of a channel may be freed with it. */
static void
kick_if_listed(struct member *m, void *arg)
{
	struct subscriber *s = (struct subscriber *)m;
	char copy[KICK_TEXT_SIZE], *at = copy;
	struct kick kick;

	for (size_t i = 0; name_of(s, i, &kick); i++) {
		uint64_t ms = kicks_left(s->all->kicks, &kick);

		if (ms == 0)
			continue;
		kick.name = text_copy(&at, kick.name);
		kick_one(s, &kick, ms, arg);
		return;
	}
}

static size_t
end_listed(struct subscribers *all)
{
	struct kicking kicking = {.kick = NULL};
	size_t before;

	if (all->kicks->count == 0)
		return 0;
	fanouts_flush(&all->fanouts);
	/* a WebSocket may lose one channel after another */
	do {
		before = kicking.count;
		fanouts_each(&all->fanouts, kick_if_listed, &kicking);
	} while (kicking.count > before);
	return kicking.count;
}

/* --- from the bus --------------------------------------------------------- */

static void
kicked(void *arg, const struct kick *kick, uint64_t ms)
{
	struct kicker *k = arg;
	char text[KICK_TEXT_SIZE];

	kicks_set(&k->kicks, kick, ms);
	kick_text(text, kick);
	log_info("kick", "whom=\"%s\" seconds=%u ended=%zu", text,
		 (unsigned int)(ms / 1000),
		 end_named(k->subscribers, kick, ms));
}

static void
listed(void *arg, const struct bus_kick *kicks, size_t count)
{
	struct kicker *k = arg;
	size_t ended;

	kicks_clear(&k->kicks);
	for (size_t i = 0; i < count; i++)
		kicks_set(&k->kicks, &kicks[i].kick, kicks[i].ms);
	ended = end_listed(k->subscribers);
	if (ended > 0)
		log_info("kick", "listed=%zu ended=%zu", count, ended);
}

static const struct bus_kicks_handler handler = {.kicked = kicked,
						 .listed = listed};

void
kicker_open(struct kicker *k, struct bus *bus, struct subscribers *subscribers)
{
	*k = (struct kicker){.subscribers = subscribers};
	bus_kicks_listen(bus, &handler, k);
}

bool
kicker_admits(const struct kicker *k, const struct params *params,
	      struct problem *p)
{
	const struct kicks_request request = {
	    .user = credentials_user(params->credentials),
	    .client = params->client,
	    .channels = params->channels,
	    .channel_count = params->channel_count};

	if (kicks_allow(&k->kicks, &request, p))
		return true;
	stats_refused(STATS_REFUSED_KICKED);
	return false;
}

void
kicker_close(struct kicker *k)
{
	kicks_clear(&k->kicks);
}
