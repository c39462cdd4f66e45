/* SPDX-License-Identifier: MIT */
/*
 * signed_query.h - signed requests to the stage (stage.h).
 */
#ifndef TESTS_UNIT_SIGNED_QUERY_H
#define TESTS_UNIT_SIGNED_QUERY_H

#include <stdint.h>

#include "shared/access/right.h"

/* Before stage_open(): sets access.secret, and access.subscribe = token. */
void signed_query_conf(void);

/* "channel=NAME&expires=…&sig=…", which ends in so many seconds. Valid until
 * the fourth call after this one. */
const char *signed_query(const char *channel, unsigned int seconds);

/* The same of a command: ",\"expires\":…,\"sig\":\"…\"". */
const char *signed_members(enum access_right right, const char *channel,
			   unsigned int seconds);

#endif
