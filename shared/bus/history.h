/* SPDX-License-Identifier: MIT */
/*
 * history.h - the messages of a channel that Redis keeps, and its newest id.
 */
#ifndef SHARED_BUS_HISTORY_H
#define SHARED_BUS_HISTORY_H

#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/model/id.h"

struct bus;
struct message;

/* `tip` is 0-0 when nothing was ever published, or all trace of it expired. */
typedef void bus_tip_fn(void *arg, enum bus_status status, struct id tip);

/* Asks for the newest id of a channel. NULL: the connection is down, fn is not
 * called. */
struct bus_call *bus_tip(struct bus *bus, const char *channel, bus_tip_fn *fn,
			 void *arg) MUST_USE;

/* Messages in order, oldest first. fn may take references of its own. */
typedef void bus_history_fn(void *arg, enum bus_status status,
			    struct message *const *messages, size_t count);

/* The messages of a channel with after < id <= through, oldest first, and of
 * these at most `limit` (1-). */
struct bus_range {
	const char *channel;
	struct id after;
	struct id through;
	unsigned int limit;
};

/* Asks for a range, which is copied. NULL: the connection is down, fn is not
 * called. */
struct bus_call *bus_history(struct bus *bus, const struct bus_range *range,
			     bus_history_fn *fn, void *arg) MUST_USE;

/* Asks for the newest `limit` (1-) messages. NULL: the connection is down, fn
 * is not called. */
struct bus_call *bus_newest(struct bus *bus, const char *channel,
			    unsigned int limit, bus_history_fn *fn,
			    void *arg) MUST_USE;

#endif
