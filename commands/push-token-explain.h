/* SPDX-License-Identifier: MIT */
/*
 * push-token-explain.h - push-token --explain: who may subscribe and publish to
 * a channel, and whether a token or a URL does.
 *
 *	To subscribe to orders-42 takes a token or a signed URL
 *	(access.subscribe = token).
 *	To publish to orders-42 takes …
 *	What is shown may subscribe to orders-42 until 2027-01-15T08:10:00Z.
 *	What is shown may not publish to orders-42: …
 *
 * It asks access.h, as the programs do. What only the web server knows, a user,
 * a redirect and the address of the client, is not shown.
 */
#ifndef COMMANDS_PUSH_TOKEN_EXPLAIN_H
#define COMMANDS_PUSH_TOKEN_EXPLAIN_H

#include <stdbool.h>

#include "shared/access/keys.h"
#include "shared/access/right.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/conf/conf.h"

struct buf;

enum {
	EXPLAIN_SHOWN_MAX = 16384, /* bytes of a request or a token */
	EXPLAIN_MAX = 4096	   /* bytes that are appended at most */
};

/*
 * `shown` is a JSON Web Token or the publish secret, as it is or after
 * `Authorization: Bearer`, or a URL or its query (which has a `=`). The channel
 * is valid. Appends lines without the last line end. True: it may do what
 * `right` says.
 */
bool push_token_explain(struct buf *out, struct access_keys *keys,
			const struct conf *conf, struct text shown,
			struct text channel, enum access_right right) MUST_USE;

#endif
