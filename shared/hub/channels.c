/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/channels.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/bus/probe.h"
#include "shared/bus/subscribe.h"
#include "shared/conf/conf_channel.h"
#include "shared/hub/channel_sync.h"

/* A channel without subscriptions stays subscribed for IDLE_MS. At most
 * IDLE_MAX of them do, the last ones: a client that asks for ever new names
 * must not fill this process or Redis. */
enum { IDLE_MS = 10 * 1000, IDLE_MAX = 1000 };

enum { ROUND_BATCH = 500 }; /* channels */

/* A pointer to the channel, or to its name, is one to the entry. */
struct channel_entry {
	struct channel channel;
	struct channels *all;
	TAILQ_ENTRY(channel_entry) link;
	struct wheel_timer idle;
	TAILQ_ENTRY(channel_entry) idle_link;
	bool in_idle;
	char name[];
};

/* --- the table ------------------------------------------------------------ */

static struct channel_entry *
find(const struct channels *all, struct text name)
{
	void *const *node = tfind(&name, &all->tree, text_compare);

	return node != NULL ? *node : NULL;
}

static void
clear_idle(struct channel_entry *e)
{
	if (!e->in_idle)
		return;
	wheel_clear(e->all->wheel, &e->idle);
	TAILQ_REMOVE(&e->all->idle, e, idle_link);
	e->all->idle_count--;
	e->in_idle = false;
}

static void
free_entry(struct channel_entry *e)
{
	clear_idle(e);
	tdelete(e, &e->all->tree, text_compare);
	TAILQ_REMOVE(&e->all->list, e, link);
	channel_presence_free(e->channel.presence);
	channel_sync_cancel(&e->channel);
	channel_free(&e->channel);
	free(e);
}

static void
idle_is_over(void *arg)
{
	struct channel_entry *e = arg;

	bus_unsubscribe(e->all->common.bus, e->name);
	free_entry(e);
}

static void
set_idle(struct channel_entry *e)
{
	struct channels *all = e->all;

	clear_idle(e);
	wheel_set(all->wheel, &e->idle, IDLE_MS);
	TAILQ_INSERT_TAIL(&all->idle, e, idle_link);
	e->in_idle = true;
	all->idle_count++;
}

/* Not at once: the channel may be in use. */
static void
drop_oldest_idle(struct channels *all)
{
	while (all->idle_count > IDLE_MAX)
		idle_is_over(TAILQ_FIRST(&all->idle));
}

static struct channel_entry *
new_entry(struct channels *all, struct text name)
{
	struct channel_entry *e = xcalloc(1, sizeof(*e) + name.len + 1);

	memcpy(e->name, name.bytes, name.len);
	e->all = all;
	e->idle.fire = idle_is_over;
	e->idle.arg = e;
	channel_init(&e->channel, (struct text){e->name, name.len},
		     &all->common, conf_channel(all->conf, name).gather);
	if (tsearch(e, &all->tree, text_compare) == NULL)
		xalloc_failed();
	TAILQ_INSERT_TAIL(&all->list, e, link);
	e->channel.presence =
	    channel_presence_new(&all->presences, &e->channel);
	bus_subscribe(all->common.bus, e->name);
	return e;
}

void
channels_subscribe(struct channels *all, struct text name,
		   struct subscription *sub)
{
	struct channel_entry *e = find(all, name);

	if (e == NULL)
		e = new_entry(all, name);
	clear_idle(e);
	channel_add(&e->channel, sub);
}

void
channels_unsubscribe(struct subscription *sub)
{
	struct channel *c = sub->channel;

	channel_remove(sub);
	if (channel_is_idle(c))
		set_idle((struct channel_entry *)c);
}

/* It may come before its subscription. */
void
channels_join(struct channels *all, struct text name,
	      const struct presence_member *m)
{
	struct channel_entry *e = find(all, name);

	if (e == NULL) {
		e = new_entry(all, name);
		set_idle(e);
	}
	channel_presence_join(e->channel.presence, m);
}

void
channels_leave(struct channels *all, struct text name,
	       const struct presence_member *m)
{
	struct channel_entry *e = find(all, name);

	if (e != NULL)
		channel_presence_leave(e->channel.presence, m);
}

void
channels_each(const struct channels *all,
	      void (*fn)(void *arg, const struct channel *c), void *arg)
{
	const struct channel_entry *e;

	TAILQ_FOREACH(e, &all->list, link)
		fn(arg, &e->channel);
}

/* --- events of the bus ---------------------------------------------------- */

static void
bus_up(void *arg)
{
	struct channels *all = arg;
	struct channel_entry *e;

	TAILQ_FOREACH(e, &all->list, link)
		channel_up(&e->channel);
	TAILQ_FOREACH(e, &all->list, link)
		channel_presence_up(e->channel.presence);
}

static void
bus_down(void *arg)
{
	struct channels *all = arg;
	struct channel_entry *e;

	TAILQ_FOREACH(e, &all->list, link)
		channel_down(&e->channel);
}

static void
subscription_up(void *arg)
{
	struct channels *all = arg;
	struct channel_entry *e;

	all->deaf = false;
	TAILQ_FOREACH(e, &all->list, link) {
		bus_subscribe(all->common.bus, e->name);
		channel_presence_resubscribe(e->channel.presence);
	}
}

static void
subscription_down(void *arg)
{
	struct channels *all = arg;
	struct channel_entry *e;

	all->deaf = true;
	TAILQ_FOREACH(e, &all->list, link)
		channel_unsubscribed(&e->channel);
}

static void
subscribed(void *arg, const char *name, size_t len)
{
	struct channel_entry *e = find(arg, (struct text){name, len});

	if (e != NULL)
		channel_subscribed(&e->channel);
}

/* There is no entry when the channel was unsubscribed while the message was on
 * its way. */
static void
message_came(void *arg, const struct message *view)
{
	struct channel_entry *e = find(arg, view->channel);
	struct message *m;

	if (e == NULL)
		return;
	m = message_new(view);
	channel_announced(&e->channel, m);
	message_unref(m);
}

static void
presence_subscribed(void *arg, struct text name)
{
	struct channel_entry *e = find(arg, name);

	if (e != NULL)
		channel_presence_subscribed(e->channel.presence);
}

static void
presence_came(void *arg, struct text name, struct text text)
{
	struct channel_entry *e = find(arg, name);

	if (e != NULL)
		channel_presence_announced(e->channel.presence, text);
}

static const struct bus_handler handler = {
    .up = bus_up,
    .down = bus_down,
    .subscription_up = subscription_up,
    .subscription_down = subscription_down,
    .subscribed = subscribed,
    .message = message_came,
    .presence_subscribed = presence_subscribed,
    .presence = presence_came,
};

/* --- audit ---------------------------------------------------------------- */

static void
probed(void *arg, enum bus_probe_result result)
{
	struct channels *all = arg;
	struct channel_entry *e;

	all->deaf = result != BUS_PROBE_ALIVE;
	if (all->deaf)
		return;
	TAILQ_FOREACH(e, &all->list, link)
		channel_finish_audit(&e->channel);
}

static void
audit(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct channels *all = timer->data;
	struct channel_entry *e;

	(void)loop;
	(void)revents;
	if (!bus_is_up(all->common.bus))
		return;
	TAILQ_FOREACH(e, &all->list, link)
		channel_start_audit(&e->channel);
	bus_probe(all->common.bus, probed, all);
}

/* --- once a second -------------------------------------------------------- */

static void
continue_round(struct channels *all)
{
	struct channel_entry *e;

	while (all->round > 0 && all->common.round_questions < ROUND_BATCH) {
		e = TAILQ_FIRST(&all->list);
		if (e == NULL) {
			all->round = 0;
			return;
		}
		all->round--;
		TAILQ_REMOVE(&all->list, e, link);
		TAILQ_INSERT_TAIL(&all->list, e, link);
		channel_second(&e->channel, all->deaf);
	}
}

static void
second(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct channels *all = timer->data;
	struct channel_entry *e;

	(void)loop;
	(void)revents;
	if (!bus_is_up(all->common.bus) || all->round > 0 ||
	    all->common.round_questions > 0)
		return;
	TAILQ_FOREACH(e, &all->list, link)
		all->round++;
	continue_round(all);
}

static void
turn_begins(struct ev_loop *loop, ev_check *check, int revents)
{
	struct channels *all = check->data;

	(void)loop;
	(void)revents;
	all->common.turn++;
}

static void
turn_ends(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct channels *all = prepare->data;

	(void)loop;
	(void)revents;
	drop_oldest_idle(all);
	channel_presences_turn_end(&all->presences);
	if (all->common.round_questions == 0)
		continue_round(all);
}

/* --- open and close ------------------------------------------------------- */

static void
next_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
}

static void
start_watchers(struct channels *all)
{
	ev_timer_init(&all->audit, audit, all->conf->bus_audit,
		      all->conf->bus_audit);
	ev_timer_init(&all->second, second, 1., 1.);
	ev_timer_init(&all->next_turn, next_turn, 0., 0.);
	ev_check_init(&all->turn_begin, turn_begins);
	ev_prepare_init(&all->turn_end, turn_ends);
	ev_set_priority(&all->turn_begin, EV_MAXPRI);
	ev_set_priority(&all->turn_end, EV_MAXPRI);
	all->audit.data = all->second.data = all;
	all->turn_begin.data = all->turn_end.data = all;
	ev_timer_start(all->loop, &all->audit);
	ev_timer_start(all->loop, &all->second);
	ev_check_start(all->loop, &all->turn_begin);
	ev_prepare_start(all->loop, &all->turn_end);
}

void
channels_open(struct channels *all, struct ev_loop *loop, struct wheel *wheel,
	      const struct conf *conf)
{
	memset(all, 0, sizeof(*all));
	TAILQ_INIT(&all->list);
	TAILQ_INIT(&all->idle);
	all->loop = loop;
	all->wheel = wheel;
	all->conf = conf;
	all->common.bus = bus_open(loop, conf, &handler, all);
	gathers_init(&all->common.gathers, loop);
	channel_presences_init(&all->presences, all->common.bus, wheel, conf);
	all->common.turn = 1;
	all->deaf = true; /* until the subscription is up */
	start_watchers(all);
}

/* What is asked at the end of a turn is sent in the next. */
void
channels_stop(struct channels *all)
{
	struct channel_entry *e;

	all->presences.stopping = true;
	TAILQ_FOREACH(e, &all->list, link)
		channel_presence_stop(e->channel.presence);
	channel_presences_turn_end(&all->presences);
	ev_timer_start(all->loop, &all->next_turn);
}

bool
channels_are_settled(const struct channels *all)
{
	return channel_presences_are_settled(&all->presences);
}

void
channels_close(struct channels *all)
{
	ev_timer_stop(all->loop, &all->audit);
	ev_timer_stop(all->loop, &all->second);
	ev_timer_stop(all->loop, &all->next_turn);
	ev_check_stop(all->loop, &all->turn_begin);
	ev_prepare_stop(all->loop, &all->turn_end);
	while (!TAILQ_EMPTY(&all->list))
		free_entry(TAILQ_FIRST(&all->list));
	gathers_stop(&all->common.gathers);
	bus_close(all->common.bus);
	all->common.bus = NULL;
}
