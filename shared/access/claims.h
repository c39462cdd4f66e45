/* SPDX-License-Identifier: MIT */
/*
 * claims.h - reads a JSON Web Token without verifying it.
 *
 *	header	{"alg":"HS256","typ":"JWT","kid":"…"}
 *	payload	{"mercure":{"subscribe":["orders-{id}"],"publish":[]},
 *		 "exp":1800000000,"nbf":…,"aud":…,"iss":"…","sub":"…"}
 *
 * The claim `mercure` is that of the Mercure protocol; its name may also be
 * https://mercure.rocks/, which then counts. Other claims are ignored.
 *
 * A token that is refused costs no more than reading its 8 KB: parts that are
 * no base64url, a header or payload with a name twice, another algorithm, a
 * signature of a wrong length, and extensions (crit), which nobody here knows,
 * are found before any signature is computed.
 *
 * Source: RFC 7515, RFC 7519; the Mercure protocol, "Authorization"
 */
#ifndef SHARED_ACCESS_CLAIMS_H
#define SHARED_ACCESS_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/access/jwks.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum {
	CLAIMS_TOKEN_MAX = 8192,    /* bytes of a token */
	CLAIMS_SELECTORS_MAX = 256, /* for each right */
	CLAIMS_SUBJECT_MAX = 255,   /* bytes */
	CLAIMS_LEEWAY = 10 /* seconds that the clock of the issuer may differ */
};

/* Selectors of channels (shared/access/selector.h). */
struct selectors {
	struct text *at;
	size_t count;
};

/* Zeroed it is empty. */
struct claims {
	enum jwk_type type; /* of the key for the token's algorithm */
	char *kid;	    /* of the key; "": the token names none */
	char *subject;	    /* `sub`: who sends it; NULL: none, or one that
			     * is no name (rules.h) */
	uint64_t expires;   /* seconds since 1970; the leeway included; 0:
			     * never */
	struct selectors subscribe, publish;
	void *memory; /* of the two */
};

/* What a token must say. */
struct claims_wanted {
	uint64_t now;	      /* seconds since 1970 */
	const char *audience; /* one of `aud`; "": any */
	const char *issuer;   /* `iss`; "": any */
};

/* Fills `out`, which is to be freed in any case. Returns NULL, or why the token
 * is refused: a sentence. Static. */
const char *claims_read(struct claims *out, struct text token,
			const struct claims_wanted *wanted) MUST_USE;

void claims_free(struct claims *claims);

/* A selector of the list matches the channel. */
bool selectors_match(const struct selectors *list,
		     struct text channel) MUST_USE;

#endif
