/* SPDX-License-Identifier: MIT */
/*
 * subscribers.h - all subscribers of the process, whatever their kind.
 */
#ifndef SHARED_APP_SUBSCRIBERS_H
#define SHARED_APP_SUBSCRIBERS_H

#include "shared/app/subscriber.h"
#include "shared/hub/channels.h"

/* technique, conf, wheel and held_max (hold.max, or what the descriptors
 * allow) are set by the caller; all is borrowed. `channels` is open. */
void subscribers_init(struct subscribers *all, struct channels *channels);
void subscribers_free(struct subscribers *all);

/* Serves a request for `params` that came on `conn`; `client` is its address,
 * for the log. */
void subscribers_start(struct subscribers *all, struct conn *conn,
		       const struct params *params,
		       const struct client_id *client);

/* The process ends: holds none any more. Streams are cut, their clients
 * reconnect; batches get their response. */
void subscribers_stop(struct subscribers *all);

#endif
