/* SPDX-License-Identifier: MIT */
/*
 * history.h - the messages of a channel that Redis keeps.
 */
#ifndef SHARED_BUS_HISTORY_H
#define SHARED_BUS_HISTORY_H

#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/model/id.h"

struct bus;
struct message;

/* Messages in order, oldest first, borrowed: the function may take references
 * of its own. */
struct bus_page {
	enum bus_status status;
	struct message *const *messages;
	size_t count;
	struct id end; /* of bus_history(): all that is kept up to this id is
			* in the page; ids without a message are not kept, or
			* were not stored by pushcgi */
};

typedef void bus_history_fn(void *arg, const struct bus_page *page);

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
