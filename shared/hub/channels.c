/* SPDX-License-Identifier: MIT */
/*
 * channels.c - all channels of the process: found by name, subscribed,
 * audited, let go.
 */
#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/hub/channel.h"
#include "shared/hub/channel_private.h"

enum {
	IDLE_MS = 10 * 1000, /* subscribed with nobody following */
	IDLE_MAX = 1000	     /* so many; those above leave at once */
};

static int
compare_names(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->bytes, y->bytes, x->len);
}

static struct channel *
find(const struct channels *all, const char *name, size_t len)
{
	struct text key = {.bytes = name, .len = len};
	void *const *node = tfind(&key, &all->tree, compare_names);

	return node != NULL ? *node : NULL;
}

static void
message_came(void *arg, const struct message *view)
{
	struct channel *c = find(arg, view->channel, view->channel_len);
	struct message *m;

	if (c == NULL)
		return; /* unsubscribed, and this was on its way */
	m = message_new(view);
	if (m == NULL) {
		log_error("memory", "channel=%s reason=\"out of memory\"",
			  c->name.bytes);
		return; /* the next one shows the hole */
	}
	channel_live(c, m);
	message_unref(m);
}

static void
subscribed(void *arg, const char *name, size_t len)
{
	struct channel *c = find(arg, name, len);

	if (c == NULL)
		return;
	c->subscribed = true;
	if (c->state == CHANNEL_DOWN && c->call == NULL)
		channel_ask_tip(c);
}

static void
each(struct channels *all, void (*fn)(struct channel *c))
{
	struct channel *c;

	for (c = all->first; c != NULL; c = c->next)
		fn(c);
}

static void
cancel_calls(struct channel *c)
{
	bus_cancel(c->call);
	bus_cancel(c->audit);
	c->call = c->audit = NULL;
	messages_clear(&c->late);
	c->late_dropped = (struct id){0, 0};
}

static void
subscribe_again(struct channel *c)
{
	cancel_calls(c);
	c->state = CHANNEL_DOWN;
	c->subscribed = false;
	bus_subscribe(c->all->bus, c->name.bytes);
}

static void
bus_up(void *arg)
{
	struct channels *all = arg;

	each(all, subscribe_again);
}

static void
go_away(struct channel *c)
{
	size_t i;

	cancel_calls(c);
	c->state = CHANNEL_DOWN;
	for (i = c->subscription_count; i-- > 0;) /* it may leave */
		c->subscriptions[i]->handler->down(c->subscriptions[i]);
}

static void
bus_down(void *arg)
{
	struct channels *all = arg;

	each(all, go_away);
}

static const struct bus_handler handler = {
    .up = bus_up,
    .down = bus_down,
    .subscribed = subscribed,
    .message = message_came,
};

/* --- audit ---------------------------------------------------------------- */

static void
audited(void *arg, enum bus_status status, struct id tip)
{
	struct channel *c = arg;

	c->audit = NULL;
	if (status != BUS_OK)
		return;
	c->audited = tip;
	if (c->state == CHANNEL_READY && c->known &&
	    id_compare(tip, c->tip_asked) < 0)
		channel_compare_tips(c, tip);
}

static void
ask_audit(struct channel *c)
{
	c->audited = (struct id){0, 0};
	if (c->state == CHANNEL_DOWN && c->subscribed && c->call == NULL) {
		channel_ask_tip(c); /* an error ended its catching up */
	} else if (c->state == CHANNEL_READY && c->audit == NULL) {
		c->tip_asked = c->tip;
		c->audit = bus_tip(c->all->bus, c->name.bytes, audited, c);
	}
}

/* All that was announced before the tips were read has been heard. */
static void
judge_audit(struct channel *c)
{
	if (c->state != CHANNEL_READY || id_compare(c->audited, c->tip) <= 0)
		return;
	log_warn("hole", "channel=%s action=fill found_by=audit",
		 c->name.bytes);
	c->target = c->audited;
	channel_fill(c);
}

static void
token_came(void *arg)
{
	struct channels *all = arg;

	each(all, judge_audit);
}

static void
audit(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct channels *all = timer->data;

	(void)loop;
	(void)revents;
	if (!bus_is_up(all->bus))
		return;
	each(all, ask_audit);
	bus_probe(all->bus, token_came, all);
}

bool
channels_open(struct channels *all, struct ev_loop *loop, struct wheel *wheel,
	      const struct conf *conf)
{
	memset(all, 0, sizeof(*all));
	all->loop = loop;
	all->wheel = wheel;
	all->conf = conf;
	all->bus = bus_open(loop, conf, &handler, all);
	if (all->bus == NULL)
		return false;
	ev_timer_init(&all->audit, audit, conf->bus_audit, conf->bus_audit);
	all->audit.data = all;
	ev_timer_start(loop, &all->audit);
	return true;
}

/* --- one channel ---------------------------------------------------------- */

static void
end_idle(struct channel *c)
{
	if (!wheel_is_set(&c->idle))
		return;
	wheel_clear(c->all->wheel, &c->idle);
	c->all->idle--;
}

static void
channel_free(struct channel *c)
{
	cancel_calls(c);
	end_idle(c);
	tdelete(c, &c->all->tree, compare_names);
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		c->all->first = c->next;
	messages_clear(&c->recent);
	free(c->subscriptions);
	free(c);
}

void
channels_close(struct channels *all)
{
	ev_timer_stop(all->loop, &all->audit);
	while (all->first != NULL)
		channel_free(all->first);
	bus_close(all->bus);
	all->bus = NULL;
}

static void
unsubscribe(void *arg)
{
	struct channel *c = arg;

	c->all->idle--; /* its timer is off the wheel */
	bus_unsubscribe(c->all->bus, c->name.bytes);
	channel_free(c);
}

/* Whoever names ever new channels fills neither this process nor Redis. */
static void
become_idle(struct channel *c)
{
	if (!wheel_is_set(&c->idle))
		c->all->idle++;
	wheel_set(c->all->wheel, &c->idle,
		  c->all->idle > IDLE_MAX ? 0 : IDLE_MS);
}

static struct channel *
channel_new(struct channels *all, const char *name, size_t len)
{
	struct channel *c = calloc(1, sizeof(*c) + len + 1);

	if (c == NULL)
		return NULL;
	memcpy(c->bytes, name, len);
	c->name = (struct text){.bytes = c->bytes, .len = len};
	c->all = all;
	c->idle.fire = unsubscribe;
	c->idle.arg = c;
	if (tsearch(c, &all->tree, compare_names) == NULL) {
		free(c);
		return NULL;
	}
	c->next = all->first;
	if (c->next != NULL)
		c->next->prev = c;
	all->first = c;
	bus_subscribe(all->bus, c->bytes);
	return c;
}

struct channel *
channel_subscribe(struct channels *all, const char *name, size_t len,
		  struct subscription *sub)
{
	struct channel *c = find(all, name, len);
	struct subscription **subscriptions;
	size_t room;

	if (c == NULL && (c = channel_new(all, name, len)) == NULL)
		return NULL;
	if (c->subscription_count == c->subscription_room) {
		room = c->subscription_room ? 2 * c->subscription_room : 1;
		subscriptions = realloc(c->subscriptions,
					room * sizeof(struct subscription *));
		if (subscriptions == NULL) {
			if (c->subscription_count == 0)
				become_idle(c);
			return NULL;
		}
		c->subscriptions = subscriptions;
		c->subscription_room = room;
	}
	end_idle(c);
	sub->slot = c->subscription_count;
	c->subscriptions[c->subscription_count++] = sub;
	return c;
}

void
channel_unsubscribe(struct channel *c, struct subscription *sub)
{
	struct subscription *last = c->subscriptions[--c->subscription_count];

	c->subscriptions[sub->slot] = last;
	last->slot = sub->slot;
	if (c->subscription_count == 0)
		become_idle(c);
}
