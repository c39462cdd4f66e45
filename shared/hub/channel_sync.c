/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/channel_sync.h"

#include <string.h>

#include "shared/base/log.h"
#include "shared/bus/history.h"
#include "shared/bus/rewind.h"
#include "shared/bus/tip.h"

enum {
	QUEUED_MAX = 1024,		/* messages, while SYNCING */
	QUEUED_BYTES_MAX = 1024 * 1024, /* about, of their data */
	PAGE_MESSAGES = 64		/* read from the stream at a time */
};

static const struct id NO_ID = {0, 0};

/* One that was not answered is cancelled. */
static void
set_question(struct channel *c, struct bus_call *question)
{
	if (c->sync.in_round)
		c->common->round_questions--;
	c->sync.in_round = false;
	bus_cancel(c->sync.question);
	c->sync.question = question;
}

void
channel_sync_cancel(struct channel *c)
{
	struct channel_sync *sync = &c->sync;

	set_question(c, NULL);
	bus_cancel(sync->reading);
	sync->reading = NULL;
	sync->ask_again = sync->verifying = false;
	messages_clear(&sync->queued);
	sync->overflow = NO_ID;
}

/* Redis could not be read. channel_second() tries again. */
static void
give_up(struct channel *c)
{
	channel_sync_cancel(c);
	channel_set_state(c, CHANNEL_DOWN);
}

/* --- pages ---------------------------------------------------------------- */

static void accept_message(struct channel *c, struct message *m);
static void check_rewind(struct channel *c, enum rewind_sign sign);
static void read_up_to(struct channel *c, struct id target);

static void
become_ready(struct channel *c)
{
	struct channel_sync *sync = &c->sync;
	struct messages queued = sync->queued;
	size_t i;

	memset(&sync->queued, 0, sizeof(sync->queued));
	channel_pass_forks(c);
	channel_set_state(c, CHANNEL_READY);
	for (i = 0; i < queued.count; i++) /* may be SYNCING again after one */
		accept_message(c, queued.at[i]);
	messages_clear(&queued);
	if (c->state == CHANNEL_READY && id_compare(c->tip, sync->overflow) < 0)
		read_up_to(c, sync->overflow);
	if (c->state == CHANNEL_READY)
		channel_tell_ready(c);
}

/* The message names one before our tip. */
static bool
is_behind(const struct channel *c, const struct message *m)
{
	return !channel_is_next(c, m) && id_compare(m->prev, c->next_prev) < 0;
}

/* What is not in the page, up to its end, is not kept, or no message. */
static void
page_came(void *arg, const struct bus_page *page)
{
	struct channel *c = arg;
	size_t i;

	c->sync.reading = NULL;
	if (page->status != BUS_OK) {
		give_up(c);
		return;
	}
	if (!c->lost && page->count > 0 && is_behind(c, page->messages[0])) {
		check_rewind(c, SIGN_PAGE);
		return;
	}
	for (i = 0; i < page->count; i++)
		channel_deliver(c, page->messages[i]);
	if (c->lost || id_compare(c->tip, page->end) < 0)
		channel_deliver_gap(c, page->end, page->end);
	c->sync.from = page->end;
	if (id_compare(c->sync.target, c->redis.last) < 0)
		c->sync.target = c->redis.last; /* read meanwhile */
	read_up_to(c, c->sync.target);
}

static void
read_page(struct channel *c)
{
	const struct bus_range range = {.channel = c->name.bytes,
					.after = c->sync.from,
					.through = c->sync.target,
					.limit = PAGE_MESSAGES,
					.largest = channel_largest(c),
					.urgent = true};

	channel_set_state(c, CHANNEL_SYNCING);
	c->sync.reading = bus_history(c->common->bus, &range, page_came, c);
	if (c->sync.reading == NULL)
		give_up(c);
}

static void
read_up_to(struct channel *c, struct id target)
{
	c->sync.target = target;
	if (c->state == CHANNEL_READY)
		c->sync.from = c->tip;
	if (id_compare(c->sync.from, target) < 0)
		read_page(c);
	else if (c->state == CHANNEL_SYNCING)
		become_ready(c);
}

/* --- rewinds -------------------------------------------------------------- */

/* What follows our tip does not name it, and nobody knows why: it comes after a
 * gap. */
static void
go_on_after_gap(struct channel *c)
{
	switch (c->sync.sign) {
	case SIGN_TIP:
		channel_deliver_gap(c, c->redis.last, c->redis.last);
		become_ready(c);
		break;
	case SIGN_MESSAGE:
		c->lost = true;
		become_ready(c); /* delivers it */
		break;
	case SIGN_PAGE:
		c->lost = true;
		read_up_to(c, c->sync.target);
		break;
	}
}

static void
lost(struct channel *c, struct id after)
{
	char after_text[ID_TEXT_SIZE], tip_text[ID_TEXT_SIZE];

	id_format(after_text, after);
	id_format(tip_text, c->tip);
	log_warn("rewind",
		 "channel=%s tip=%s after=%s reason=\"Redis has lost "
		 "messages\"",
		 c->name.bytes, tip_text, after_text);
	c->lost = true;
	c->sync.from = after;
	read_up_to(c, c->redis.last);
}

static void
rewind_checked(void *arg, enum bus_status status, const struct rewind *rewind)
{
	struct channel *c = arg;

	c->sync.reading = NULL;
	if (status == BUS_DOWN) {
		give_up(c);
		return;
	}
	c->sync.from = c->tip;
	if (status == BUS_REFUSED) {
		go_on_after_gap(c);
		return;
	}
	channel_take_cuts(c, &rewind->tip, rewind->what == REWIND_LOST);
	switch (rewind->what) {
	case REWIND_LOST:
		lost(c, rewind->after);
		break;
	case REWIND_EXPIRED:
		c->next_prev = NO_ID; /* the log is born anew */
		read_up_to(c, c->redis.last);
		break;
	case REWIND_KEPT:
		if (c->sync.sign == SIGN_TIP)
			read_up_to(c, c->redis.last);
		else
			go_on_after_gap(c);
		break;
	}
}

/* Has Redis lost messages that the channel has delivered? */
static void
check_rewind(struct channel *c, enum rewind_sign sign)
{
	struct id ids[BUS_SEEN_MAX];
	const struct bus_seen seen = {
	    .channel = c->name.bytes,
	    .ids = ids,
	    .count = channel_delivered(c, ids, BUS_SEEN_MAX),
	    .tip = &c->redis,
	    .passed = c->passed};

	c->sync.sign = sign;
	channel_set_state(c, CHANNEL_SYNCING);
	c->sync.reading = bus_rewind(c->common->bus, &seen, rewind_checked, c);
	if (c->sync.reading == NULL)
		give_up(c);
}

/* --- the tip -------------------------------------------------------------- */

static void ask(struct channel *c);

/* The tip of Redis is below ours, and ours was the same when it was asked. */
static bool
is_rewind(const struct channel *c)
{
	return c->tip_known && c->state != CHANNEL_DOWN &&
	       c->sync.reading == NULL &&
	       id_compare(c->redis.last, c->next_prev) < 0 &&
	       id_compare(c->tip, c->sync.tip_when_asked) == 0;
}

static void
tip_read(struct channel *c)
{
	bool verifying = c->sync.verifying, rewound = is_rewind(c);

	if (c->sync.ask_again)
		ask(c);
	else
		c->sync.verifying = false;
	if (rewound && c->state != CHANNEL_DOWN)
		check_rewind(c, SIGN_TIP);
	else if (c->state == CHANNEL_SYNCING && c->sync.reading == NULL)
		read_up_to(c, c->redis.last);
	else if (c->state == CHANNEL_READY) {
		channel_pass_forks(c);
		if (!verifying)
			return;
		read_up_to(c, c->redis.last);
		if (c->state == CHANNEL_READY)
			channel_tell_ready(c);
	}
}

static void
tip_came(void *arg, enum bus_status status, const struct tip *redis)
{
	struct channel *c = arg;

	set_question(c, NULL);
	if (status != BUS_OK) {
		if (c->state == CHANNEL_SYNCING && c->sync.reading == NULL)
			give_up(c);
		return;
	}
	c->sync.verified = c->sync.asked;
	c->sync.audited = redis->last;
	channel_take_cuts(c, redis, !c->tip_known);
	if (!c->tip_known)
		channel_start_at(c, redis->last);
	c->tip_known = true;
	if (c->state == CHANNEL_SYNCING && c->sync.reading == NULL)
		c->sync.from = c->tip;
	tip_read(c);
}

/* One question at a time: another one, asked after it, may be needed. */
static void
ask(struct channel *c)
{
	struct channel_sync *sync = &c->sync;

	if (sync->question != NULL) {
		sync->ask_again = sync->asked != c->common->turn;
		return;
	}
	sync->ask_again = false;
	sync->asked = c->common->turn;
	sync->tip_when_asked = c->tip;
	set_question(c, bus_tip(c->common->bus, c->name.bytes, tip_came, c));
	if (sync->question == NULL && c->state != CHANNEL_DOWN)
		give_up(c);
}

/* From DOWN. */
static void
start(struct channel *c)
{
	channel_set_state(c, CHANNEL_SYNCING);
	ask(c);
}

void
channel_verify(struct channel *c)
{
	if (c->state == CHANNEL_DOWN)
		return; /* ready() follows */
	c->sync.verifying = true;
	ask(c);
}

bool
channel_is_verified(const struct channel *c, uint64_t since)
{
	return c->state == CHANNEL_READY && c->sync.verified >= since &&
	       id_compare(c->tip, c->redis.last) >= 0;
}

/* --- events --------------------------------------------------------------- */

void
channel_unsubscribed(struct channel *c)
{
	c->sync.subscribed = c->sync.late = false;
}

void
channel_subscribed(struct channel *c)
{
	c->sync.subscribed = true;
	if (c->state == CHANNEL_DOWN)
		start(c);
	else
		channel_verify(c);
}

void
channel_up(struct channel *c)
{
	if (c->state == CHANNEL_DOWN && c->sync.subscribed)
		start(c);
}

void
channel_down(struct channel *c)
{
	give_up(c);
	channel_tell_down(c);
}

static void
queue_message(struct channel *c, struct message *m)
{
	if (c->sync.queued.count < QUEUED_MAX &&
	    c->sync.queued.bytes < QUEUED_BYTES_MAX)
		messages_add(&c->sync.queued, m);
	else
		c->sync.overflow = m->id; /* to be read from the stream */
}

/* A message that was announced, now or while the channel was SYNCING. */
static void
accept_message(struct channel *c, struct message *m)
{
	if (c->state == CHANNEL_SYNCING) {
		queue_message(c, m);
		return;
	}
	if (c->state == CHANNEL_DOWN || id_compare(m->id, c->tip) <= 0)
		return;
	if (c->lost || channel_is_next(c, m)) {
		channel_deliver(c, m);
		return;
	}
	if (is_behind(c, m)) {
		check_rewind(c, SIGN_MESSAGE);
	} else {
		log_info("hole", "channel=%s action=fill", c->name.bytes);
		read_up_to(c, m->prev);
	}
	if (c->state == CHANNEL_SYNCING)
		queue_message(c, m);
}

void
channel_announced(struct channel *c, struct message *m)
{
	channel_saw(c, m);
	/* ids go back when Redis was emptied and its clock was set back */
	if (c->state == CHANNEL_READY && id_compare(m->id, c->tip) < 0 &&
	    !channel_remembers(c, m->id))
		channel_verify(c);
	else
		accept_message(c, m);
}

void
channel_second(struct channel *c, bool deaf)
{
	bool late = !c->sync.subscribed && c->sync.late;

	c->sync.late = !c->sync.subscribed;
	if (c->state == CHANNEL_DOWN && (c->sync.subscribed || deaf || late))
		start(c);
	else if (deaf || late || (c->sync.verifying && !c->sync.question))
		channel_verify(c); /* or an earlier question has failed */
	if (c->sync.question != NULL && !c->sync.in_round) {
		c->sync.in_round = true;
		c->common->round_questions++;
	}
}

/* --- audit ---------------------------------------------------------------- */

void
channel_start_audit(struct channel *c)
{
	c->sync.audited = NO_ID;
	if (c->state == CHANNEL_READY)
		ask(c);
}

void
channel_finish_audit(struct channel *c)
{
	if (c->state != CHANNEL_READY ||
	    id_compare(c->sync.audited, c->tip) <= 0)
		return;
	log_warn("hole", "channel=%s action=fill found_by=audit",
		 c->name.bytes);
	read_up_to(c, c->sync.audited);
}
