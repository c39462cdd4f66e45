/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_greeting.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shared/bus/redis_command.h"
#include "shared/bus/redis_error.h"
#include "shared/conf/redis_url.h"

/* Replies to come, without that to ROLE, before that to PING, and to INFO, is
 * read. */
enum { LEFT_AT_PING = 2, LEFT_AT_INFO = 1 };

static void
put(struct redis_greeting *g, struct buf *out, const char *const *words)
{
	redis_command_put_strings(out, words);
	g->replies++;
}

static void
put_auth(struct redis_greeting *g, struct buf *out, const struct redis_url *url)
{
	bool with_user = url->user[0] != '\0';
	const char *words[] = {"AUTH", with_user ? url->user : url->password,
			       with_user ? url->password : NULL, NULL};

	put(g, out, words);
}

void
redis_greeting_put(struct redis_greeting *g, struct buf *out,
		   const struct redis_url *url, bool must_be_master)
{
	static const char *const ping[] = {"PING", NULL};
	static const char *const role[] = {"ROLE", NULL};
	static const char *const info[] = {"INFO", "server", NULL};
	char db[16];
	const char *select[] = {"SELECT", db, NULL};

	memset(g, 0, sizeof(*g));
	snprintf(db, sizeof(db), "%u", url->db);
	if (url->password[0] != '\0')
		put_auth(g, out, url);
	if (url->db != 0)
		put(g, out, select);
	put(g, out, ping);
	put(g, out, info);
	if (must_be_master)
		put(g, out, role);
	g->role = must_be_master;
}

/* Redis serves others commands nevertheless. MISCONF: it accepts no writes. */
static bool
is_harmless(const char *error)
{
	enum redis_error kind = redis_error_kind(error);

	return kind == REDIS_ERROR_NOPERM || kind == REDIS_ERROR_MISCONF ||
	       strncmp(error, "ERR unknown command", 19) == 0;
}

static void
read_run_id(struct redis_greeting *g, struct text info)
{
	static const char name[] = "run_id:";
	struct text line;
	size_t len = sizeof(name) - 1;

	while (text_cut(&info, '\n', &line))
		if (line.len >= len && memcmp(line.bytes, name, len) == 0)
			snprintf(g->run_id, sizeof(g->run_id), "%.*s",
				 (int)strcspn(line.bytes + len, "\r\n"),
				 line.bytes + len);
}

/* The reply to ROLE: ["master", ...]. */
static bool
is_master(const struct redis_reply *reply)
{
	return redis_reply_count(reply) > 0 &&
	       text_is(redis_reply_string(redis_reply_at(reply, 0)), "master");
}

enum redis_greeting_state
redis_greeting_reply(struct redis_greeting *g, const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);
	unsigned int left = g->replies - g->role;

	if (error != NULL && (left > LEFT_AT_PING || !is_harmless(error)))
		return REDIS_GREETING_FAILED;
	if (left == LEFT_AT_INFO)
		read_run_id(g, redis_reply_string(reply));
	if (left == 0 && error == NULL && !is_master(reply))
		return REDIS_GREETING_REPLICA;
	g->replies--;
	return g->replies == 0 ? REDIS_GREETING_DONE : REDIS_GREETING_MORE;
}
