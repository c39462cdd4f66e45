/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/channel_presences.h"

#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/model/random_key.h"

enum {
	SECOND_MS = 1000,
	/* A lease is three of a quarter of a heartbeat, and a process that was
	 * killed is noticed by the next renewal of another one: within a
	 * heartbeat. Not more than a call a second, and a long heartbeat is no
	 * reason for a long lease. */
	PERIODS_A_BEAT = 4,
	PERIOD_MAX_MS = 15 * SECOND_MS
};

void
channel_presences_init(struct channel_presences *all, struct bus *bus,
		       struct wheel *wheel, const struct conf *conf)
{
	unsigned int ms = conf->hold_beat * SECOND_MS / PERIODS_A_BEAT;
	char key[RANDOM_KEY_SIZE];

	memset(all, 0, sizeof(*all));
	TAILQ_INIT(&all->urgent);
	all->bus = bus;
	all->wheel = wheel;
	all->conf = conf;
	random_key(key);
	memcpy(all->process, key, sizeof(all->process) - 1);
	all->period_ms = ms < SECOND_MS	      ? SECOND_MS
			 : ms > PERIOD_MAX_MS ? PERIOD_MAX_MS
					      : ms;
}

bool
channel_presences_may_call(struct channel_presences *all, bool is_new)
{
	uint64_t second = clock_ms() / SECOND_MS;

	if (second != all->second)
		all->calls = all->new_calls = 0;
	all->second = second;
	if (!all->stopping &&
	    (all->calls >= CHANNEL_PRESENCE_CALLS ||
	     (is_new && all->new_calls >= CHANNEL_PRESENCE_NEW_CALLS)))
		return false;
	all->calls++;
	all->new_calls += is_new;
	return true;
}

bool
channel_presences_take_place(struct channel_presences *all)
{
	if (all->count < CHANNEL_PRESENCES_MAX) {
		all->count++;
		return true;
	}
	if (!all->is_full)
		log_warn("presence_full",
			 "channels=%d reason=\"a process counts the "
			 "subscribers of no more channels; others have no "
			 "presence\"",
			 CHANNEL_PRESENCES_MAX);
	all->is_full = true;
	return false;
}

void
channel_presences_give_back(struct channel_presences *all)
{
	all->count--;
	if (all->count < CHANNEL_PRESENCES_MAX / 10 * 9)
		all->is_full = false;
}
