/* SPDX-License-Identifier: MIT */
/*
 * command.h - what a client that can talk back wants, in JSON.
 *
 *	{"publish":{"channel":"a","event":"chat","data":"hi","key":"k"}}
 *	{"subscribe":["b","c"],"since":"1700000000250-0"}
 *	{"unsubscribe":["b"]}
 *
 * Each may have "ref", a whole number or a text of at most 64 bytes, which
 * comes back in what is told of it:
 *
 *	{"ok":"publish","channel":"a","id":"1700000000251-0","ref":1}
 *	{"ok":"subscribe","channels":["a","b","c"],"ref":2}
 *	{"error":"…","status":403,"ref":3}
 *
 * That channels were changed is told when all are followed: from there on
 * nothing is missed.
 */
#ifndef SHARED_MODEL_COMMAND_H
#define SHARED_MODEL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/model/batch.h"
#include "shared/model/cursor.h"
#include "shared/model/message.h"
#include "shared/model/problem.h"

enum { COMMAND_REF_MAX = 64 }; /* bytes of a text */

enum command_kind { COMMAND_PUBLISH, COMMAND_SUBSCRIBE, COMMAND_UNSUBSCRIBE };

/* Kept while what it asks for is under way. */
struct command_ref {
	enum command_kind kind;
	size_t len; /* 0: there is none */
	char json[6 * COMMAND_REF_MAX + 3];
};

/* Its texts lie in `json`, each with a NUL behind it. */
struct command {
	struct command_ref ref;
	struct publication publication;	    /* PUBLISH */
	struct text channels[CHANNELS_MAX]; /* the others: checked */
	size_t channel_count;		    /* 1- */
	struct cursor since; /* SUBSCRIBE: where to begin in them */
	void *json;	     /* what was read */
};

/* Reads a text. False: refused, `p` is filled; `out->ref` is good either way,
 * as far as it could be read. Free with command_free(), either way. */
bool command_read(struct command *out, const char *text, size_t len,
		  struct problem *p) MUST_USE;
void command_free(struct command *command);

/* What became of it. */
struct reply {
	const struct command_ref *ref;
	const struct problem *problem; /* it was refused; NULL: it is done */
	const char *channel;	       /* PUBLISH: where, and the id it got */
	struct id id;
	const struct text *channels; /* the others: all it has now */
	size_t channel_count;
};

void reply_put_json(struct buf *out, const struct reply *o);

#endif
