/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/history.h"
#include "shared/hub/catch_up.h"

#include <string.h>

/* A page is about this large: small messages come in larger numbers. */
enum { PAGE_BYTES = 256 * 1024, PAGE_FIRST = 16, PAGE_MOST = 1000 };

void
catch_up_init(struct catch_up *cu, struct fanout *fanout, struct bus *bus,
	      const struct cursor *cursor)
{
	size_t count = fanout_channel_count(fanout), i;

	memset(cu, 0, sizeof(*cu));
	cu->fanout = fanout;
	cu->bus = bus;
	cu->page = PAGE_FIRST;
	for (i = 0; i < count; i++) {
		struct cursor_part *part = &cu->parts[i];
		const struct cursor_part *position;

		part->tag = fanout_parts(fanout)[i].tag;
		position = cursor_find(cursor, part->tag);
		if (position != NULL) {
			cu->from[i] = FROM_POSITION;
			part->id = position->id;
			part->start = position->start;
		} else {
			cu->new_position = true;
		}
	}
}

void
catch_up_init_newest(struct catch_up *cu, struct fanout *fanout,
		     struct bus *bus)
{
	const struct cursor none = {.kind = CURSOR_NONE};
	size_t i;

	catch_up_init(cu, fanout, bus, &none);
	cu->new_position = false;
	for (i = 0; i < fanout_channel_count(fanout); i++)
		cu->from[i] = FROM_NEWEST;
}

bool
catch_up_position(const struct catch_up *cu, size_t i, struct cursor_part *out)
{
	*out = cu->parts[i];
	return cu->from[i] == FROM_POSITION;
}

static struct channel *
channel_at(const struct catch_up *cu, size_t i)
{
	return fanout_channel(cu->fanout, i);
}

/* Does it follow a message, after which something can be missing? */
static bool
has_position(const struct catch_up *cu, size_t i)
{
	return cu->from[i] == FROM_POSITION && !cu->parts[i].start;
}

static void
position_at(struct catch_up *cu, size_t i, struct id position)
{
	cu->from[i] = FROM_POSITION;
	cu->parts[i].id = position;
	cu->parts[i].start = false;
}

/* The subscriber is told that after its place something is missing; then it
 * stands at `place`. */
static bool
give_gap(struct catch_up *cu, size_t i, struct id before, struct id position)
{
	const struct text *name = channel_name(channel_at(cu, i));
	struct gap g = {
	    .channel = *name, .after = cu->parts[i].id, .before = before};

	cu->parts[i].id = position;
	return cu->handler->gap(cu->owner, &g);
}

/* False: the owner has enough. */
static bool
give(struct catch_up *cu, size_t i, struct message *const *messages,
     size_t count)
{
	size_t n;

	for (n = 0; n < count; n++) {
		struct message *m = messages[n];

		if (has_position(cu, i) &&
		    id_compare(m->prev, cu->parts[i].id) > 0 &&
		    !give_gap(cu, i, m->id, m->prev))
			return false;
		position_at(cu, i, m->id);
		if (!cu->handler->message(cu->owner, m))
			return false;
	}
	return true;
}

/* Pages of about PAGE_BYTES, judged by the last one. */
static void
size_next_page(struct catch_up *cu, struct message *const *messages,
	       size_t count)
{
	size_t bytes = 0, i, fit;

	for (i = 0; i < count; i++)
		bytes += messages[i]->data.len + 1;
	if (count == 0)
		return;
	fit = PAGE_BYTES / (bytes / count + 1) + 1;
	/* the next ones may be larger: grow step by step */
	cu->page = (unsigned int)(fit < 2 * count ? fit : 2 * count);
	if (cu->page < PAGE_FIRST && fit >= PAGE_FIRST)
		cu->page = PAGE_FIRST;
	if (cu->page > PAGE_MOST)
		cu->page = PAGE_MOST;
}

/* Of more than an answer holds the newest are kept. */
static void
keep_newest(struct message *const **messages, size_t *count)
{
	size_t bytes = 0, n = 0;

	while (n < *count && bytes < BATCH_BYTES)
		bytes += (*messages)[*count - ++n]->data.len;
	*messages += *count - n;
	*count = n;
}

static void
page_came(void *arg, enum bus_status status, struct message *const *messages,
	  size_t count)
{
	struct catch_up *cu = arg;
	size_t i = cu->number;

	cu->call = NULL;
	if (status != BUS_OK) {
		cu->handler->failed(cu->owner);
		return;
	}
	cu->handler->begin(cu->owner);
	if (cu->from[i] == FROM_NEWEST) {
		keep_newest(&messages, &count);
		if (give(cu, i, messages, count))
			cu->handler->done(cu->owner);
		return;
	}
	size_next_page(cu, messages, count);
	if (count == 0) {
		/* up to `asked` nothing is kept */
		if (!has_position(cu, i))
			position_at(cu, i, cu->asked);
		else if (!give_gap(cu, i, cu->asked, cu->asked))
			return;
	} else if (!give(cu, i, messages, count)) {
		return;
	}
	if (cu->handler->more(cu->owner))
		catch_up_step(cu);
}

/* Does the subscriber stand after the last message that was passed on? */
static bool
is_ahead(const struct catch_up *cu, size_t i)
{
	return has_position(cu, i) &&
	       id_compare(cu->parts[i].id, channel_tip(channel_at(cu, i))) > 0;
}

/* What a channel still needs. */
enum need { NEED_NOTHING, NEED_PAGE, NEED_END };

static enum need
step_channel(struct catch_up *cu, size_t i)
{
	const struct channel *c = channel_at(cu, i);
	struct id tip = channel_tip(c), start = {0, 0};
	struct message *const *recent;
	size_t count;

	if (is_ahead(cu, i)) {
		/* a cursor from the future: Redis has lost what it came from */
		cu->parts[i].start = true;
		if (!give_gap(cu, i, start, start))
			return NEED_END;
	}
	if (id_compare(cu->parts[i].id, tip) >= 0) {
		cu->parts[i].start = false; /* there was nothing */
		return NEED_NOTHING;
	}
	if (!has_position(cu, i))
		return NEED_PAGE; /* memory has the end only */
	recent = channel_recent(c, cu->parts[i].id, &count);
	if (recent == NULL)
		return NEED_PAGE;
	return give(cu, i, recent, count) ? NEED_NOTHING : NEED_END;
}

static void
ask_page(struct catch_up *cu, size_t i)
{
	const struct channel *c = channel_at(cu, i);
	const struct bus_range range = {.channel = channel_name(c)->bytes,
					.after = cu->parts[i].id,
					.through = channel_tip(c),
					.limit = cu->page};

	cu->number = i;
	cu->asked = range.through;
	if (cu->from[i] == FROM_NEWEST)
		cu->call =
		    bus_newest(cu->bus, range.channel,
			       fanout_format(cu->fanout)->last, page_came, cu);
	else
		cu->call = bus_history(cu->bus, &range, page_came, cu);
	if (cu->call == NULL)
		cu->handler->failed(cu->owner);
}

/* Places that are where things stand now. All before anything is given: the
 * cursor of what is given names them too. */
static void
settle_positions(struct catch_up *cu)
{
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++) {
		if (cu->from[i] != FROM_TIP)
			continue;
		position_at(cu, i, channel_tip(channel_at(cu, i)));
	}
}

/* A place ahead of our tip may come from a process that hears sooner: Redis
 * is asked once whether there is such a message. False: it is being asked. */
static bool
settle_doubts(struct catch_up *cu)
{
	bool settled = true;
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++) {
		if (!is_ahead(cu, i) || cu->asked_tip[i])
			continue;
		cu->asked_tip[i] = true;
		channel_verify(channel_at(cu, i));
		settled = false;
	}
	return settled;
}

static bool
all_ready(const struct catch_up *cu)
{
	size_t i;

	for (i = 0; i < fanout_channel_count(cu->fanout); i++)
		if (channel_state(channel_at(cu, i)) != CHANNEL_READY)
			return false; /* it will be, and then we are woken */
	return true;
}

void
catch_up_step(struct catch_up *cu)
{
	size_t count = fanout_channel_count(cu->fanout), i;

	if (cu->call != NULL || !all_ready(cu) || !settle_doubts(cu))
		return;
	settle_positions(cu);
	for (i = 0; i < count; i++) {
		switch (step_channel(cu, i)) {
		case NEED_NOTHING:
			break;
		case NEED_PAGE:
			if (cu->handler->more(cu->owner))
				ask_page(cu, i);
			return;
		case NEED_END:
			return;
		}
	}
	cu->handler->done(cu->owner);
}

void
catch_up_cancel(struct catch_up *cu)
{
	bus_cancel(cu->call);
	cu->call = NULL;
}
