/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/channel.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/base/log.h"
#include "shared/hub/channel_private.h"

enum {
	RECENT_MAX = 32,	       /* messages in memory */
	RECENT_BYTES_MAX = 128 * 1024, /* of their data */
	LATE_MAX = 1024,	       /* messages that wait for a hole */
	FILL_PAGE = 64,		       /* messages asked for at a time */
	TIP_OUTLIVES_LOG = 4	       /* times, as in the publish script */
};

/* --- passing on ---------------------------------------------------------- */

static void
remember(struct channel *c, struct message *m)
{
	struct messages *recent = &c->recent;

	if (!messages_add(recent, m)) {
		messages_clear(recent); /* one missing: none is of use */
		return;
	}
	while (recent->count > RECENT_MAX ||
	       (recent->bytes > RECENT_BYTES_MAX && recent->count > 1))
		messages_drop_first(recent);
}

struct message *const *
channel_recent(const struct channel *c, struct id after, size_t *count)
{
	const struct messages *recent = &c->recent;
	size_t i;

	if (recent->count == 0 || id_compare(recent->at[0]->prev, after) > 0)
		return NULL;
	for (i = 0; i < recent->count; i++)
		if (id_compare(recent->at[i]->id, after) > 0)
			break;
	*count = recent->count - i;
	return recent->at + i;
}

/* Followers may come and go meanwhile only by what they do to themselves. */
static void
pass_on(struct channel *c, struct delivery *d)
{
	size_t i;

	if (d == NULL) {
		log_error("memory", "channel=%s reason=\"out of memory\"",
			  c->name.bytes);
		abort(); /* a message that is not passed on is a lie told */
	}
	for (i = 0; i < c->subscription_count; i++)
		c->subscriptions[i]->handler->deliver(c->subscriptions[i], d);
	delivery_unref(d);
}

/* After it the channel stands at `place`. */
static void
pass_on_gap(struct channel *c, struct id before, struct id position)
{
	struct delivery *d;
	struct gap g = {.channel = c->name.bytes,
			.channel_len = c->name.len,
			.after = c->tip,
			.before = before};
	char after_text[ID_TEXT_SIZE], before_text[ID_TEXT_SIZE];

	id_format(after_text, g.after);
	id_format(before_text, g.before);
	log_warn("gap", "channel=%s after=%s before=%s", c->name.bytes,
		 after_text, before_text);
	messages_clear(&c->recent);
	c->tip = position;
	d = delivery_of_gap(&g);
	if (d != NULL)
		d->position = position;
	pass_on(c, d);
}

static void
pass_on_message(struct channel *c, struct message *m)
{
	remember(c, m);
	c->tip = m->id;
	pass_on(c, delivery_of_message(m));
}

/* --- catching up with Redis ----------------------------------------------- */

static void
become_ready(struct channel *c)
{
	struct messages late = c->late;
	size_t i;

	memset(&c->late, 0, sizeof(c->late));
	c->state = CHANNEL_READY;
	for (i = 0; i < late.count; i++)
		channel_live(c, late.at[i]); /* may find the next hole */
	messages_clear(&late);
	if (c->state == CHANNEL_READY &&
	    id_compare(c->tip, c->late_dropped) < 0) {
		c->target = c->late_dropped; /* it is found in the stream */
		channel_fill(c);
	}
	if (c->state != CHANNEL_READY)
		return;
	for (i = c->subscription_count; i-- > 0;) /* it may leave */
		c->subscriptions[i]->handler->ready(c->subscriptions[i]);
}

/* The tip and all of the log have expired because nothing was said for so
 * long; nothing has been lost. */
static bool
has_expired(const struct channel *c, struct id tip)
{
	uint64_t life = 1000ull * TIP_OUTLIVES_LOG * c->all->conf->history_ttl;

	return tip.ms == 0 && c->tip.ms + life < (uint64_t)time(NULL) * 1000;
}

/* What Redis says is its tip, and what follows from it. */
void
channel_compare_tips(struct channel *c, struct id tip)
{
	if (!c->known) {
		c->tip = tip;
		c->known = true;
	} else if (id_compare(tip, c->tip_asked) < 0 &&
		   id_compare(c->tip, c->tip_asked) == 0 &&
		   !has_expired(c, tip)) {
		/* Redis was emptied or restored: what it says now is true */
		pass_on_gap(c, tip, tip);
	}
	c->target = tip;
	if (id_compare(c->tip, c->target) < 0)
		channel_fill(c);
	else
		become_ready(c);
}

static void
retry(struct channel *c)
{
	/* the audit asks again */
	c->state = CHANNEL_DOWN;
}

static void
tip_came(void *arg, enum bus_status status, struct id tip)
{
	struct channel *c = arg;

	c->call = NULL;
	if (status == BUS_OK)
		channel_compare_tips(c, tip);
	else
		retry(c);
}

void
channel_ask_tip(struct channel *c)
{
	c->state = CHANNEL_SYNCING;
	c->tip_asked = c->tip;
	c->call = bus_tip(c->all->bus, c->name.bytes, tip_came, c);
	if (c->call == NULL)
		retry(c);
}

static void
page_came(void *arg, enum bus_status status, struct message *const *messages,
	  size_t count)
{
	struct channel *c = arg;
	size_t i;

	c->call = NULL;
	if (status != BUS_OK) {
		retry(c);
		return;
	}
	for (i = 0; i < count; i++) {
		if (id_compare(messages[i]->prev, c->tip) > 0)
			pass_on_gap(c, messages[i]->id, messages[i]->prev);
		pass_on_message(c, messages[i]);
	}
	if (count == 0)
		pass_on_gap(c, c->asked, c->asked); /* all of it is gone */
	if (id_compare(c->tip, c->target) < 0)
		channel_fill(c);
	else
		become_ready(c);
}

void
channel_fill(struct channel *c)
{
	c->state = CHANNEL_SYNCING;
	c->asked = c->target;
	c->call = bus_history(c->all->bus, c->name.bytes, c->tip, c->asked,
			      FILL_PAGE, page_came, c);
	if (c->call == NULL)
		retry(c);
}

/* --- following ------------------------------------------------------------ */

static void
wait_for_hole(struct channel *c, struct message *m)
{
	if (c->late.count < LATE_MAX && messages_add(&c->late, m))
		return;
	c->late_dropped = m->id;
}

void
channel_live(struct channel *c, struct message *m)
{
	if (c->state == CHANNEL_SYNCING) {
		wait_for_hole(c, m);
		return;
	}
	if (c->state == CHANNEL_DOWN || id_compare(m->id, c->tip) <= 0)
		return;
	if (id_compare(m->prev, c->tip) <= 0) {
		pass_on_message(c, m);
		return;
	}
	log_info("hole", "channel=%s action=fill", c->name.bytes);
	c->target = m->prev;
	channel_fill(c);
	if (c->state == CHANNEL_SYNCING)
		wait_for_hole(c, m);
}

/* --- asked by others -------------------------------------------------------
 */

void
channel_verify(struct channel *c)
{
	if (c->state == CHANNEL_READY)
		channel_ask_tip(c);
}

enum channel_state
channel_state(const struct channel *c)
{
	return c->state;
}

const struct text *
channel_name(const struct channel *c)
{
	return &c->name;
}

struct id
channel_tip(const struct channel *c)
{
	return c->tip;
}
