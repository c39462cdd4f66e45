/* SPDX-License-Identifier: MIT */
/*
 * redis_place.h - where Redis is, and for whom it is asked.
 */
#ifndef COMMANDS_DOCTOR_REDIS_PLACE_H
#define COMMANDS_DOCTOR_REDIS_PLACE_H

#include <stdbool.h>

#include "commands/doctor/finding.h"
#include "commands/doctor/redis_facts.h"

/* A name or an address of this machine. */
bool redis_is_loopback(const char *host) MUST_USE;

/* It is on this machine for sure. */
bool redis_is_local(const struct conf *c) MUST_USE;

/* The user of bus.url, or "default". */
const char *redis_user(const struct conf *c);

/* Adds a line for its configuration file to the last finding. */
void redis_paste(struct doctor *d, const struct redis_facts *f,
		 const char *line);

#endif
