/* SPDX-License-Identifier: MIT */
/*
 * redis_names.h - SUBSCRIBE and UNSUBSCRIBE of many names, and their replies.
 *
 * Names that are added until redis_names_put() go into one command, up to
 * REDIS_NAMES_MAX bytes. Redis confirms each name by a reply of its own, in
 * order, among the messages; an error is the reply to a whole command. An ACL
 * that forbids one name refuses all of the command: then the names are sent
 * again, each alone.
 *
 * Source: https://redis.io/docs/latest/develop/pubsub/ (RESP2)
 */
#ifndef SHARED_BUS_REDIS_NAMES_H
#define SHARED_BUS_REDIS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/bus/redis_reply.h"

enum { REDIS_NAMES_MAX = 64 * 1024 }; /* bytes of the names of a command */

enum redis_names_result {
	REDIS_NAMES_MESSAGE,	/* [message, name, message] */
	REDIS_NAMES_CONFIRMED,	/* [subscribe or unsubscribe, name, count] */
	REDIS_NAMES_REFUSED,	/* an ACL forbids one name */
	REDIS_NAMES_AGAIN,	/* each name is to be put alone */
	REDIS_NAMES_UNEXPECTED, /* nobody asked for it */
	REDIS_NAMES_ERROR	/* an error, the reason to reconnect */
};

struct names_command;

struct redis_names {
	TAILQ_HEAD(names_commands, names_command) commands;
	size_t pending;	    /* names that are not confirmed */
	struct buf refused; /* the name, NUL-terminated */
};

/* Empty. Free with redis_names_clear(), after which it is empty again. */
void redis_names_init(struct redis_names *n);
void redis_names_clear(struct redis_names *n);

/* `name` is NUL-terminated and not empty. */
void redis_names_subscribe(struct redis_names *n, const char *name);
void redis_names_unsubscribe(struct redis_names *n, const char *name);

/* Appends the commands for all names added since the last call. */
void redis_names_put(struct redis_names *n, struct buf *out);

/* Judges a reply. */
enum redis_names_result
redis_names_reply(struct redis_names *n,
		  const struct redis_reply *reply) MUST_USE;

#endif
