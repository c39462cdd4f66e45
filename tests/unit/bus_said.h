/* SPDX-License-Identifier: MIT */
/*
 * bus_said.h - the bus of a test, and the calls of its handler as one text:
 *
 *	up subscribed:news message:news:<id>:<prev>:chat:hi down
 */
#ifndef TESTS_UNIT_BUS_SAID_H
#define TESTS_UNIT_BUS_SAID_H

#include "shared/bus/bus.h"
#include "shared/bus/history.h"
#include "shared/bus/publish.h"
#include "shared/conf/conf.h"

enum { BUS_SAID_SIZE = 64 * 1024 };

/* The result of a call; `came` counts the callbacks. Zero it before the next
 * call. */
struct bus_said_publish {
	unsigned int came;
	struct publish_result result;
	char reason[256];
};

struct bus_said_tip {
	unsigned int came;
	enum bus_status status;
	struct id tip;
};

/* The text: <id>=<data>, separated by spaces. */
struct bus_said_history {
	unsigned int came;
	enum bus_status status;
	size_t count;
	char text[BUS_SAID_SIZE];
};

/* A bus that subscribes, its text empty; or one that does not subscribe. */
struct bus *bus_said_open(const struct conf *conf, char text[BUS_SAID_SIZE]);
struct bus *bus_said_open_silent(const struct conf *conf);

/* For bus_publish, bus_tip and bus_history. */
void bus_said_published(void *arg, const struct publish_result *result);
void bus_said_tip(void *arg, enum bus_status status, struct id tip);
void bus_said_history(void *arg, enum bus_status status,
		      struct message *const *messages, size_t count);

/* Publishes and waits for the result. `key` may be NULL. */
struct bus_said_publish bus_said_send(struct bus *bus, const char *channel,
				      const char *data, const char *key);

/* A publication without an event type. */
struct publication bus_said_publication(const char *channel, const char *data,
					const char *key);

#endif
