/* SPDX-License-Identifier: MIT */
/*
 * bus_trace.h - the bus of a test, and the calls of its handler as one text:
 *
 *	up subscription_up subscribed:news message:news:<id>:<prev>:chat:hi
 *	subscription_down down
 */
#ifndef TESTS_UNIT_BUS_TRACE_H
#define TESTS_UNIT_BUS_TRACE_H

#include "shared/bus/bus.h"
#include "shared/bus/history.h"
#include "shared/bus/publish.h"
#include "shared/bus/tip.h"
#include "shared/conf/conf.h"

enum { BUS_TRACE_SIZE = 64 * 1024 };

/* The result of a call; `calls` counts the callbacks. Zero it before the next
 * call. */
struct bus_trace_publish {
	unsigned int calls;
	struct publish_result result;
	char reason[256];
};

struct bus_trace_tip {
	unsigned int calls;
	enum bus_status status;
	struct tip tip;
};

/* The text: <id>=<data>, separated by spaces. */
struct bus_trace_history {
	unsigned int calls;
	enum bus_status status;
	size_t count;
	struct id end;
	char text[BUS_TRACE_SIZE];
};

/* A bus that subscribes, its text empty; or one that does not subscribe. */
struct bus *bus_trace_open(const struct conf *conf, char text[BUS_TRACE_SIZE]);
struct bus *bus_trace_open_plain(const struct conf *conf);

/* Is `word` one of those of the text? */
bool bus_trace_has(const char *text, const char *word);

/* For bus_publish, bus_tip and bus_history. */
void bus_trace_published(void *arg, const struct publish_result *result);
void bus_trace_tip(void *arg, enum bus_status status, const struct tip *tip);
void bus_trace_history(void *arg, const struct bus_page *page);

/* Publishes and waits for the result. `key` may be NULL. */
struct bus_trace_publish bus_trace_publish_now(struct bus *bus,
					       const char *channel,
					       const char *data,
					       const char *key);

/* A publication without an event type. */
struct publication bus_trace_publication(const char *channel, const char *data,
					 const char *key);

#endif
