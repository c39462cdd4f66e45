/* SPDX-License-Identifier: MIT */
/*
 * subscriber_channels.c - a subscriber's channels change in mid-life.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/app/subscriber.h"
#include "shared/app/subscriber_private.h"

enum { NAMES_MAX = CHANNELS_MAX * (CHANNEL_NAME_MAX + 1) };

/* An command whose channels are not all followed yet. */
struct changing {
	struct changing *next;
	struct command_ref ref;
};

/* Where the subscriber stands in the i-th of its channels. False: at what is
 * new, whatever that will be. */
static bool
position(const struct subscriber *r, size_t i, struct cursor_part *out)
{
	if (r->catching != NULL)
		return catch_up_position(&r->catching->catch_up, i, out);
	*out = fanout_parts(r->member.fanout)[i];
	return true;
}

static bool
is_named(const struct command *command, const struct text *name)
{
	size_t i;

	for (i = 0; i < command->channel_count; i++)
		if (command->channels[i].len == name->len &&
		    memcmp(command->channels[i].bytes, name->bytes,
			   name->len) == 0)
			return true;
	return false;
}

/* The channel's name, whose fanout may go, and the place in it, if any. */
static bool
add_channel(struct params *params, struct buf *names, const struct text *name,
	    const struct cursor_part *part)
{
	if (params->channel_count == CHANNELS_MAX)
		return false;
	if (part != NULL) {
		struct cursor_part *to =
		    &params->cursor.parts[params->cursor.count++];

		*to = *part;
		to->tag = cursor_tag(*name);
	}
	params->channels[params->channel_count].bytes =
	    names->bytes + names->len;
	params->channels[params->channel_count++].len = name->len;
	buf_put(names, name->bytes, name->len);
	buf_putc(names, '\0');
	return true;
}

static bool
is_followed(const struct fanout *fanout, const struct text *name)
{
	size_t i;

	for (i = 0; i < fanout_channel_count(fanout); i++)
		if (strcmp(channel_name(fanout_channel(fanout, i))->bytes,
			   name->bytes) == 0)
			return true;
	return false;
}

/* What the subscriber will read: what it reads, without or with those named.
 * False: they are too many. */
static bool
gather(const struct subscriber *r, const struct command *command,
       struct params *params, struct buf *names)
{
	const struct fanout *fanout = r->member.fanout;
	bool adds = command->ref.kind == COMMAND_SUBSCRIBE;
	size_t i;

	for (i = 0; i < fanout_channel_count(fanout); i++) {
		const struct text *name =
		    channel_name(fanout_channel(fanout, i));
		struct cursor_part part;
		bool placed = position(r, i, &part);

		if (!adds && is_named(command, name))
			continue;
		if (!add_channel(params, names, name, placed ? &part : NULL))
			return false;
	}
	for (i = 0; adds && i < command->channel_count; i++) {
		const struct text *name = &command->channels[i];
		uint64_t tag = cursor_tag(*name);

		if (is_followed(fanout, name))
			continue;
		if (!add_channel(params, names, name,
				 cursor_find(&command->since, tag)))
			return false;
	}
	return true;
}

/* It catches up in another fanout, from where it stands: what has gathered in
 * the old one for this turn is not yet behind it, and comes again there. */
static bool
move(struct subscriber *r, const struct params *params)
{
	struct fanout_set set = params_set(params);

	subscriber_free_catching(r);
	fanouts_leave(&r->member);
	fanouts_enter(&r->all->fanouts, &set, &r->member);
	if (!subscriber_start_catching(r, params))
		return false;
	r->catching->say_cursor = true;
	return true;
}

/* Told when it follows them: from there on it misses nothing. */
static bool
tell_later(struct talking *t, const struct command_ref *ref)
{
	struct changing *c = calloc(1, sizeof(*c)), **end = &t->changings;

	if (c == NULL)
		return false;
	c->ref = *ref;
	while (*end != NULL)
		end = &(*end)->next;
	*end = c;
	return true;
}

static void
tell(struct subscriber *r, const struct command_ref *ref)
{
	const struct fanout *fanout = r->member.fanout;
	struct text names[CHANNELS_MAX];
	size_t count = fanout_channel_count(fanout), i;

	for (i = 0; i < count; i++)
		names[i] = *channel_name(fanout_channel(fanout, i));
	subscriber_say_reply(r, &(struct reply){.ref = ref,
						.channels = names,
						.channel_count = count});
}

void
subscriber_tell_changes(struct subscriber *r)
{
	struct changing *c;

	while ((c = r->talking->changings) != NULL) {
		r->talking->changings = c->next;
		tell(r, &c->ref);
		free(c);
	}
}

/* False: `p` says why what it wants cannot be. */
static bool
wish(const struct subscriber *r, const struct command *command,
     struct params *params, struct buf *names, struct problem *p)
{
	if (buf_extend(names, NAMES_MAX) == NULL) /* texts point into it */
		return problem_set(p, 503, "Out of memory.");
	names->len = 0;
	params->cursor.kind = CURSOR_PARTS;
	/* where nothing was settled yet, anything may be missing */
	params->cursor_unreadable =
	    r->catching != NULL && r->catching->cursor_unreadable;
	if (!gather(r, command, params, names))
		return problem_set(p, 400,
				   "More than %d channels on one connection.",
				   CHANNELS_MAX);
	if (params->channel_count == 0)
		return problem_set(p, 400,
				   "One channel stays: to leave the last, "
				   "close the connection.");
	params_sort_channels(params);
	return true;
}

bool
subscriber_change_channels(struct subscriber *r, const struct command *command,
			   struct problem *p)
{
	struct params params = {.format = *subscriber_format(r),
				.if_none_match = ""};
	struct talking *t = r->talking;
	struct buf names;
	bool good;

	buf_init(&names, NAMES_MAX);
	good = wish(r, command, &params, &names, p);
	if (good &&
	    params.channel_count == fanout_channel_count(r->member.fanout)) {
		tell(r, &command->ref); /* nothing changes */
	} else if (good) {
		t->moved = true;
		t->lost = !tell_later(t, &command->ref) || !move(r, &params);
	}
	buf_free(&names);
	return good;
}

void
subscriber_forget_changes(struct talking *t)
{
	struct changing *c;

	while ((c = t->changings) != NULL) {
		t->changings = c->next;
		free(c);
	}
}
