/* SPDX-License-Identifier: MIT */
/*
 * duplex_reply.h - tells a duplex client the result of its command.
 */
#ifndef SHARED_APP_DUPLEX_REPLY_H
#define SHARED_APP_DUPLEX_REPLY_H

#include "shared/app/subscriber.h"
#include "shared/model/command.h"

void duplex_reply(struct subscriber *s, const struct reply *reply);

/* The command failed. */
void duplex_reply_problem(struct subscriber *s, const struct command_ref *ref,
			  const struct problem *p);

#endif
