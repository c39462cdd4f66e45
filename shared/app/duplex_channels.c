/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/duplex_channels.h"

#include <stdlib.h>
#include <string.h>

#include "shared/app/duplex_reply.h"
#include "shared/base/clock.h"
#include "shared/base/xalloc.h"
#include "shared/stats/stats.h"

enum { NAMES_MAX = CHANNELS_MAX * (CHANNEL_NAME_MAX + 1), SECOND_MS = 1000 };

/* The channels that a command leads to. */
struct new_set {
	struct params params; /* texts point into names */
	char names[NAMES_MAX];
	char *names_end; /* of those in use */
};

struct pending_change {
	STAILQ_ENTRY(pending_change) link;
	struct command_ref ref;
};

/* --- the new set of channels ---------------------------------------------- */

/* Its position in the i-th channel. False: it starts at the tip. */
static bool
position(const struct subscriber *s, size_t i, struct cursor_part *out)
{
	struct cursor_part parts[CHANNELS_MAX];

	if (s->catch_up != NULL)
		return catch_up_position(s->catch_up, i, out);
	fanout_position(&s->member, parts);
	*out = parts[i];
	return true;
}

static bool
is_named(const struct command *command, struct text name)
{
	size_t i;

	for (i = 0; i < command->channel_count; i++)
		if (text_equals(command->channels[i], name))
			return true;
	return false;
}

/* Adds a channel, and the position in it, if any. The name is copied: the
 * fanout that has it may be freed. False: there are too many. */
static bool
add_channel(struct new_set *set, struct text name,
	    const struct cursor_part *part)
{
	struct params *params = &set->params;
	struct cursor_part *to;

	if (params->channel_count == CHANNELS_MAX)
		return false;
	if (part != NULL) {
		to = &params->cursor.parts[params->cursor.count++];
		*to = *part;
		to->tag = cursor_tag(name);
	}
	params->channels[params->channel_count++] =
	    text_copy(&set->names_end, name);
	return true;
}

/* The present channels: all, or without those named. */
static bool
add_present(const struct subscriber *s, const struct command *command,
	    struct new_set *set)
{
	const struct fanout *fanout = s->member.fanout;
	bool keeps_all = command->ref.kind == COMMAND_SUBSCRIBE;
	size_t i;

	for (i = 0; i < fanout_channel_count(fanout); i++) {
		struct text name = *channel_name(fanout_channel(fanout, i));
		struct cursor_part part;
		bool has_position = position(s, i, &part);

		if ((keeps_all || !is_named(command, name)) &&
		    !add_channel(set, name, has_position ? &part : NULL))
			return false;
	}
	return true;
}

/* The channels named, except those it has. */
static bool
add_new(const struct subscriber *s, const struct command *command,
	struct new_set *set)
{
	size_t i;

	for (i = 0; i < command->channel_count; i++) {
		struct text name = command->channels[i];

		if (!fanout_has_channel(s->member.fanout, name) &&
		    !add_channel(
			set, name,
			cursor_find(&command->since, cursor_tag(name))))
			return false;
	}
	return true;
}

/* False: `p` says why the set is not allowed. */
static bool
make_set(const struct subscriber *s, const struct command *command,
	 struct new_set *set, struct problem *p)
{
	struct params *params = &set->params;

	set->names_end = set->names;
	params->cursor.kind = CURSOR_PARTS;
	if (!add_present(s, command, set) ||
	    (command->ref.kind == COMMAND_SUBSCRIBE &&
	     !add_new(s, command, set)))
		return problem_set(p, 400,
				   "More than %d channels on one connection.",
				   CHANNELS_MAX);
	if (params->channel_count == 0)
		return problem_set(p, 400,
				   "Cannot unsubscribe from the last channel; "
				   "close the connection instead.");
	params_sort_channels(params);
	return true;
}

/* --- replies -------------------------------------------------------------- */

static void
reply(struct subscriber *s, const struct command_ref *ref)
{
	const struct fanout *fanout = s->member.fanout;
	struct text names[CHANNELS_MAX];
	size_t count = fanout_channel_count(fanout), i;

	for (i = 0; i < count; i++)
		names[i] = *channel_name(fanout_channel(fanout, i));
	duplex_reply(s, &(struct reply){.ref = ref,
					.channels = names,
					.channel_count = count});
}

static void
reply_later(struct duplex_channels *dc, const struct command_ref *ref)
{
	struct pending_change *change = xcalloc(1, sizeof(*change));

	change->ref = *ref;
	STAILQ_INSERT_TAIL(&dc->pending, change, link);
	dc->pending_count++;
}

static void
remove_first(struct duplex_channels *dc)
{
	struct pending_change *change = STAILQ_FIRST(&dc->pending);

	STAILQ_REMOVE_HEAD(&dc->pending, link);
	dc->pending_count--;
	free(change);
}

bool
duplex_channels_caught_up(struct duplex_channels *dc, struct subscriber *s)
{
	bool any = !STAILQ_EMPTY(&dc->pending);

	while (!STAILQ_EMPTY(&dc->pending)) {
		reply(s, &STAILQ_FIRST(&dc->pending)->ref);
		remove_first(dc);
	}
	return any;
}

/* --- churn ---------------------------------------------------------------- */

static void
forget_churn(struct duplex_channels *dc)
{
	uint64_t second = clock_ms() / SECOND_MS;
	uint64_t gone = (second - dc->churn_second) * CHURN_PER_S;

	dc->churn_second = second;
	dc->churn -= gone < dc->churn ? (unsigned int)gone : dc->churn;
}

/* Counts channels new to the connection. False: they are too many. */
static bool
count_churn(struct duplex_channels *dc, size_t count, struct problem *p)
{
	forget_churn(dc);
	if (dc->churn + count <= CHURN_MAX) {
		dc->churn += (unsigned int)count;
		return true;
	}
	dc->churn++;
	stats_refused(STATS_REFUSED_CHURN);
	return problem_set(p, 429,
			   "More than %d new channels on this connection, and "
			   "then %d a second; retry later.",
			   CHURN_MAX, CHURN_PER_S);
}

bool
duplex_channels_churn(const struct duplex_channels *dc)
{
	return dc->churn > CHURN_CLOSE;
}

/* --- the change ----------------------------------------------------------- */

void
duplex_channels_init(struct duplex_channels *dc)
{
	STAILQ_INIT(&dc->pending);
	dc->pending_count = 0;
	dc->churn = 0;
	dc->churn_second = clock_ms() / SECOND_MS;
	dc->moved = false;
}

void
duplex_channels_free(struct duplex_channels *dc)
{
	while (!STAILQ_EMPTY(&dc->pending))
		remove_first(dc);
}

bool
duplex_channels_change(struct duplex_channels *dc, struct subscriber *s,
		       const struct command *command, struct problem *p)
{
	struct new_set set = {.params.format = *subscriber_format(s)};
	size_t count = fanout_channel_count(s->member.fanout);

	if (!make_set(s, command, &set, p))
		return false;
	if (set.params.channel_count == count) {
		reply(s, &command->ref); /* nothing changes */
		return true;
	}
	if (dc->pending_count == PENDING_CHANGES_MAX) {
		stats_refused(STATS_REFUSED_CHURN);
		return problem_set(p, 429,
				   "%d changes of channels are not completed "
				   "yet; retry later.",
				   PENDING_CHANGES_MAX);
	}
	if (set.params.channel_count > count &&
	    !count_churn(dc, set.params.channel_count - count, p))
		return false;
	reply_later(dc, &command->ref);
	subscriber_move(s, &set.params);
	dc->moved = true;
	return true;
}

void
duplex_channels_leave(struct duplex_channels *dc, struct subscriber *s,
		      const struct text *channels, size_t count)
{
	struct command command = {.ref = {.kind = COMMAND_UNSUBSCRIBE},
				  .channel_count = count};
	struct new_set set = {.params.format = *subscriber_format(s)};
	struct problem p;

	memcpy(command.channels, channels, count * sizeof(*channels));
	if (!make_set(s, &command, &set, &p))
		abort(); /* the caller keeps at least one */
	subscriber_move(s, &set.params);
	dc->moved = true;
}
