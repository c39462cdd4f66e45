/* SPDX-License-Identifier: MIT */
/*
 * subscribe.h - receives the messages of channels as they are announced.
 */
#ifndef SHARED_BUS_SUBSCRIBE_H
#define SHARED_BUS_SUBSCRIBE_H

struct bus;
struct redis_reply;

/* Each channel once, however many subscribers it has. handler->subscribed is
 * called when Redis has confirmed it. After each handler->subscription_up
 * nothing is subscribed; while that connection is down nothing happens. */
void bus_subscribe(struct bus *bus, const char *channel);
void bus_unsubscribe(struct bus *bus, const char *channel);

/* --- for bus.c ------------------------------------------------------------ */

/* The connection that subscribes is up. */
void bus_subscription_up(struct bus *bus);

/* Something came on it. */
void bus_subscription_received(struct bus *bus,
			       const struct redis_reply *reply);

#endif
