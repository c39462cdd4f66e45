/* SPDX-License-Identifier: MIT */
/*
 * duplex_publish.h - what a duplex client publishes.
 */
#ifndef SHARED_APP_DUPLEX_PUBLISH_H
#define SHARED_APP_DUPLEX_PUBLISH_H

#include <stdbool.h>
#include <sys/queue.h>

#include "shared/access/credentials.h"
#include "shared/app/subscriber.h"
#include "shared/base/attributes.h"
#include "shared/model/command.h"

LIST_HEAD(in_flight_list, in_flight);

/* Of one client. */
struct duplex_publish {
	struct in_flight_list in_flight; /* Redis has not answered yet */
	bool own_site;			 /* its page is of this site */
};

/* Starts to publish; the reply follows when Redis has answered. False: refused,
 * `p` is filled. */
bool duplex_publish(struct duplex_publish *dp, struct subscriber *s,
		    const struct credentials *credentials,
		    const struct command *command, struct problem *p) MUST_USE;

/* The conn has closed: drops the replies. The messages are published
 * nevertheless, and the channels that they create count. */
void duplex_publish_free(struct duplex_publish *dp);

#endif
