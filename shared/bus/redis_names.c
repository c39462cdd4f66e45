/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"
#include "shared/bus/redis_command.h"
#include "shared/bus/redis_error.h"

struct names_command {
	TAILQ_ENTRY(names_command) link;
	const char *verb;
	bool alone; /* nothing is to be added */
	bool sent;
	size_t count;	  /* names */
	size_t confirmed; /* of them */
	size_t next;	  /* byte where the first one not confirmed begins */
	struct buf names; /* each with a NUL */
};

static const char SUBSCRIBE[] = "subscribe", UNSUBSCRIBE[] = "unsubscribe";

static void
free_command(struct redis_names *n, struct names_command *c)
{
	TAILQ_REMOVE(&n->commands, c, link);
	buf_free(&c->names);
	free(c);
}

void
redis_names_init(struct redis_names *n)
{
	memset(n, 0, sizeof(*n));
	TAILQ_INIT(&n->commands);
	buf_init(&n->refused, SIZE_MAX);
}

void
redis_names_clear(struct redis_names *n)
{
	while (!TAILQ_EMPTY(&n->commands))
		free_command(n, TAILQ_FIRST(&n->commands));
	buf_free(&n->refused);
	n->pending = 0;
}

/* --- commands ------------------------------------------------------------- */

static struct names_command *
new_command(struct redis_names *n, const char *verb)
{
	struct names_command *c = xcalloc(1, sizeof(*c));

	c->verb = verb;
	buf_init(&c->names, SIZE_MAX);
	TAILQ_INSERT_TAIL(&n->commands, c, link);
	return c;
}

static void
add_name(struct redis_names *n, struct names_command *c, const char *name)
{
	buf_put(&c->names, name, strlen(name) + 1);
	c->count++;
	n->pending++;
}

static void
add(struct redis_names *n, const char *verb, const char *name)
{
	struct names_command *c = TAILQ_LAST(&n->commands, names_commands);

	if (c == NULL || c->sent || c->alone || c->verb != verb ||
	    c->names.len + strlen(name) > REDIS_NAMES_MAX)
		c = new_command(n, verb);
	add_name(n, c, name);
}

void
redis_names_subscribe(struct redis_names *n, const char *name)
{
	add(n, SUBSCRIBE, name);
}

void
redis_names_unsubscribe(struct redis_names *n, const char *name)
{
	add(n, UNSUBSCRIBE, name);
}

static void
put_command(struct names_command *c, struct buf *out)
{
	struct text *words = xcalloc(c->count + 1, sizeof(*words));
	const char *at = c->names.bytes;

	words[0] = text_of(c->verb);
	for (size_t i = 1; i <= c->count; i++) {
		words[i] = text_of(at);
		at += words[i].len + 1;
	}
	redis_command_put(out, words, c->count + 1);
	free(words);
	c->sent = true;
}

void
redis_names_put(struct redis_names *n, struct buf *out)
{
	struct names_command *c;

	/* those that were not sent are the last */
	TAILQ_FOREACH_REVERSE(c, &n->commands, names_commands, link)
	if (c->sent)
		break;
	c = c == NULL ? TAILQ_FIRST(&n->commands) : TAILQ_NEXT(c, link);
	for (; c != NULL; c = TAILQ_NEXT(c, link))
		put_command(c, out);
}

/* --- replies -------------------------------------------------------------- */

/* NULL: no reply is expected. */
static struct names_command *
expecting(const struct redis_names *n)
{
	struct names_command *c = TAILQ_FIRST(&n->commands);

	return c != NULL && c->sent ? c : NULL;
}

/* Each name of the command becomes a command of its own. One of these may then
 * follow an UNSUBSCRIBE of the name: messages that nobody wants are ignored. */
static void
split(struct redis_names *n, struct names_command *c)
{
	const char *at = c->names.bytes;
	struct names_command *one;

	for (size_t i = 0; i < c->count; i++, at += strlen(at) + 1) {
		one = new_command(n, c->verb);
		one->alone = true;
		add_name(n, one, at);
	}
	n->pending -= c->count;
	free_command(n, c);
}

static enum redis_names_result
refused(struct redis_names *n, const char *error)
{
	struct names_command *c = expecting(n);

	if (c == NULL || c->confirmed > 0 ||
	    redis_error_kind(error) != REDIS_ERROR_NOPERM)
		return REDIS_NAMES_ERROR;
	if (c->count > 1) {
		split(n, c);
		return REDIS_NAMES_AGAIN;
	}
	buf_clear(&n->refused);
	buf_put(&n->refused, c->names.bytes, c->names.len);
	n->pending--;
	free_command(n, c);
	return REDIS_NAMES_REFUSED;
}

static enum redis_names_result
confirmed(struct redis_names *n, struct text verb, struct text name)
{
	struct names_command *c = expecting(n);

	if (c == NULL || !text_is(verb, c->verb) ||
	    !text_is(name, c->names.bytes + c->next))
		return REDIS_NAMES_UNEXPECTED;
	n->pending--;
	c->next += name.len + 1;
	if (++c->confirmed == c->count)
		free_command(n, c);
	return REDIS_NAMES_CONFIRMED;
}

enum redis_names_result
redis_names_reply(struct redis_names *n, const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);
	struct text kind, name;

	if (error != NULL)
		return refused(n, error);
	if (redis_reply_count(reply) != 3)
		return REDIS_NAMES_UNEXPECTED;
	kind = redis_reply_string(redis_reply_at(reply, 0));
	name = redis_reply_string(redis_reply_at(reply, 1));
	if (name.bytes == NULL)
		return REDIS_NAMES_UNEXPECTED;
	if (!text_is(kind, "message"))
		return confirmed(n, kind, name);
	return redis_reply_string(redis_reply_at(reply, 2)).bytes != NULL
		   ? REDIS_NAMES_MESSAGE
		   : REDIS_NAMES_UNEXPECTED;
}
