/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-health.h"

#include <ev.h>
#include <stdio.h>

#include "shared/bus/history.h"
#include "shared/bus/publish.h"
#include "shared/bus/subscribe.h"
#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_print.h"
#include "shared/model/message.h"
#include "shared/model/random_key.h"

static const char channel[] = "pushcgi-health";

enum step { CONNECT, SUBSCRIBE, PUBLISH, RECEIVE, READ };

/* What is wrong when a step is not done in time. */
static const char *const faults[] = {
    [CONNECT] = "Redis cannot be reached",
    [SUBSCRIBE] = "Redis did not confirm the subscription",
    [PUBLISH] = "Redis did not store the message",
    [RECEIVE] = "The message was stored, but did not come back through the "
		"subscription",
    [READ] = "The message was stored and came back through the subscription, "
	     "but Redis did not return it from history",
};

struct health {
	struct push_publish *command;
	enum step step;
	struct ev_timer timer; /* of the step */
	char data[RANDOM_KEY_SIZE];
	struct id stored;   /* 0-0: not yet */
	struct id received; /* 0-0: not yet */
};

static void
fail(struct health *h, const char *more)
{
	char reason[CONF_REDIS_SHOWN + 256];

	snprintf(reason, sizeof(reason), "%s%s%s", faults[h->step],
		 more[0] != '\0' ? ": " : ".", more);
	push_publish_stop(h->command, PUSH_PUBLISH_NOT_STORED, reason);
}

static void
timed_out(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct health *h = timer->data;
	char redis[CONF_REDIS_SHOWN], more[CONF_REDIS_REASON];

	(void)loop;
	(void)revents;
	conf_show_redis(redis, &h->command->conf);
	snprintf(more, sizeof(more), "nothing from %s within %u seconds.",
		 redis, h->command->conf.bus_timeout);
	fail(h, more);
}

static void
begin(struct health *h, enum step step)
{
	h->step = step;
	ev_timer_stop(h->command->loop, &h->timer);
	ev_timer_set(&h->timer, h->command->conf.bus_timeout, 0.);
	ev_timer_start(h->command->loop, &h->timer);
}

/* --- history -------------------------------------------------------------- */

static void
succeed(struct health *h)
{
	push_publish_print_id(h->command, h->stored);
	push_publish_stop(h->command, PUSH_PUBLISH_STORED, NULL);
}

static void
page_received(void *arg, const struct bus_page *page)
{
	struct health *h = arg;

	if (page->status == BUS_DOWN)
		fail(h, "The connection broke.");
	else if (page->status != BUS_OK)
		fail(h, "Redis answered with an error; see the log.");
	else if (page->count != 1 ||
		 id_compare(page->messages[0]->id, h->stored) != 0 ||
		 !text_is(page->messages[0]->data, h->data))
		fail(h, "it is not there.");
	else
		succeed(h);
}

static void
read_history(struct health *h)
{
	struct bus_range range = {.channel = channel,
				  .after = h->stored,
				  .through = h->stored,
				  .limit = 1};

	/* nothing is kept */
	if (conf_channel(&h->command->conf, text_of(channel)).history_length ==
	    0) {
		succeed(h);
		return;
	}
	begin(h, READ);
	if (range.after.seq-- == 0)
		range.after.ms--;
	if (bus_history(h->command->bus, &range, page_received, h) == NULL)
		fail(h, "The connection broke.");
}

/* --- the message ---------------------------------------------------------- */

static bool
is_known(struct id id)
{
	return id.ms != 0 || id.seq != 0;
}

/* The reply and the message arrive on two connections, in any order. */
static void
check_received(struct health *h)
{
	if (!is_known(h->stored) || !is_known(h->received))
		return;
	if (id_compare(h->stored, h->received) == 0)
		read_history(h);
	else
		fail(h, "it came with another id.");
}

static void
message(void *arg, const struct message *m)
{
	struct health *h = arg;

	if (!text_is(m->data, h->data) || is_known(h->received))
		return; /* of another check */
	h->received = m->id;
	check_received(h);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct health *h = arg;

	if (h->command->stopped)
		return;
	if (result->status != PUBLISHED_STORED) {
		fail(h, result->reason);
		return;
	}
	h->stored = result->id;
	begin(h, RECEIVE);
	check_received(h);
}

static void
subscribed(void *arg, const char *name, size_t len)
{
	struct health *h = arg;
	struct publication publication = {.channel = text_of(channel),
					  .event = text_of(""),
					  .data = text_of(h->data)};

	if (h->step != SUBSCRIBE || !text_is((struct text){name, len}, channel))
		return;
	begin(h, PUBLISH);
	bus_publish(h->command->bus, &publication, published, h);
}

/* --- the connections ------------------------------------------------------ */

static void
subscription_up(void *arg)
{
	struct health *h = arg;

	if (h->step != CONNECT)
		return;
	begin(h, SUBSCRIBE);
	bus_subscribe(h->command->bus, channel);
}

static void
subscription_down(void *arg)
{
	struct health *h = arg;

	if (h->step != READ && !is_known(h->received))
		fail(h, "The connection broke.");
}

static void
up(void *arg)
{
	(void)arg;
}

static void
down(void *arg)
{
	struct health *h = arg;

	/* a message that was sent has a result of its own */
	if (h->step == CONNECT)
		push_publish_redis_away(h->command);
}

static const struct bus_handler handler = {
    .up = up,
    .down = down,
    .subscription_up = subscription_up,
    .subscription_down = subscription_down,
    .subscribed = subscribed,
    .message = message,
};

enum push_publish_exit
push_publish_health(struct push_publish *c)
{
	struct health h = {.command = c};

	random_key(h.data);
	if (push_publish_open(c, &handler, &h)) {
		ev_timer_init(&h.timer, timed_out, 0., 0.);
		h.timer.data = &h;
		begin(&h, CONNECT);
		push_publish_loop(c);
	}
	return push_publish_close(c);
}
