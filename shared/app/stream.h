/* SPDX-License-Identifier: MIT */
/*
 * stream.h - subscribers whose response goes on.
 *
 * They get the head and the first bytes at once, then what their cursor lacks,
 * then live messages, and a heartbeat when nothing was sent for hold.beat (or
 * hold.beat_h2).
 * Above hold.max or a limit a stream is not held: it gets what its cursor lacks
 * and ends.
 *
 * The functions are for duplex.c, which is a stream with more.
 */
#ifndef SHARED_APP_STREAM_H
#define SHARED_APP_STREAM_H

#include <stdbool.h>

#include "shared/app/subscriber.h"
#include "shared/http/response.h"

extern const struct subscriber_kind stream_kind;
extern const struct catch_up_handler stream_catch_up_handler;

/* Its head has a Content-Length that is never reached (response.h). `held`: it
 * is not cut at once. */
bool stream_is_endless(const struct conf *conf, enum response_cut cut,
		       bool held) MUST_USE;

/* Its time, without that of its rights. Before stream_start(). */
void stream_set_life(struct subscriber *s);

void stream_start(struct subscriber *s, const struct params *params);
void stream_down(struct subscriber *s);
void stream_stop(struct subscriber *s);

/* What the timer of every stream does first: cuts one whose time (hold.max_age,
 * or that of one not held) is up, and catches up again after Redis could not be
 * read. True: it did; the subscriber may be freed. */
bool stream_timer(struct subscriber *s);

/* Sends a heartbeat, unless the client is behind. May free it. */
void stream_heartbeat(struct subscriber *s);

#endif
