/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/catch_up.h"

#include <assert.h>
#include <stdlib.h>

#include "shared/base/xalloc.h"
#include "shared/bus/history.h"
#include "shared/hub/channel_sync.h"

enum { PAGE_MESSAGES = 1000 }; /* or fewer, if they are large */

/* The newest messages are one page, and one response. */
static_assert((int)BUS_PAGE_BYTES <= (int)BATCH_BYTES,
	      "a response holds a page");

/* --- positions ------------------------------------------------------------ */

struct catch_up *
catch_up_new(struct fanout *fanout, struct bus *bus,
	     const struct cursor *cursor)
{
	size_t count = fanout_channel_count(fanout), i;
	struct catch_up *cu =
	    xcalloc(1, sizeof(*cu) + count * sizeof(cu->at[0]));

	cu->fanout = fanout;
	cu->bus = bus;
	cu->page = PAGE_MESSAGES;
	cu->turn = channel_turn(fanout_channel(fanout, 0));
	for (i = 0; i < count; i++) {
		struct cursor_part *part = &cu->at[i].part;
		const struct cursor_part *position;

		part->tag = fanout_tag(fanout, i);
		position = cursor_find(cursor, part->tag);
		if (position != NULL) {
			cu->at[i].from = FROM_POSITION;
			part->id = position->id;
			part->start = position->start;
			cu->at[i].began = position->id;
		} else {
			cu->new_position = true;
		}
	}
	return cu;
}

struct catch_up *
catch_up_new_newest(struct fanout *fanout, struct bus *bus)
{
	const struct cursor none = {.kind = CURSOR_NONE};
	struct catch_up *cu = catch_up_new(fanout, bus, &none);
	size_t i;

	cu->new_position = false;
	for (i = 0; i < fanout_channel_count(fanout); i++)
		cu->at[i].from = FROM_NEWEST;
	return cu;
}

bool
catch_up_position(const struct catch_up *cu, size_t i, struct cursor_part *out)
{
	*out = cu->at[i].part;
	return cu->at[i].from == FROM_POSITION;
}

void
catch_up_positions(const struct catch_up *cu, struct cursor_part *out)
{
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++)
		out[i] = cu->at[i].part;
}

static struct channel *
channel_at(const struct catch_up *cu, size_t i)
{
	return fanout_channel(cu->fanout, i);
}

/* Is the position that of a message? Then what follows it can be missing. */
static bool
has_position(const struct catch_up *cu, size_t i)
{
	return cu->at[i].from == FROM_POSITION && !cu->at[i].part.start;
}

static void
set_position(struct catch_up *cu, size_t i, struct id position)
{
	if (!has_position(cu, i))
		cu->at[i].began = position;
	cu->at[i].from = FROM_POSITION;
	cu->at[i].part.id = position;
	cu->at[i].part.start = false;
	cu->at[i].told = false;
}

/* Is the position above the tip of this process? */
static bool
is_ahead(const struct catch_up *cu, size_t i)
{
	struct id tip = channel_tip(channel_at(cu, i));

	return has_position(cu, i) && id_compare(cu->at[i].part.id, tip) > 0;
}

/* --- giving --------------------------------------------------------------- */

/* Both: false when the owner has enough. */
static bool
give_gap(struct catch_up *cu, size_t i, struct id before, struct id position)
{
	const struct text *name = channel_name(channel_at(cu, i));
	struct gap g = {
	    .channel = *name, .after = cu->at[i].part.id, .before = before};

	cu->at[i].part.id = position;
	return cu->handler->gap(cu->owner, &g);
}

static bool
follows(const struct catch_up *cu, size_t i, const struct message *m)
{
	struct id position = cu->at[i].part.id;

	return !has_position(cu, i) || cu->at[i].told ||
	       (id_compare(m->prev, position) == 0 &&
		!channel_is_cut(channel_at(cu, i), position));
}

/* Tells of the cuts that the process has learned of since the position passed
 * them. */
static bool
give_new_cuts(struct catch_up *cu, size_t i)
{
	const struct channel *c = channel_at(cu, i);
	uint64_t learned = cu->at[i].cuts_learned;
	const struct text *name = channel_name(c);
	struct gap g = {.channel = *name, .before = cu->at[i].part.id};

	cu->at[i].cuts_learned = channel_cuts_learned(c);
	return !has_position(cu, i) ||
	       !channel_new_cut(c, learned, cu->at[i].began, g.before,
				&g.after) ||
	       cu->handler->gap(cu->owner, &g);
}

static bool
give(struct catch_up *cu, size_t i, struct message *const *messages,
     size_t count)
{
	size_t n;

	if (!give_new_cuts(cu, i))
		return false;
	for (n = 0; n < count; n++) {
		struct message *m = messages[n];

		channel_saw(channel_at(cu, i), m);
		if (cu->handler->takes != NULL &&
		    !cu->handler->takes(cu->owner, m))
			return false;
		if (!follows(cu, i, m) && !give_gap(cu, i, m->id, m->prev))
			return false;
		set_position(cu, i, m->id);
		if (!cu->handler->message(cu->owner, m))
			return false;
	}
	return true;
}

/* --- pages ---------------------------------------------------------------- */

static void
newest_came(void *arg, const struct bus_page *page)
{
	struct catch_up *cu = arg;

	cu->call = NULL;
	if (page->status != BUS_OK) {
		cu->handler->failed(cu->owner);
		return;
	}
	cu->handler->begin(cu->owner);
	if (give(cu, cu->number, page->messages, page->count))
		cu->handler->done(cu->owner);
}

/* Redis has lost the message of the position. What came after the fork is new
 * to the subscriber. False: the owner has enough. */
static bool
go_back(struct catch_up *cu, size_t i)
{
	const struct channel *c = channel_at(cu, i);
	struct id back;

	if (!channel_fork_of(c, cu->at[i].part.id, &back))
		back = channel_tip(c);
	cu->at[i].told = true;
	if (id_compare(back, cu->at[i].began) < 0)
		cu->at[i].began = back;
	return give_gap(cu, i, back, back);
}

/* Has Redis lost the message of the position? The next one names one before it.
 * Then there may be new messages with lower ids: another server stored them
 * meanwhile, or the clock of Redis went back. */
static bool
is_lost(const struct catch_up *cu, size_t i, struct message *const *messages,
	size_t count)
{
	struct id position = cu->at[i].part.id, fork;

	return count > 0 && has_position(cu, i) && !cu->at[i].told &&
	       id_compare(messages[0]->prev, position) < 0 &&
	       channel_fork_of(channel_at(cu, i), position, &fork) &&
	       id_compare(fork, messages[0]->prev) <= 0;
}

/* What is not in the page, up to its end, is not kept. */
static bool
skip_to(struct catch_up *cu, size_t i, struct id end)
{
	if (id_compare(cu->at[i].part.id, end) >= 0)
		return true;
	if (has_position(cu, i))
		return give_gap(cu, i, end, end);
	set_position(cu, i, end);
	return true;
}

static void
page_came(void *arg, const struct bus_page *page)
{
	struct catch_up *cu = arg;
	size_t i = cu->number;

	cu->call = NULL;
	if (page->status != BUS_OK) {
		cu->handler->failed(cu->owner);
		return;
	}
	cu->handler->begin(cu->owner);
	if (!(is_lost(cu, i, page->messages, page->count)
		  ? go_back(cu, i)
		  : give(cu, i, page->messages, page->count) &&
			skip_to(cu, i, page->end)))
		return;
	if (cu->handler->more(cu->owner))
		catch_up_step(cu);
}

static void
read_page(struct catch_up *cu, size_t i)
{
	const struct channel *c = channel_at(cu, i);
	const struct bus_range range = {.channel = channel_name(c)->bytes,
					.after = cu->at[i].part.id,
					.through = channel_tip(c),
					.limit = cu->page,
					.largest = channel_largest(c)};

	cu->number = i;
	if (cu->at[i].from == FROM_NEWEST)
		cu->call = bus_newest(cu->bus, &range, newest_came, cu);
	else
		cu->call = bus_history(cu->bus, &range, page_came, cu);
	if (cu->call == NULL)
		cu->handler->failed(cu->owner);
}

/* --- steps ---------------------------------------------------------------- */

/* FROM_TIP becomes a position. For all channels before anything is given: the
 * cursor that goes with it has a part for each of them. */
static void
set_new_positions(struct catch_up *cu)
{
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++)
		if (cu->at[i].from == FROM_TIP)
			set_position(cu, i, channel_tip(channel_at(cu, i)));
}

/* A position may come from a process that knows more than this one: it got a
 * message earlier, or noticed that Redis has lost messages that this one still
 * holds in memory. Not the tip, for one that becomes live: all live subscribers
 * are there. With a channel that is new to it, a batch is answered instead. */
static bool
is_verified(const struct catch_up *cu, size_t i)
{
	const struct channel *c = channel_at(cu, i);
	bool needs_none = !has_position(cu, i) ||
			  (!cu->new_position &&
			   id_compare(cu->at[i].part.id, channel_tip(c)) == 0);

	return (!cu->fresh && needs_none) || channel_is_verified(c, cu->turn);
}

/* False: Redis is being asked. */
static bool
verify_tips(struct catch_up *cu)
{
	bool verified = true;
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++) {
		if (is_verified(cu, i))
			continue;
		channel_verify(channel_at(cu, i));
		verified = false;
	}
	return verified;
}

static bool
all_ready(const struct catch_up *cu)
{
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++)
		if (channel_state(channel_at(cu, i)) != CHANNEL_READY)
			return false; /* the fanout wakes its members then */
	return true;
}

/* What a channel still needs. */
enum need { NEED_NOTHING, NEED_PAGE, NEED_END };

static enum need
step_channel(struct catch_up *cu, size_t i)
{
	const struct channel *c = channel_at(cu, i);
	struct message *const *recent;
	size_t count;

	if (cu->at[i].from == FROM_NEWEST)
		return NEED_PAGE;
	if (is_ahead(cu, i) && !go_back(cu, i))
		return NEED_END;
	if (id_compare(cu->at[i].part.id, channel_tip(c)) >= 0) {
		cu->at[i].part.start = false; /* nothing is kept */
		return give_new_cuts(cu, i) ? NEED_NOTHING : NEED_END;
	}
	if (!has_position(cu, i))
		return NEED_PAGE; /* memory holds only the newest */
	recent = channel_recent(c, cu->at[i].part.id, &count);
	if (recent == NULL || is_lost(cu, i, recent, count))
		return NEED_PAGE;
	return give(cu, i, recent, count) ? NEED_NOTHING : NEED_END;
}

void
catch_up_step(struct catch_up *cu)
{
	size_t count = fanout_channel_count(cu->fanout), i;

	if (cu->call != NULL || !all_ready(cu) || !verify_tips(cu))
		return;
	set_new_positions(cu);
	for (i = 0; i < count; i++) {
		switch (step_channel(cu, i)) {
		case NEED_NOTHING:
			break;
		case NEED_PAGE:
			if (cu->handler->more(cu->owner))
				read_page(cu, i);
			return;
		case NEED_END:
			return;
		}
	}
	cu->handler->done(cu->owner);
}

uint64_t
catch_up_sends_at(const struct catch_up *cu)
{
	uint64_t first = 0;
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++) {
		uint64_t at = channel_sends_at(channel_at(cu, i));

		if (id_compare(cu->at[i].part.id, cu->at[i].began) == 0)
			continue; /* nothing was given of it */
		if (at == 0)
			return 0;
		if (first == 0 || at < first)
			first = at;
	}
	return first;
}

void
catch_up_free(struct catch_up *cu)
{
	if (cu != NULL)
		bus_cancel(cu->call);
	free(cu);
}
