/* SPDX-License-Identifier: MIT */
/*
 * stream_notices.h - what a stream is told that is no message: its cursor, who
 * is there, and its end.
 */
#ifndef SHARED_APP_STREAM_NOTICES_H
#define SHARED_APP_STREAM_NOTICES_H

#include "shared/app/subscriber.h"
#include "shared/model/end.h"

/* Adds its cursor: a client that disconnects before its first message resumes
 * from it. */
void stream_put_cursor(struct subscriber *s, struct chain *c);

/* The presence of each channel that has one, if it asks for it. */
void stream_send_presences(struct subscriber *s);

/* Tells it that its subscription to some channels ends, or to all. */
void stream_send_end(struct subscriber *s, const struct end *end);

#endif
