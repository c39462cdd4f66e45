/* SPDX-License-Identifier: MIT */
/*
 * push-token-jwt.h - a JSON Web Token for channels (shared/access/claims.h).
 *
 * Source: RFC 7515, RFC 7519; the Mercure protocol, "Authorization"
 */
#ifndef COMMANDS_PUSH_TOKEN_JWT_H
#define COMMANDS_PUSH_TOKEN_JWT_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/push-token-options.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"

struct buf;

/* What else the programs want of a token; each "": nothing. */
struct push_token_jwt_names {
	const char *audience; /* access.jwt_audience */
	const char *issuer;   /* access.jwt_issuer */
};

/* NULL, or a sentence that says why `key`, without its line end, signs no
 * token. Static. */
const char *push_token_jwt_key_fault(struct text key) MUST_USE;

/*
 * Appends the token of the options, valid from `now`, seconds since 1970, on;
 * HS256 with `key`, which has no fault. False: it cannot be signed;
 * hmac_fault() says why. The buffer turns bad if the token is longer than
 * programs accept.
 */
bool push_token_jwt(struct buf *out, const struct push_token_options *o,
		    struct text key, const struct push_token_jwt_names *names,
		    uint64_t now) MUST_USE;

#endif
