/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/fake_bus.h"

#include <assert.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "shared/base/clock.h"
#include "shared/base/text.h"
#include "shared/base/vec.h"
#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/bus/call.h"
#include "shared/bus/entries.h"
#include "shared/bus/history.h"
#include "shared/bus/kicks.h"
#include "shared/bus/presence.h"
#include "shared/bus/probe.h"
#include "shared/bus/publish.h"
#include "shared/bus/rewind.h"
#include "shared/bus/rights.h"
#include "shared/bus/subscribe.h"
#include "shared/bus/tip.h"
#include "shared/model/message.h"
#include "shared/model/presence.h"

/* Something to be called in the next turn; `answer` frees what it holds. */
struct event {
	struct bus_call call;
	TAILQ_ENTRY(event) link;
	void (*answer)(struct event *e, bool down);
	char *channel;
	struct id after, through;     /* of history */
	struct id id;		      /* of what was published */
	bool is_new;		      /* its channel was */
	struct id seen[BUS_SEEN_MAX]; /* of a rewind */
	size_t seen_count;
	size_t limit;
	struct message *message; /* announced */
	bus_tip_fn *tip;
	bus_rewind_fn *rewind;
	bus_history_fn *history;
	bus_published_fn *published;
	bus_probe_fn *probed;
	bus_presence_fn *presence;
	char *own; /* of presence */
	bool list;
};

TAILQ_HEAD(events, event);

/* What Redis has in the tip key of a channel. */
struct kept_tip {
	char *channel;
	struct tip tip;
};

struct bus {
	struct ev_loop *loop;
	const struct bus_handler *handler;
	void *arg;
	const struct bus_kicks_handler *kicks_handler;
	void *kicks_arg;
	struct ev_prepare turn_end;
	bool starting, up, stays_down;
	bool subscription_up, subscription_stays_down;
	struct events events;
	struct {
		struct message **at;
		size_t count, room;
	} kept;
	struct {
		struct kept_tip *at;
		size_t count, room;
	} tips;
	struct {
		char **at;
		size_t count, room;
	} subscribed;
	uint64_t last_id;
	uint64_t presence_at;
	unsigned int lease;
	size_t visits;
	uint64_t proved;
	bool holds_history; /* it is not answered */
	bool holds_answers; /* none is given */
	bool refuses_rewinds;
	size_t pages; /* of history, answered */
};

static struct bus *bus;

/* --- what is kept --------------------------------------------------------- */

/* NULL: nothing was ever published. */
static struct tip *
find_tip(struct text channel)
{
	for (size_t i = 0; i < bus->tips.count; i++)
		if (text_is(channel, bus->tips.at[i].channel))
			return &bus->tips.at[i].tip;
	return NULL;
}

static struct tip
tip_of(struct text channel)
{
	const struct tip *tip = find_tip(channel);

	return tip != NULL ? *tip : (struct tip){.last = {0, 0}};
}

static struct tip *
need_tip(struct text channel)
{
	struct tip *found = find_tip(channel);
	struct kept_tip *t;
	char *name, *at;

	if (found != NULL)
		return found;
	bus->tips.at = vec_grow(bus->tips.at, bus->tips.count, &bus->tips.room,
				sizeof(*bus->tips.at));
	name = at = xmalloc(channel.len + 1);
	text_copy(&at, channel);
	t = &bus->tips.at[bus->tips.count++];
	*t = (struct kept_tip){.channel = name};
	return &t->tip;
}

static struct message *
keep(const struct publication *p)
{
	struct tip *tip = need_tip(p->channel);
	struct message m = {.id = {++bus->last_id, 0},
			    .prev = tip->last,
			    .channel = p->channel,
			    .event = p->event,
			    .data = p->data};

	tip->last = m.id;
	bus->kept.at = vec_grow(bus->kept.at, bus->kept.count, &bus->kept.room,
				sizeof(*bus->kept.at));
	bus->kept.at[bus->kept.count] = message_new(&m);
	return bus->kept.at[bus->kept.count++];
}

static bool
is_subscribed(struct text channel, size_t *at)
{
	for (*at = 0; *at < bus->subscribed.count; ++*at)
		if (text_is(channel, bus->subscribed.at[*at]))
			return true;
	return false;
}

static void
forget_subscribed(void)
{
	while (bus->subscribed.count > 0)
		free(bus->subscribed.at[--bus->subscribed.count]);
}

/* --- events --------------------------------------------------------------- */

static struct event *
add_event(void (*answer)(struct event *e, bool down), const char *channel,
	  void *arg)
{
	struct event *e = xcalloc(1, sizeof(*e));

	e->call = (struct bus_call){.bus = bus, .arg = arg};
	e->answer = answer;
	e->channel = channel != NULL ? xstrdup(channel) : NULL;
	TAILQ_INSERT_TAIL(&bus->events, e, link);
	return e;
}

static void
answer_event(struct event *e, bool down)
{
	if (!e->call.cancelled)
		e->answer(e, down);
	message_unref(e->message);
	free(e->own);
	free(e->channel);
	free(e);
}

static bool is_of_subscription(const struct event *e);

static bool
is_held(const struct event *e)
{
	return (bus->holds_history && e->history != NULL) ||
	       (bus->holds_answers && !is_of_subscription(e));
}

/* Those that are added meanwhile are for the next turn. */
static void
answer_events(bool down)
{
	struct events events;
	struct event *e;

	TAILQ_INIT(&events);
	TAILQ_CONCAT(&events, &bus->events, link);
	while ((e = TAILQ_FIRST(&events)) != NULL) {
		TAILQ_REMOVE(&events, e, link);
		if (is_held(e) && !down)
			TAILQ_INSERT_TAIL(&bus->events, e, link);
		else
			answer_event(e, down);
	}
}

static void
answer_subscribe(struct event *e, bool down)
{
	if (!down)
		bus->handler->subscribed(bus->arg, e->channel,
					 strlen(e->channel));
}

static void
answer_message(struct event *e, bool down)
{
	if (!down)
		bus->handler->message(bus->arg, e->message);
}

static bool
is_of_subscription(const struct event *e)
{
	return e->answer == answer_subscribe || e->answer == answer_message;
}

/* Those of one connection, which went down; the others wait on. */
static void
lose_events(bool of_subscription)
{
	struct events lost;
	struct event *e, *next;

	TAILQ_INIT(&lost);
	for (e = TAILQ_FIRST(&bus->events); e != NULL; e = next) {
		next = TAILQ_NEXT(e, link);
		if (is_of_subscription(e) != of_subscription)
			continue;
		TAILQ_REMOVE(&bus->events, e, link);
		TAILQ_INSERT_TAIL(&lost, e, link);
	}
	while ((e = TAILQ_FIRST(&lost)) != NULL) {
		TAILQ_REMOVE(&lost, e, link);
		answer_event(e, true);
	}
}

static void
answer_tip(struct event *e, bool down)
{
	const struct tip tip = tip_of(text_of(e->channel));

	e->tip(e->call.arg, down ? BUS_DOWN : BUS_OK, &tip);
}

/* The first message of a channel after `id`; or NULL. */
static const struct message *
first_after(const char *channel, struct id id)
{
	for (size_t i = 0; i < bus->kept.count; i++)
		if (text_is(bus->kept.at[i]->channel, channel) &&
		    id_compare(bus->kept.at[i]->id, id) > 0)
			return bus->kept.at[i];
	return NULL;
}

/* They are in the order of their ids. */
static const struct message *
find_kept(struct id id)
{
	size_t low = 0, high = bus->kept.count, i;

	while (low < high) {
		i = (low + high) / 2;
		if (id_compare(bus->kept.at[i]->id, id) < 0)
			low = i + 1;
		else
			high = i;
	}
	if (low == bus->kept.count ||
	    id_compare(bus->kept.at[low]->id, id) != 0)
		return NULL;
	return bus->kept.at[low];
}

/* The newest id that the caller and the bus have in common; else `base`. */
static struct id
common_point(const struct event *e, struct id base)
{
	for (size_t i = 0; i < e->seen_count; i++)
		if (find_kept(e->seen[i]) != NULL ||
		    id_compare(e->seen[i], base) == 0)
			return e->seen[i];
	return base;
}

/* As rewind.lua does: a fork, and a cut or a tip without a message. */
static void
note_rewind(struct tip *tip, const char *channel, struct id common,
	    struct id own)
{
	if (tip->fork_count == TIP_FORKS_MAX)
		memmove(tip->forks, tip->forks + 1,
			--tip->fork_count * sizeof(tip->forks[0]));
	tip->forks[tip->fork_count++] = (struct tip_fork){common, own};
	if (first_after(channel, common) == NULL) {
		tip->last = (struct id){++bus->last_id, 0};
		return;
	}
	if (tip_has_cut(tip, common))
		return;
	if (tip->cut_count == TIP_CUTS_MAX)
		memmove(tip->cuts, tip->cuts + 1,
			--tip->cut_count * sizeof(tip->cuts[0]));
	tip->cuts[tip->cut_count++] = common;
}

static void
answer_rewind(struct event *e, bool down)
{
	struct tip *tip = need_tip(text_of(e->channel));
	const struct message *next = first_after(e->channel, e->seen[0]);
	struct id base = next != NULL ? next->prev : tip->last;
	struct rewind rewind = {.what = REWIND_KEPT};
	enum bus_status status = down			? BUS_DOWN
				 : bus->refuses_rewinds ? BUS_REFUSED
							: BUS_OK;

	if (status == BUS_OK && find_kept(e->seen[0]) == NULL &&
	    id_compare(base, e->seen[0]) < 0) {
		rewind.what = REWIND_LOST;
		rewind.after = common_point(e, base);
		note_rewind(tip, e->channel, rewind.after, e->seen[0]);
	}
	rewind.tip = *tip;
	e->rewind(e->call.arg, status, &rewind);
}

static bool
is_asked_for(const struct event *e, const struct message *m)
{
	return text_is(m->channel, e->channel) &&
	       id_compare(m->id, e->after) > 0 &&
	       id_compare(m->id, e->through) <= 0;
}

static void
answer_history(struct event *e, bool down)
{
	struct message **found =
	    xcalloc(bus->kept.count + 1, sizeof(struct message *));
	size_t n = 0, bytes = 0, i;
	bool full = false;

	for (i = 0; i < bus->kept.count && !full && !down; i++) {
		struct message *m = bus->kept.at[i];

		if (!is_asked_for(e, m))
			continue;
		full = n == e->limit ||
		       (n > 0 && bytes + m->data.len > BUS_PAGE_BYTES);
		if (full)
			break;
		bytes += m->data.len;
		found[n++] = m;
	}
	bus->pages++;
	e->history(
	    e->call.arg,
	    &(struct bus_page){.status = down ? BUS_DOWN : BUS_OK,
			       .messages = found,
			       .count = n,
			       .end = full ? found[n - 1]->id : e->through});
	free(found);
}

static void
answer_newest(struct event *e, bool down)
{
	size_t left = e->limit, bytes = 0, i = bus->kept.count;

	e->through = (struct id){UINT64_MAX, UINT64_MAX};
	for (; i > 0 && left > 0; i--) {
		const struct message *m = bus->kept.at[i - 1];

		if (!text_is(m->channel, e->channel))
			continue;
		bytes += m->data.len;
		if (left < e->limit && bytes > BUS_PAGE_BYTES)
			break;
		e->after = m->prev;
		left--;
	}
	answer_history(e, down);
}

static void
answer_publish(struct event *e, bool down)
{
	struct publish_result result = {
	    .status = PUBLISHED_STORED, .id = e->id, .new_channel = e->is_new};

	if (down)
		result = (struct publish_result){.status = PUBLISHED_UNKNOWN,
						 .reason = "The bus is down."};
	e->published(e->call.arg, &result);
}

static void
answer_never_first(struct event *e, bool down)
{
	(void)down;
	e->published(e->call.arg,
		     &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					      .new_channel = true,
					      .reason = "It is new."});
}

static void
answer_refused(struct event *e, bool down)
{
	(void)down;
	e->published(e->call.arg,
		     &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					      .reason = "The bus is down.",
					      .temporary = true});
}

static void
answer_probe(struct event *e, bool down)
{
	if (down)
		return;
	bus->proved = clock_unix_ms();
	e->probed(e->call.arg, BUS_PROBE_ALIVE);
}

/* As if there were no other process. */
static void
answer_presence(struct event *e, bool down)
{
	struct bus_presence_answer a = {.status = down ? BUS_DOWN : BUS_OK};
	const char *names = strchr(e->own, '\n');
	char text[PRESENCE_TEXT_MAX];

	snprintf(text, sizeof(text), "%llu %d %s%s",
		 (unsigned long long)++bus->presence_at, atoi(e->own),
		 e->list ? "l" : "c", names != NULL ? names : "");
	a.text = text_of(text);
	e->presence(e->call.arg, &a);
}

/* --- the public functions ------------------------------------------------- */

static bool
subscribes(void)
{
	return bus->handler != NULL && bus->handler->message != NULL;
}

static void
commands_go_up(void)
{
	bus->up = true;
	bus->starting = false;
	if (bus->handler != NULL)
		bus->handler->up(bus->arg);
}

static void
subscription_goes_up(void)
{
	bus->subscription_up = true;
	if (subscribes())
		bus->handler->subscription_up(bus->arg);
}

static void
turn_ends(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	(void)loop;
	(void)prepare;
	(void)revents;
	answer_events(false);
	if (!bus->up && !bus->stays_down)
		commands_go_up();
	if (!bus->subscription_up && !bus->subscription_stays_down)
		subscription_goes_up();
}

struct bus *
bus_open(struct ev_loop *loop, const struct conf *conf,
	 const struct bus_handler *handler, void *arg)
{
	(void)conf;
	assert(bus == NULL);
	bus = xcalloc(1, sizeof(*bus));
	bus->loop = loop;
	bus->handler = handler;
	bus->arg = arg;
	bus->starting = true;
	TAILQ_INIT(&bus->events);
	ev_prepare_init(&bus->turn_end, turn_ends);
	ev_set_priority(&bus->turn_end, EV_MAXPRI);
	ev_prepare_start(loop, &bus->turn_end);
	return bus;
}

void
bus_close(struct bus *b)
{
	if (b == NULL)
		return;
	answer_events(true);
	ev_prepare_stop(b->loop, &b->turn_end);
	while (b->kept.count > 0)
		message_unref(b->kept.at[--b->kept.count]);
	while (b->tips.count > 0)
		free(b->tips.at[--b->tips.count].channel);
	forget_subscribed();
	free(b->kept.at);
	free(b->tips.at);
	free(b->subscribed.at);
	free(b);
	bus = NULL;
}

bool
bus_is_up(const struct bus *b)
{
	return b->up;
}

bool
bus_is_starting(const struct bus *b)
{
	return b->starting;
}

void
bus_subscribe(struct bus *b, const char *channel)
{
	if (!b->subscription_up)
		return;
	b->subscribed.at =
	    vec_grow(b->subscribed.at, b->subscribed.count, &b->subscribed.room,
		     sizeof(*b->subscribed.at));
	b->subscribed.at[b->subscribed.count++] = xstrdup(channel);
	add_event(answer_subscribe, channel, NULL);
}

void
bus_unsubscribe(struct bus *b, const char *channel)
{
	size_t at;

	if (!is_subscribed(text_of(channel), &at))
		return;
	free(b->subscribed.at[at]);
	b->subscribed.at[at] = b->subscribed.at[--b->subscribed.count];
}

struct bus_call *
bus_presence(struct bus *b, const struct bus_presence *p, bus_presence_fn *fn,
	     void *arg)
{
	struct event *e;

	if (!b->up)
		return NULL;
	bus->lease = p->lease_ms;
	bus->visits = p->visit_count;
	e = add_event(answer_presence, p->channel, arg);
	e->presence = fn;
	e->own = xstrdup(p->own);
	e->list = p->list;
	return &e->call;
}

void
bus_presence_subscribe(struct bus *b, const char *channel)
{
	(void)b;
	(void)channel;
}

void
bus_presence_unsubscribe(struct bus *b, const char *channel)
{
	(void)b;
	(void)channel;
}

unsigned int
fake_bus_lease(void)
{
	return bus->lease;
}

size_t
fake_bus_visits(void)
{
	return bus->visits;
}

void
fake_bus_presence(const char *channel, const char *text)
{
	bus->handler->presence(bus->arg, text_of(channel), text_of(text));
}

void
bus_kicks_listen(struct bus *b, const struct bus_kicks_handler *handler,
		 void *arg)
{
	b->kicks_handler = handler;
	b->kicks_arg = arg;
}

void
fake_bus_kick(const char *kick, uint64_t ms)
{
	struct kick k;

	if (kick_parse(&k, text_of(kick)) != NULL)
		abort();
	bus->kicks_handler->kicked(bus->kicks_arg, &k, ms);
}

void
fake_bus_list_kick(const char *kick, uint64_t ms)
{
	struct bus_kick k = {.ms = ms};

	if (kick_parse(&k.kick, text_of(kick)) != NULL)
		abort();
	bus->kicks_handler->listed(bus->kicks_arg, &k, 1);
}

void
bus_rights_to_publish(struct bus *b)
{
	(void)b;
}

bool
bus_is_subscribed(const struct bus *b)
{
	return b->subscription_up;
}

const char *
bus_fault(const struct bus *b)
{
	return b->up ? "" : "the fake Redis is down";
}

uint64_t
bus_probe_proved(const struct bus *b)
{
	return b->proved;
}

bool
bus_probe(struct bus *b, bus_probe_fn *fn, void *arg)
{
	if (!b->up || !b->subscription_up)
		return false;
	add_event(answer_probe, NULL, arg)->probed = fn;
	return true;
}

/* As while it is down. */
struct bus_call *
entries_read(struct bus *b, entries_fn *fn, void *arg)
{
	(void)b;
	(void)fn;
	(void)arg;
	return NULL;
}

void
bus_cancel(struct bus_call *call)
{
	if (call != NULL)
		call->cancelled = true;
}

struct bus_call *
bus_tip(struct bus *b, const char *channel, bus_tip_fn *fn, void *arg)
{
	struct event *e;

	if (!b->up)
		return NULL;
	e = add_event(answer_tip, channel, arg);
	e->tip = fn;
	return &e->call;
}

struct bus_call *
bus_rewind(struct bus *b, const struct bus_seen *seen, bus_rewind_fn *fn,
	   void *arg)
{
	struct event *e;

	if (!b->up)
		return NULL;
	e = add_event(answer_rewind, seen->channel, arg);
	memcpy(e->seen, seen->ids, seen->count * sizeof(e->seen[0]));
	e->seen_count = seen->count;
	e->rewind = fn;
	return &e->call;
}

struct bus_call *
bus_history(struct bus *b, const struct bus_range *range, bus_history_fn *fn,
	    void *arg)
{
	struct event *e;

	if (!b->up)
		return NULL;
	e = add_event(answer_history, range->channel, arg);
	e->after = range->after;
	e->through = range->through;
	e->limit = range->limit;
	e->history = fn;
	return &e->call;
}

struct bus_call *
bus_newest(struct bus *b, const struct bus_range *range, bus_history_fn *fn,
	   void *arg)
{
	struct event *e;

	if (!b->up)
		return NULL;
	e = add_event(answer_newest, range->channel, arg);
	e->limit = range->limit;
	e->history = fn;
	return &e->call;
}

static struct id
store(const struct publication *p, bool announce)
{
	struct message *m = keep(p);
	size_t at;

	if (announce && bus->subscription_up && is_subscribed(p->channel, &at))
		add_event(answer_message, NULL, NULL)->message = message_ref(m);
	return m->id;
}

struct bus_call *
bus_publish(struct bus *b, const struct publication *publication,
	    bus_published_fn *fn, void *arg)
{
	bool refused = !b->up && !b->starting;
	bool is_new = tip_of(publication->channel).last.ms == 0;
	bool never = is_new && publication->never_first;
	struct event *e = add_event(refused ? answer_refused
				    : never ? answer_never_first
					    : answer_publish,
				    NULL, arg);

	e->published = fn;
	e->is_new = is_new;
	if (!refused && !never)
		e->id = store(publication, true);
	return &e->call;
}

/* --- what tests do -------------------------------------------------------- */

static struct publication
publication_of(const char *channel, const char *data)
{
	return (struct publication){.channel = text_of(channel),
				    .event = text_of(""),
				    .data = text_of(data)};
}

struct id
fake_bus_add(const struct publication *p, bool announce)
{
	return store(p, announce);
}

struct id
fake_bus_publish(const char *channel, const char *data)
{
	const struct publication p = publication_of(channel, data);

	return store(&p, true);
}

struct id
fake_bus_store(const char *channel, const char *data)
{
	const struct publication p = publication_of(channel, data);

	return store(&p, false);
}

void
fake_bus_trim(size_t count)
{
	if (count > bus->kept.count)
		count = bus->kept.count;
	for (size_t i = 0; i < count; i++)
		message_unref(bus->kept.at[i]);
	bus->kept.count -= count;
	if (count > 0)
		memmove(bus->kept.at, bus->kept.at + count,
			bus->kept.count * sizeof(bus->kept.at[0]));
}

void
fake_bus_lose(size_t count)
{
	struct message *m;

	for (; count > 0 && bus->kept.count > 0; count--) {
		m = bus->kept.at[--bus->kept.count];
		need_tip(m->channel)->last = m->prev;
		message_unref(m);
	}
}

struct id
fake_bus_tip(const char *channel)
{
	return tip_of(text_of(channel)).last;
}

const struct message *
fake_bus_find(struct id id)
{
	return find_kept(id);
}

size_t
fake_bus_subscribed(void)
{
	return bus->subscribed.count;
}

size_t
fake_bus_pages(void)
{
	return bus->pages;
}

void
fake_bus_hold_history(bool hold)
{
	bus->holds_history = hold;
}

void
fake_bus_hold_answers(bool hold)
{
	bus->holds_answers = hold;
}

void
fake_bus_refuse_rewinds(bool refuse)
{
	bus->refuses_rewinds = refuse;
}

size_t
fake_bus_pages_held(void)
{
	const struct event *e;
	size_t count = 0;

	TAILQ_FOREACH(e, &bus->events, link)
		count += e->history != NULL && !e->call.cancelled;
	return count;
}

void
fake_bus_commands_down(void)
{
	bool was_up = bus->up || bus->starting;

	bus->stays_down = true;
	bus->up = bus->starting = false;
	lose_events(false);
	if (was_up && bus->handler != NULL)
		bus->handler->down(bus->arg);
}

void
fake_bus_subscription_down(void)
{
	bool was_up = bus->subscription_up;

	bus->subscription_stays_down = true;
	bus->subscription_up = false;
	lose_events(true);
	forget_subscribed();
	if (was_up && subscribes())
		bus->handler->subscription_down(bus->arg);
}

void
fake_bus_down(void)
{
	fake_bus_commands_down();
	fake_bus_subscription_down();
}

void
fake_bus_up(void)
{
	bus->stays_down = bus->subscription_stays_down = false;
}
