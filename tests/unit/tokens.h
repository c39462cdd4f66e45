/* SPDX-License-Identifier: MIT */
/*
 * tokens.h - JSON Web Tokens for a test, signed with keys of its own.
 */
#ifndef TESTS_UNIT_TOKENS_H
#define TESTS_UNIT_TOKENS_H

#include <stddef.h>

#include "shared/base/text.h"

/* The secret of TOKENS_HS256. */
#define TOKENS_SECRET "a secret of at least thirty-two bytes"

enum tokens_signer {
	TOKENS_UNSIGNED,     /* an empty signature */
	TOKENS_HS256,	     /* by TOKENS_SECRET */
	TOKENS_HS256_BY_PEM, /* by the text of the public key of RS256 */
	TOKENS_RS256,
	TOKENS_RS256_OTHER, /* by another key */
	TOKENS_ES256,
	TOKENS_ES256_OTHER,
	TOKENS_ES256_DER, /* encoded as outside of JOSE */
	TOKENS_SIGNERS
};

/* Makes the keys, once for all tests. Other calls do it when it was not done.
 */
void tokens_prepare(void);

/* A token with this header and payload, which need not be JSON. NUL-terminated;
 * free it. */
char *tokens_make(struct text header, struct text payload,
		  enum tokens_signer signer);

/* The same with a header {"alg":…,"typ":"JWT"}. */
char *tokens_sign(const char *payload, enum tokens_signer signer);

/* The public key in PEM; with its private half when `secret`. Free it. */
char *tokens_pem(enum tokens_signer signer, int secret);

/* The public key, or the secret, as a JSON Web Key. `more` is text such as
 * ",\"kid\":\"a\"". Free it. */
char *tokens_jwk(enum tokens_signer signer, const char *more);

#endif
