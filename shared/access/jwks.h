/* SPDX-License-Identifier: MIT */
/*
 * jwks.h - the keys that tokens are verified with: a secret, a public key in
 * PEM, or a JSON Web Key Set.
 *
 * A key is for one algorithm, which its type decides: HS256 for a secret, RS256
 * for RSA, ES256 for the curve P-256. So a public key is never the secret of
 * an HMAC.
 *
 *	secret	at least 32 bytes (RFC 7518, section 3.2)
 *	RSA	2048 to 8192 bits (section 3.3)
 *	EC	P-256
 *
 * Of a set, a key is left out whose type, curve, `alg`, `use` or `key_ops` says
 * that it verifies no such token, and one that lacks a member or has a wrong
 * value (RFC 7517, section 5).
 *
 * Source: RFC 7517, RFC 7518
 */
#ifndef SHARED_ACCESS_JWKS_H
#define SHARED_ACCESS_JWKS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum {
	JWKS_KEYS_MAX = 64,   /* in a set */
	JWKS_KID_MAX = 255,   /* bytes */
	JWKS_SECRET_MIN = 32, /* bytes */
	JWKS_SECRET_MAX = 4096
};

/* Named after the algorithm. */
enum jwk_type { JWK_HS256, JWK_RS256, JWK_ES256 };

struct jwk {
	enum jwk_type type;
	char *kid;   /* "": none */
	char *bytes; /* the secret, or the public key in PEM; then a NUL */
	size_t len;
};

/* Zeroed it is empty. */
struct jwks {
	struct jwk *at;
	size_t count;
	size_t left_out;     /* keys of the set that are not used */
	const char *why_out; /* the first of them: a phrase. Static */
};

/* Appends the one key that `text` is: a public key in PEM, or a secret, without
 * a line break at the end. Returns NULL, or why not: a sentence. Static. */
const char *jwks_add_key(struct jwks *out, struct text text) MUST_USE;

/* Appends the keys of a set, maybe none. Returns NULL, or why `text` is no set:
 * a sentence. Static. */
const char *jwks_add_set(struct jwks *out, struct text text) MUST_USE;

/* Overwrites the keys and frees them. */
void jwks_free(struct jwks *jwks);

#endif
