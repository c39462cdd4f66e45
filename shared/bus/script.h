/* SPDX-License-Identifier: MIT */
/*
 * script.h - a Lua script that Redis runs: sent with its first call, then
 * called by its hash, which is known from the build.
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

struct script_text {
	const char *hash; /* SHA-1 of the text, 40 digits */
	const char *text;
};

struct script {
	struct redis_conn *conn;	/* borrowed */
	const struct script_text *what; /* borrowed */
	bool sent;    /* or expected there: calls have only the hash */
	bool spelled; /* an ACL forbids EVALSHA: each call has the text */
};

/* Both lists end with NULL. The caller limits how long they are. */
struct script_input {
	const char *const *keys;
	const char *const *args;
};

/* Set up in place; there is nothing to free. It must outlive `conn`, because
 * pending replies use it. */
void script_init(struct script *script, struct redis_conn *conn,
		 const struct script_text *what);

/* The connection is up, maybe to another server: the next call has the text, so
 * that it keeps its place among other commands. */
void script_renew(struct script *script);

/* Redis most likely has the script: also the first call has only the hash, and
 * a process that runs it once and ends does not send 8 KB for nothing. */
void script_expect(struct script *script);

/*
 * Runs the script. The input is copied as far as it is needed. If Redis does
 * not have a script that is called by its hash (another server, SCRIPT FLUSH),
 * the call is sent again with the text: then it runs after commands that were
 * sent before the reply. fn(arg, reply) is called once, as by
 * redis_conn_command(). False: the connection is down, fn is not called.
 */
bool script_run(struct script *script, const struct script_input *input,
		redis_reply_fn *fn, void *arg) MUST_USE;

/* --- the scripts ---------------------------------------------------------- */

extern const struct script_text bus_publish_script;  /* publish.lua */
extern const struct script_text bus_tip_script;	     /* tip.lua */
extern const struct script_text bus_rights_script;   /* rights.lua */
extern const struct script_text bus_rewind_script;   /* rewind.lua */
extern const struct script_text bus_presence_script; /* presence.lua */
extern const struct script_text bus_entry_script;    /* entry.lua */
extern const struct script_text bus_entries_script;  /* entries.lua */
extern const struct script_text bus_kick_script;     /* kick.lua */
extern const struct script_text bus_kicks_script;    /* kicks.lua */

#endif
