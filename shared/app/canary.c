/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/canary.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/text.h"
#include "shared/bus/publish.h"
#include "shared/bus/rights.h"
#include "shared/bus/subscribe.h"

static const char channel[] = "pushcgi-health";
static const struct id none;

/* --- its end -------------------------------------------------------------- */

static void
finish(struct canary *c, const char *fault, const char *more)
{
	canary_close(c);
	c->is_known = true;
	c->ended = clock_ms();
	snprintf(c->fault, sizeof(c->fault), "%s%s%s", fault,
		 more[0] != '\0' ? ": " : "", more);
	c->done(c->arg);
}

static void
timed_out(void *arg)
{
	static const char *const faults[] = {
	    [CANARY_IDLE] = "",
	    [CANARY_CONNECT] = "Redis cannot be reached, or does not confirm "
			       "the subscription",
	    [CANARY_PUBLISH] = "Redis did not store a message in time",
	    [CANARY_RECEIVE] = "A message was stored, but did not come back "
			       "through the subscription"};
	struct canary *c = arg;

	finish(c, faults[c->step], bus_fault(c->bus));
}

/* The reply and the message arrive on two connections, in any order. */
static void
check_received(struct canary *c)
{
	if (c->step == CANARY_RECEIVE && id_compare(c->stored, none) != 0 &&
	    id_compare(c->stored, c->received) == 0)
		finish(c, "", "");
}

/* --- its way -------------------------------------------------------------- */

static void
published(void *arg, const struct publish_result *result)
{
	struct canary *c = arg;

	c->call = NULL;
	if (result->status != PUBLISHED_STORED) {
		finish(c, "Redis did not store a message", result->reason);
		return;
	}
	c->stored = result->id;
	c->step = CANARY_RECEIVE;
	check_received(c);
}

static void
send(struct canary *c)
{
	struct publication publication = {.channel = text_of(channel),
					  .event = text_of("")};

	c->step = CANARY_PUBLISH;
	bus_rights_to_publish(c->bus);
	random_key(c->data);
	publication.data = text_of(c->data);
	c->stored = c->received = (struct id){0, 0};
	c->call = bus_publish(c->bus, &publication, published, c);
}

bool
canary_ask(struct canary *c)
{
	if (c->step != CANARY_IDLE)
		return true;
	if (c->is_known && clock_ms() - c->ended < CANARY_EVERY_MS)
		return false;
	c->timer.fire = timed_out;
	c->timer.arg = c;
	wheel_set(c->wheel, &c->timer, c->conf->bus_timeout * 1000);
	c->step = CANARY_CONNECT;
	if (c->subscribed)
		send(c);
	return true;
}

/* --- from the bus --------------------------------------------------------- */

void
canary_subscription_up(struct canary *c)
{
	bus_subscribe(c->bus, channel);
}

void
canary_subscription_down(struct canary *c)
{
	c->subscribed = false;
}

void
canary_down(struct canary *c)
{
	if (c->step == CANARY_CONNECT)
		finish(c, "Redis cannot be reached", bus_fault(c->bus));
}

void
canary_subscribed(struct canary *c, const char *name, size_t len)
{
	if (!text_is((struct text){name, len}, channel))
		return;
	c->subscribed = true;
	if (c->step == CANARY_CONNECT)
		send(c);
}

void
canary_message(struct canary *c, const struct message *m)
{
	if (!text_is(m->data, c->data))
		return; /* of another check */
	if (id_compare(c->stored, none) == 0 &&
	    id_compare(c->received, none) != 0)
		return; /* a copy: the first counts */
	c->received = m->id;
	check_received(c);
}

void
canary_close(struct canary *c)
{
	wheel_clear(c->wheel, &c->timer);
	bus_cancel(c->call);
	c->call = NULL;
	c->step = CANARY_IDLE;
}
