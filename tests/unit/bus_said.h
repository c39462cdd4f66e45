/* SPDX-License-Identifier: MIT */
/*
 * bus_said.h - a bus of a test, and what it says, as one text:
 *
 *	up subscribed:news message:news:<id>:<prev>:chat:hi down
 */
#ifndef TESTS_UNIT_BUS_SAID_H
#define TESTS_UNIT_BUS_SAID_H

#include "shared/bus/bus.h"

enum { BUS_SAID_SIZE = 64 * 1024 };

/* What a call came to; `came` counts. Zero it before the next. */
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

/* Its text: <id>=<data>, with a space between. */
struct bus_said_history {
	unsigned int came;
	enum bus_status status;
	size_t count;
	char text[BUS_SAID_SIZE];
};

/* One that subscribes; or one that does not. `text` is empty then. */
struct bus *bus_said_open(const struct conf *conf, char text[BUS_SAID_SIZE]);
struct bus *bus_said_open_silent(const struct conf *conf);

/* For bus_publish, bus_tip and bus_history. */
void bus_said_published(void *arg, const struct publish_result *result);
void bus_said_tip(void *arg, enum bus_status status, struct id tip);
void bus_said_history(void *arg, enum bus_status status,
		      struct message *const *messages, size_t count);

/* Publishes and waits for what comes of it. `key` may be NULL. */
struct bus_said_publish bus_said_send(struct bus *bus, const char *channel,
				      const char *data, const char *key);

/* The publication of a message without type. */
struct publication bus_said_publication(const char *channel, const char *data,
					const char *key);

#endif
