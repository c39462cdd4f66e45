/* SPDX-License-Identifier: MIT */
/*
 * token.h - verifies JSON Web Tokens: who sends one may subscribe or publish
 * to the channels that it lists (shared/access/claims.h).
 *
 *	keys = token_keys_open(&conf);
 *	token = token_verify(keys, text, &fault);
 *	if (token == NULL)
 *		401, with `fault`
 *	else if (!token_allows(token, ACCESS_SUBSCRIBE, channel))
 *		403
 *	token_unref(token);
 *
 * HS256, RS256 and ES256. The token says its algorithm and may name its key;
 * only keys of the type for that algorithm are tried (shared/access/jwks.h), so
 * that nobody can sign with a public key, or not at all.
 *
 * Tokens that were verified are kept until they expire
 * (shared/access/token_cache.h): to see one again costs no signature. The files
 * of keys are read when token_keys_fault() is asked or the first token comes,
 * and again when they change; then nothing is kept. A file that cannot be read
 * or understood does not replace the keys that were; this is logged, once. To
 * take all keys back, make the set of keys empty: {"keys":[]}.
 *
 * libjwt is loaded with the first token, libcrypto with the first public key or
 * token.
 *
 * Source: RFC 7515, RFC 7519, RFC 8725; https://github.com/benmcollins/libjwt
 */
#ifndef SHARED_ACCESS_TOKEN_H
#define SHARED_ACCESS_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access/right.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"

/* Each "": none. */
struct token_conf {
	const char *key;       /* a secret, or a public key in PEM */
	const char *key_file;  /* with one of these; a line break at the end
				* does not count */
	const char *jwks_file; /* with a JSON Web Key Set */
	const char *audience;  /* which `aud` must be or have */
	const char *issuer;    /* which `iss` must be */
};

struct token_keys;

/* Reads no file. The texts of `conf` are borrowed until token_keys_close(). */
struct token_keys *
token_keys_open(const struct token_conf *conf) MUST_USE RETURNS_NONNULL;

/* Tokens that are held stay valid. NULL is fine. */
void token_keys_close(struct token_keys *keys);

/* Reads what has changed. NULL, or what is wrong with a key or a file, which
 * the log says too: a sentence or the text of an errno. Static. */
const char *token_keys_fault(struct token_keys *keys) MUST_USE;

/* How many signatures were computed, right or wrong. */
uint64_t token_keys_signatures(const struct token_keys *keys) MUST_USE;

/* A token that was verified. */
struct token;

/* Returns a reference, or NULL: `*fault` is a sentence for the sender that says
 * what is wrong. Static. */
struct token *token_verify(struct token_keys *keys, struct text jwt,
			   const char **fault) MUST_USE;

struct token *token_ref(struct token *token) MUST_USE RETURNS_NONNULL;

/* NULL is fine. */
void token_unref(struct token *token);

/* Seconds since 1970 when token_verify() begins to refuse it: 10 seconds after
 * its `exp`, because clocks differ. 0: never. */
uint64_t token_expires(const struct token *token) MUST_USE;

/* Who sends it (`sub`). NULL: it does not say, or it is no name (rules.h). */
const char *token_subject(const struct token *token) MUST_USE;

/* Expired or not. */
bool token_allows(const struct token *token, enum access_right right,
		  struct text channel) MUST_USE;

#endif
