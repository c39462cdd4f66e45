/* SPDX-License-Identifier: MIT */
/*
 * command.h - what a duplex client asks for, and the reply, in JSON.
 *
 *	{"publish":{"channel":"a","event":"chat","data":"hi","key":"k"}}
 *	{"subscribe":["b","c"],"since":"1700000000250-0"}
 *	{"unsubscribe":["b"]}
 *
 * The first two may have "token", or "expires" and "sig", as the parameters of
 * a request.
 *
 * Each may have "ref", an integer or a string of at most 64 bytes, which its
 * reply repeats:
 *
 *	{"ok":"publish","channel":"a","id":"1700000000251-0","ref":1}
 *	{"ok":"subscribe","channels":["a","b","c"],"ref":2}
 *	{"error":"…","status":403,"ref":3}
 *
 * The reply to a change of channels is sent when all subscriptions are active:
 * no message is missed after it.
 */
#ifndef SHARED_MODEL_COMMAND_H
#define SHARED_MODEL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/text.h"
#include "shared/model/cursor.h"
#include "shared/model/id.h"
#include "shared/model/problem.h"
#include "shared/model/publication.h"
#include "shared/model/rules.h"

enum { COMMAND_REF_MAX = 64 }; /* bytes of a string */

enum command_kind { COMMAND_PUBLISH, COMMAND_SUBSCRIBE, COMMAND_UNSUBSCRIBE };

/* What a reply needs of its command. */
struct command_ref {
	enum command_kind kind;
	size_t len; /* of `json`; 0: no "ref" */
	char json[6 * COMMAND_REF_MAX + 3];
};

/* Its texts are borrowed from `json`, each followed by a NUL. */
struct command {
	struct command_ref ref;
	struct publication publication;	    /* PUBLISH */
	struct text channels[CHANNELS_MAX]; /* the others; valid names */
	size_t channel_count;		    /* 1- */
	struct cursor since;		    /* SUBSCRIBE: where to start */
	struct text token, expires, sig;    /* each empty: not given */
	char expires_digits[24];	    /* if it was a number */
	void *json;			    /* the parsed text */
};

/* Parses a command. False: refused, `p` is filled, and `out->ref` holds what
 * could be read of it. Call command_free() in either case. */
bool command_read(struct command *out, struct text text,
		  struct problem *p) MUST_USE;
void command_free(struct command *command);

/* The result of a command. */
struct reply {
	const struct command_ref *ref;
	const struct problem *problem; /* why it failed; NULL: done */
	struct text channel;	       /* PUBLISH: of the message */
	struct id id;		       /* PUBLISH: of the message */
	const struct text *channels;   /* the others: all channels it has now */
	size_t channel_count;
};

void reply_put_json(struct buf *out, const struct reply *reply);

#endif
