/* SPDX-License-Identifier: MIT */
/*
 * subscribe.h - receives the messages of channels as they are announced.
 */
#ifndef SHARED_BUS_SUBSCRIBE_H
#define SHARED_BUS_SUBSCRIBE_H

#include "shared/base/text.h"

struct bus;
struct redis_reply;

/* Each channel once, however many subscribers it has. handler->subscribed is
 * called when Redis has confirmed it; never if an ACL forbids it. After each
 * handler->subscription_up nothing is subscribed; while that connection is down
 * nothing happens. */
void bus_subscribe(struct bus *bus, const char *channel);
void bus_unsubscribe(struct bus *bus, const char *channel);

/* --- for bus.c ------------------------------------------------------------ */

/* The connection that subscribes is up. */
void bus_subscription_up(struct bus *bus);

/* Something came on it. */
void bus_subscription_received(struct bus *bus,
			       const struct redis_reply *reply);

/* An ACL forbids to subscribe to it, which is logged once a connection. */
void bus_subscription_refused(struct bus *bus, struct text name,
			      const char *error);

#endif
