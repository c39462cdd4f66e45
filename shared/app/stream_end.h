/* SPDX-License-Identifier: MIT */
/*
 * stream_end.h - how the response of a stream ends.
 *
 * It is cut, so that its client reconnects, or, after a notice, ended properly.
 * Each function frees the subscriber, or lets it end by its timer; end_reason
 * is set before.
 */
#ifndef SHARED_APP_STREAM_END_H
#define SHARED_APP_STREAM_END_H

#include <stdint.h>

#include "shared/app/subscriber.h"
#include "shared/model/kick.h"
#include "shared/technique.h"

/* Sends the last bytes and cuts the conn: the client reconnects. */
void stream_cut(struct subscriber *s, enum close_reason reason);

/* Its process ends, its time is up, or it is not held. One that is not held
 * ends a moment later. */
void stream_end_early(struct subscriber *s);

/* --- with a notice -------------------------------------------------------- */

/* Its right to all channels has expired: tells it, and ends the response. */
void stream_expire(struct subscriber *s);

/* The same of one that is kicked. */
void stream_kick(struct subscriber *s, const struct kick *kick, uint64_t ms);

#endif
