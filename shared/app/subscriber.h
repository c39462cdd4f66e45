/* SPDX-License-Identifier: MIT */
/*
 * subscriber.h - a request that reads channels, from its first byte to its
 * last.
 *
 * It catches up, then is live in its fanout. A stream gets its head and first
 * bytes at once, then whatever comes, and a heartbeat when nothing does; a
 * technique that holds once waits for the first thing to say, or for its time
 * to run out. What there is no room to hold gets what there is, and ends.
 */
#ifndef SHARED_APP_SUBSCRIBER_H
#define SHARED_APP_SUBSCRIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/wheel.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf.h"
#include "shared/http/params.h"
#include "shared/hub/fanouts.h"
#include "shared/net/conn.h"

struct subscriber;

/* All subscribers of the process. */
struct subscribers {
	const struct technique *technique;
	const struct conf *conf;
	struct wheel *wheel;
	struct bus *bus;
	struct fanouts fanouts;
	size_t held;	 /* subscribers that are held now */
	size_t held_max; /* hold.max, or what the descriptors allow */
	bool ending;	 /* SIGTERM came: nobody is held any more */
};

/* technique, conf, wheel and held_max are filled by the caller; everything is
 * borrowed. `channels` is open. */
void subscribers_init(struct subscribers *all, struct channels *channels);
void subscribers_free(struct subscribers *all);

/* A request arrived on `conn` and asks for `params`; `client` is its address,
 * for the log. It is answered, now or later. */
void subscriber_start(struct subscribers *all, struct conn *conn,
		      const struct params *params, const char *client);

/* From the conn: its client sent something (technique.hear). */
void subscriber_heard(struct subscriber *r, const uint8_t *bytes, size_t len);

/* From the conn: it was behind and is not any more; it is gone. */
void subscriber_drained(struct subscriber *r);
void subscriber_gone(struct subscriber *r);

/* Ends all: streams are told to come back and cut, the others answered. */
void subscribers_end(struct subscribers *all);

#endif
