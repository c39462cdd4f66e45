/* SPDX-License-Identifier: MIT */
/*
 * history.h - the messages of a channel that Redis keeps, a page at a time.
 *
 * What a page costs is bounded before it is read. Redis counts messages, not
 * bytes, so a page is read by several commands, each for as many messages as
 * 256 KB have room for if all are as large as the largest that was seen of the
 * channel, or of message.max_bytes while none was. They may suddenly grow: so a
 * command asks for no more messages than 4 MB have room for if all are of
 * message.max_bytes, or than 32 if that is more.
 *
 * At most BUS_READS_MAX pages of the process are read at the same time; the
 * others wait in the order in which they were asked for, and one that is
 * cancelled meanwhile is not read.
 */
#ifndef SHARED_BUS_HISTORY_H
#define SHARED_BUS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/model/id.h"

struct bus;
struct message;

enum {
	BUS_READS_MAX = 8,
	BUS_PAGE_BYTES = 256 * 1024 /* of data in a page, unless it holds only
				     * one message */
};

/* Messages in order, oldest first, borrowed: the function may take references
 * of its own. It ends at `limit`, or before the message for which it has no
 * room. */
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
	size_t largest; /* bytes of data of the largest message that the caller
			 * has seen of the channel; 0: it has seen none */
	bool urgent;	/* goes before those that are not */
};

/* Asks for a page of a range, which is copied. NULL: the connection is down, fn
 * is not called. */
struct bus_call *bus_history(struct bus *bus, const struct bus_range *range,
			     bus_history_fn *fn, void *arg) MUST_USE;

/* The same for the newest messages; `after` and `through` do not count. */
struct bus_call *bus_newest(struct bus *bus, const struct bus_range *range,
			    bus_history_fn *fn, void *arg) MUST_USE;

#endif
