/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/base/log.h"
#include "shared/base/vec.h"
#include "shared/bus/history.h"

enum {
	RECENT_MAX = 32,	       /* messages in memory */
	RECENT_BYTES_MAX = 128 * 1024, /* of their data */
	QUEUED_MAX = 1024,	       /* messages, while SYNCING */
	PAGE_MESSAGES = 64,	       /* read from the stream at a time */
	TIP_OUTLIVES_LOG = 4	       /* times, as in the publish script */
};

static const struct id NO_ID = {0, 0};

void
channel_init(struct channel *c, struct text name, struct bus *bus,
	     const struct conf *conf)
{
	memset(c, 0, sizeof(*c));
	c->name = name;
	c->bus = bus;
	c->conf = conf;
}

static void
cancel_calls(struct channel *c)
{
	bus_cancel(c->call);
	bus_cancel(c->audit);
	c->call = c->audit = NULL;
	messages_clear(&c->queued);
	c->overflow = NO_ID;
}

void
channel_free(struct channel *c)
{
	cancel_calls(c);
	messages_clear(&c->recent);
	free(c->subscriptions);
}

static void
set_state(struct channel *c, enum channel_state state)
{
	static const char *const names[] = {
	    [CHANNEL_DOWN] = "down",
	    [CHANNEL_SYNCING] = "syncing",
	    [CHANNEL_READY] = "ready",
	};

	if (state == c->state)
		return;
	assert(c->call == NULL);
	assert(state != CHANNEL_READY || c->state == CHANNEL_SYNCING);
	log_debug("channel_state", "channel=%s from=%s to=%s", c->name.bytes,
		  names[c->state], names[state]);
	c->state = state;
}

/* --- delivering ----------------------------------------------------------- */

static void
deliver(struct channel *c, struct delivery *d)
{
	size_t i;

	for (i = 0; i < c->subscription_count; i++)
		c->subscriptions[i]->handler->deliver(c->subscriptions[i], d);
	delivery_unref(d);
}

static void
remember(struct messages *recent, struct message *m)
{
	messages_add(recent, m);
	while (recent->count > RECENT_MAX ||
	       (recent->bytes > RECENT_BYTES_MAX && recent->count > 1))
		messages_drop_first(recent);
}

static void
deliver_message(struct channel *c, struct message *m)
{
	remember(&c->recent, m);
	c->tip = m->id;
	deliver(c, delivery_of_message(m));
}

/* Messages between the tip and `before` are lost. Then the tip is `tip`. */
static void
deliver_gap(struct channel *c, struct id before, struct id tip)
{
	struct gap g = {.channel = c->name, .after = c->tip, .before = before};
	char after_text[ID_TEXT_SIZE], before_text[ID_TEXT_SIZE];

	id_format(after_text, g.after);
	id_format(before_text, g.before);
	log_warn("gap", "channel=%s after=%s before=%s", c->name.bytes,
		 after_text, before_text);
	messages_clear(&c->recent);
	c->tip = tip;
	deliver(c, delivery_of_gap(&g, tip));
}

/* --- syncing with Redis --------------------------------------------------- */

static void read_page(struct channel *c);

static void
become_ready(struct channel *c)
{
	struct messages queued = c->queued;
	size_t i;

	memset(&c->queued, 0, sizeof(c->queued));
	set_state(c, CHANNEL_READY);
	for (i = 0; i < queued.count; i++) /* may be SYNCING again after one */
		channel_announced(c, queued.at[i]);
	messages_clear(&queued);
	if (c->state == CHANNEL_READY && id_compare(c->tip, c->overflow) < 0) {
		c->target = c->overflow;
		read_page(c);
	}
	if (c->state != CHANNEL_READY)
		return;
	for (i = c->subscription_count; i-- > 0;) /* it may remove itself */
		c->subscriptions[i]->handler->ready(c->subscriptions[i]);
}

static void
read_up_to(struct channel *c, struct id target)
{
	c->target = target;
	if (id_compare(c->tip, target) < 0)
		read_page(c);
	else
		become_ready(c);
}

/* Redis could not be read. channel_reset() or the next audit tries again. */
static void
give_up(struct channel *c)
{
	set_state(c, CHANNEL_DOWN);
}

static void
page_came(void *arg, enum bus_status status, struct message *const *messages,
	  size_t count)
{
	struct channel *c = arg;
	size_t i;

	c->call = NULL;
	if (status != BUS_OK) {
		give_up(c);
		return;
	}
	for (i = 0; i < count; i++) {
		if (id_compare(messages[i]->prev, c->tip) > 0)
			deliver_gap(c, messages[i]->id, messages[i]->prev);
		deliver_message(c, messages[i]);
	}
	if (count == 0) /* all of it was trimmed */
		deliver_gap(c, c->target, c->target);
	read_up_to(c, c->target);
}

/* Reads the next messages between the tip and the target. */
static void
read_page(struct channel *c)
{
	const struct bus_range range = {.channel = c->name.bytes,
					.after = c->tip,
					.through = c->target,
					.limit = PAGE_MESSAGES};

	set_state(c, CHANNEL_SYNCING);
	c->call = bus_history(c->bus, &range, page_came, c);
	if (c->call == NULL)
		give_up(c);
}

/* Redis has no tip because the channel was silent for so long that the tip
 * expired; nothing is lost. */
static bool
has_expired(const struct channel *c, struct id redis_tip)
{
	uint64_t life_ms = 1000ull * TIP_OUTLIVES_LOG * c->conf->history_ttl;

	return redis_tip.ms == 0 &&
	       c->tip.ms + life_ms < (uint64_t)time(NULL) * 1000;
}

/* A tip of Redis below ours: Redis was emptied or restored, or failed over to a
 * replica that lagged. Its tip is the truth from here. */
static void
detect_rewind(struct channel *c, struct id redis_tip)
{
	if (id_compare(redis_tip, c->tip_when_asked) < 0 &&
	    id_compare(c->tip, c->tip_when_asked) == 0 &&
	    !has_expired(c, redis_tip))
		deliver_gap(c, redis_tip, redis_tip);
}

static void
tip_came(void *arg, enum bus_status status, struct id redis_tip)
{
	struct channel *c = arg;

	c->call = NULL;
	if (status != BUS_OK) {
		give_up(c);
		return;
	}
	if (c->tip_known)
		detect_rewind(c, redis_tip);
	else
		c->tip = redis_tip;
	c->tip_known = true;
	read_up_to(c, redis_tip);
}

static void
read_tip(struct channel *c)
{
	set_state(c, CHANNEL_SYNCING);
	c->tip_when_asked = c->tip;
	c->call = bus_tip(c->bus, c->name.bytes, tip_came, c);
	if (c->call == NULL)
		give_up(c);
}

/* --- events --------------------------------------------------------------- */

void
channel_reset(struct channel *c)
{
	cancel_calls(c);
	set_state(c, CHANNEL_DOWN);
	c->subscribed = false;
}

void
channel_subscribed(struct channel *c)
{
	c->subscribed = true;
	if (c->state == CHANNEL_DOWN)
		read_tip(c);
}

void
channel_down(struct channel *c)
{
	size_t i;

	cancel_calls(c);
	set_state(c, CHANNEL_DOWN);
	for (i = c->subscription_count; i-- > 0;) /* it may remove itself */
		c->subscriptions[i]->handler->down(c->subscriptions[i]);
}

static void
queue_message(struct channel *c, struct message *m)
{
	if (c->queued.count < QUEUED_MAX)
		messages_add(&c->queued, m);
	else
		c->overflow = m->id; /* to be read from the stream */
}

void
channel_announced(struct channel *c, struct message *m)
{
	if (c->state == CHANNEL_SYNCING) {
		queue_message(c, m);
		return;
	}
	if (c->state == CHANNEL_DOWN || id_compare(m->id, c->tip) <= 0)
		return;
	if (id_compare(m->prev, c->tip) <= 0) {
		deliver_message(c, m);
		return;
	}
	log_info("hole", "channel=%s action=fill", c->name.bytes);
	c->target = m->prev;
	read_page(c);
	if (c->state == CHANNEL_SYNCING)
		queue_message(c, m);
}

/* --- audit ---------------------------------------------------------------- */

static void
audit_tip_came(void *arg, enum bus_status status, struct id redis_tip)
{
	struct channel *c = arg;

	c->audit = NULL;
	if (status != BUS_OK)
		return;
	c->audited = redis_tip;
	if (c->state == CHANNEL_READY)
		detect_rewind(c, redis_tip);
}

void
channel_start_audit(struct channel *c)
{
	c->audited = NO_ID;
	if (c->state == CHANNEL_DOWN && c->subscribed) {
		read_tip(c);
	} else if (c->state == CHANNEL_READY && c->audit == NULL) {
		c->tip_when_asked = c->tip;
		c->audit = bus_tip(c->bus, c->name.bytes, audit_tip_came, c);
	}
}

void
channel_finish_audit(struct channel *c)
{
	if (c->state != CHANNEL_READY || id_compare(c->audited, c->tip) <= 0)
		return;
	log_warn("hole", "channel=%s action=fill found_by=audit",
		 c->name.bytes);
	c->target = c->audited;
	read_page(c);
}

/* --- for subscriptions ---------------------------------------------------- */

void
channel_add(struct channel *c, struct subscription *sub)
{
	c->subscriptions =
	    vec_grow(c->subscriptions, c->subscription_count,
		     &c->subscription_room, sizeof(*c->subscriptions));
	sub->channel = c;
	sub->slot = (unsigned int)c->subscription_count;
	c->subscriptions[c->subscription_count++] = sub;
}

void
channel_remove(struct subscription *sub)
{
	struct channel *c = sub->channel;
	struct subscription *last = c->subscriptions[--c->subscription_count];

	c->subscriptions[sub->slot] = last;
	last->slot = sub->slot;
}

bool
channel_is_idle(const struct channel *c)
{
	return c->subscription_count == 0;
}

const struct text *
channel_name(const struct channel *c)
{
	return &c->name;
}

enum channel_state
channel_state(const struct channel *c)
{
	return c->state;
}

struct id
channel_tip(const struct channel *c)
{
	return c->tip;
}

struct message *const *
channel_recent(const struct channel *c, struct id after, size_t *count)
{
	return messages_after(&c->recent, after, count);
}

void
channel_verify(struct channel *c)
{
	if (c->state == CHANNEL_READY)
		read_tip(c);
}
