/* SPDX-License-Identifier: MIT */
/*
 * fake_bus.h - a bus in memory, for test programs without Redis.
 *
 * A program linked with fake_bus.c gets these bus_*() instead of those of
 * shared/bus/, and needs no hiredis. There is one bus at a time. It comes up in
 * the first turn of the loop, and answers the calls of each turn at the end of
 * that turn, in order. Messages are kept until it is closed, unless a test says
 * otherwise; their ids are 1-0, 2-0, ... over all channels.
 */
#ifndef TESTS_UNIT_FAKE_BUS_H
#define TESTS_UNIT_FAKE_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/model/id.h"
#include "shared/model/message.h"
#include "shared/model/publication.h"

/* Publishes as another process would: stored, and announced if the bus is up
 * and the channel is subscribed. */
struct id fake_bus_publish(const char *channel, const char *data);

/* Stores a message without announcing it. */
struct id fake_bus_store(const char *channel, const char *data);

/* The same for any publication. */
struct id fake_bus_add(const struct publication *p, bool announce);

/* The oldest messages are kept no longer, of all channels together. */
void fake_bus_trim(size_t count);

/* Redis loses the newest messages, of all channels together; their ids never
 * come again. */
void fake_bus_lose(size_t count);

/* The last id of a channel. */
struct id fake_bus_tip(const char *channel);

/* A message that is kept; or NULL. */
const struct message *fake_bus_find(struct id id) MUST_USE;

/* Another process has changed the presence of a channel (model/presence.h). */
void fake_bus_presence(const char *channel, const char *text);

/* Of the last call that told Redis about presence: how long its lease is, in
 * ms, and how many visits it has. */
unsigned int fake_bus_lease(void);
size_t fake_bus_visits(void);

/* How many channels are subscribed. */
size_t fake_bus_subscribed(void);

/* The pages of history that were read. */
size_t fake_bus_pages(void);

/* True: history is not answered until false; the pages that are waited for. */
void fake_bus_hold_history(bool hold);
size_t fake_bus_pages_held(void);

/* True: Redis answers nothing until false, but announces. */
void fake_bus_hold_answers(bool hold);

/* True: Redis does not let this process write down what it has lost. */
void fake_bus_refuse_rewinds(bool refuse);

/* An administrator kicks, as "user=ann", and every process hears it at once; or
 * this one reads it as the only kick in the list. */
void fake_bus_kick(const char *kick, uint64_t ms);
void fake_bus_list_kick(const char *kick, uint64_t ms);

/* Both connections go down at once, or one; or up again in the next turn. One
 * that is down stays so. */
void fake_bus_down(void);
void fake_bus_commands_down(void);
void fake_bus_subscription_down(void);
void fake_bus_up(void);

#endif
