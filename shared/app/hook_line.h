/* SPDX-License-Identifier: MIT */
/*
 * hook_line.h - what a hook is told of a subscriber, as a line of JSON.
 *
 *	{"event":"subscribe","channel":"news","technique":"sse",
 *	 "client":"tab-7","user":"ann","address":"192.0.2.1",
 *	 "time":1700000000250}
 *	{"event":"end",…,"reason":"left"}
 *	{"event":"lost","count":12,"time":1700000000250}
 *
 * The last one stands for events that nobody was told of.
 */
#ifndef SHARED_APP_HOOK_LINE_H
#define SHARED_APP_HOOK_LINE_H

#include "shared/app/subscriber_events.h"
#include "shared/base/buf.h"

enum { HOOK_LINE_MAX = 4096 /* bytes; more than the longest names take */ };

/* Both without a line break. */
void hook_line_put(struct buf *out, const struct subscriber_event *event);
void hook_line_put_lost(struct buf *out, unsigned int count);

#endif
