/* SPDX-License-Identifier: MIT */
/*
 * rights.h - tells the administrator at once when an ACL of Redis forbids what
 * the program needs (doc/redis.md). Nothing depends on it: a command that is
 * forbidden is an error wherever it is used.
 */
#ifndef SHARED_BUS_RIGHTS_H
#define SHARED_BUS_RIGHTS_H

#include <stdbool.h>

#include "shared/bus/keys.h"
#include "shared/conf/conf.h"

struct bus;

/* A command that tries what the scripts of the bus contain, on keys of a
 * channel without a name; see rights.lua for its reply. */
struct bus_rights_command {
	char names[6][BUS_KEY_SIZE];
	const char *words[12]; /* in `names`; ends with NULL */
};

/* With what only publishers need, and what only those who tell presence need.
 * `conf` is not needed afterwards. */
void bus_rights_command(struct bus_rights_command *out, const struct conf *conf,
			bool publishes, bool tells_presence);

/* The program publishes from now on: the rights to do so are checked, too, at
 * once if the connection is up. */
void bus_rights_to_publish(struct bus *bus);

/* --- for bus.c ------------------------------------------------------------ */

/* The connection for commands is up: asks Redis. Nothing, if the bus neither
 * subscribes nor publishes so. */
void bus_rights_check(struct bus *bus);

#endif
