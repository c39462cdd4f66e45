/* SPDX-License-Identifier: MIT */
/*
 * fake_bus.h - a bus in memory, for test programs without Redis.
 *
 * A program linked with fake_bus.c gets these bus_*() instead of those of
 * shared/bus/, and needs no hiredis. There is one bus at a time. It comes up in
 * the first turn of the loop, and answers the calls of each turn at the end of
 * that turn, in order. Messages are kept until it is closed; their ids are 1-0,
 * 2-0, ... over all channels.
 */
#ifndef TESTS_UNIT_FAKE_BUS_H
#define TESTS_UNIT_FAKE_BUS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/model/id.h"

/* Publishes as another process would: stored, and announced if the bus is up
 * and the channel is subscribed. */
struct id fake_bus_publish(const char *channel, const char *data);

/* Stores a message without announcing it. */
struct id fake_bus_store(const char *channel, const char *data);

/* The pages of history that were read. */
size_t fake_bus_pages(void);

/* True: history is not answered until false; the pages that are waited for. */
void fake_bus_hold_history(bool hold);
size_t fake_bus_pages_held(void);

/* Both connections go down at once, or one; or up again in the next turn. */
void fake_bus_down(void);
void fake_bus_commands_down(void);
void fake_bus_subscription_down(void);
void fake_bus_up(void);

#endif
