/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/kicks.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/vec.h"
#include "shared/base/xalloc.h"

struct kicks_entry {
	char *text;	/* "user=ann" */
	uint64_t until; /* clock_ms() */
};

/* --- the list ------------------------------------------------------------- */

/* Where it is, or would be. */
static size_t
find(const struct kicks *kicks, const char *text, bool *found)
{
	size_t low = 0, high = kicks->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(kicks->at[middle].text, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < kicks->count && strcmp(kicks->at[low].text, text) == 0;
	return low;
}

static void
remove_at(struct kicks *kicks, size_t i)
{
	free(kicks->at[i].text);
	kicks->count--;
	memmove(&kicks->at[i], &kicks->at[i + 1],
		(kicks->count - i) * sizeof(*kicks->at));
}

static void
drop_ended(struct kicks *kicks)
{
	for (size_t i = kicks->count; i-- > 0;)
		if (kicks->at[i].until <= clock_ms())
			remove_at(kicks, i);
}

static void
drop_soonest(struct kicks *kicks)
{
	size_t soonest = 0;

	for (size_t i = 1; i < kicks->count; i++)
		if (kicks->at[i].until < kicks->at[soonest].until)
			soonest = i;
	remove_at(kicks, soonest);
}

static void
insert(struct kicks *kicks, size_t i, const char *text, uint64_t until)
{
	kicks->at =
	    vec_grow(kicks->at, kicks->count, &kicks->room, sizeof(*kicks->at));
	memmove(&kicks->at[i + 1], &kicks->at[i],
		(kicks->count - i) * sizeof(*kicks->at));
	kicks->at[i] =
	    (struct kicks_entry){.text = xstrdup(text), .until = until};
	kicks->count++;
}

void
kicks_set(struct kicks *kicks, const struct kick *kick, uint64_t ms)
{
	char text[KICK_TEXT_SIZE];
	bool found;
	size_t i;

	kick_text(text, kick);
	drop_ended(kicks);
	i = find(kicks, text, &found);
	if (found)
		remove_at(kicks, i);
	if (ms == 0)
		return;
	if (kicks->count >= KICKS_MAX)
		drop_soonest(kicks);
	insert(kicks, find(kicks, text, &found), text, clock_ms() + ms);
}

void
kicks_clear(struct kicks *kicks)
{
	while (kicks->count > 0)
		remove_at(kicks, kicks->count - 1);
	free(kicks->at);
	*kicks = (struct kicks){.at = NULL};
}

/* --- who is kept out ------------------------------------------------------ */

uint64_t
kicks_left(const struct kicks *kicks, const struct kick *kick)
{
	char text[KICK_TEXT_SIZE];
	uint64_t now = clock_ms();
	bool found;
	size_t i;

	if (kicks->count == 0)
		return 0;
	kick_text(text, kick);
	i = find(kicks, text, &found);
	return found && kicks->at[i].until > now ? kicks->at[i].until - now : 0;
}

bool
kicks_problem(struct problem *p, enum kick_kind kind, uint64_t ms)
{
	static const char *const what[KICK_KINDS] = {
	    [KICK_USER] = "this user",
	    [KICK_CHANNEL] = "a channel of this request",
	    [KICK_CLIENT] = "this client"};
	unsigned int seconds = (unsigned int)((ms + 999) / 1000);

	if (ms == 0)
		return problem_set(p, 403,
				   "Kicked: an administrator has "
				   "disconnected %s.",
				   what[kind]);
	problem_set(p, 403,
		    "Kicked: an administrator has disconnected %s; try again "
		    "in %u s.",
		    what[kind], seconds);
	p->retry_after = seconds;
	return false;
}

static bool
allows(const struct kicks *kicks, enum kick_kind kind, struct text name,
       struct problem *p)
{
	const struct kick kick = {.kind = kind, .name = name};
	uint64_t ms = kicks_left(kicks, &kick);

	return ms == 0 || kicks_problem(p, kind, ms);
}

bool
kicks_allow(const struct kicks *kicks, const struct kicks_request *request,
	    struct problem *p)
{
	if (kicks->count == 0)
		return true;
	if (request->user != NULL &&
	    !allows(kicks, KICK_USER, text_of(request->user), p))
		return false;
	if (request->client.len > 0 &&
	    !allows(kicks, KICK_CLIENT, request->client, p))
		return false;
	for (size_t i = 0; i < request->channel_count; i++)
		if (!allows(kicks, KICK_CHANNEL, request->channels[i], p))
			return false;
	return true;
}
