/* SPDX-License-Identifier: MIT */
/*
 * script.h - a Lua script that Redis runs: sent once a connection, then called
 * by its hash.
 *
 * Each <name>.lua of this folder becomes a string by the build (shared.am),
 * after those that it says that it uses, and without its lines of comment.
 *
 * Source: https://redis.io/docs/latest/develop/programmability/eval-intro/
 */
#ifndef SHARED_BUS_SCRIPT_H
#define SHARED_BUS_SCRIPT_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_conn.h"

enum { SCRIPT_HASH_SIZE = 40 + 1 };

struct script {
	struct redis_conn *conn; /* borrowed */
	const char *text;
	char hash[SCRIPT_HASH_SIZE]; /* "" until Redis tells it */
	bool asked; /* SCRIPT LOAD was sent on this connection */
};

/* Both lists end with NULL. The caller limits how long they are. */
struct script_input {
	const char *const *keys;
	const char *const *args;
};

/* Set up in place; there is nothing to free. It must outlive `conn`, because
 * pending replies use it. */
void script_init(struct script *script, struct redis_conn *conn,
		 const char *text);

/* The connection is up, maybe to another server: sends the script with SCRIPT
 * LOAD. Until Redis has answered, and if an ACL forbids SCRIPT, each call
 * contains the script. A script that is rarely needed is loaded by its first
 * call. */
void script_load(struct script *script);

/*
 * Runs the script. The input is copied as far as it is needed. If Redis has
 * lost the script (SCRIPT FLUSH), it is sent again, so calls that are sent
 * before the reply may run in another order. fn(arg, reply) is called once,
 * as by redis_conn_command(). False: the connection is down, fn is not called.
 */
bool script_run(struct script *script, const struct script_input *input,
		redis_reply_fn *fn, void *arg) MUST_USE;

/* --- the scripts ---------------------------------------------------------- */

extern const char bus_publish_script[];	 /* publish.lua */
extern const char bus_tip_script[];	 /* tip.lua */
extern const char bus_rights_script[];	 /* rights.lua */
extern const char bus_rewind_script[];	 /* rewind.lua */
extern const char bus_presence_script[]; /* presence.lua */
extern const char bus_entry_script[];	 /* entry.lua */
extern const char bus_entries_script[];	 /* entries.lua */
extern const char bus_kick_script[];	 /* kick.lua */
extern const char bus_kicks_script[];	 /* kicks.lua */

#endif
