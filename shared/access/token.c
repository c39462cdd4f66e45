/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/token.h"

#include <errno.h>
#include <jwt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/claims.h"
#include "shared/access/jwks.h"
#include "shared/access/libcrypto.h"
#include "shared/access/selector.h"
#include "shared/access/token_cache.h"
#include "shared/base/clock.h"
#include "shared/base/file_text.h"
#include "shared/base/library.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"

enum { TRIES_MAX = 8 }; /* keys of the right type for one token */

/* Where keys come from. */
struct source {
	const char *name; /* for the log */
	const char *(*add)(struct jwks *out, struct text text);
	struct file_text file; /* path "": none */
	struct jwks keys;
	const char *fault; /* NULL: none */
};

enum { SOURCE_KEY, SOURCE_KEY_FILE, SOURCE_JWKS, SOURCES };

struct token_keys {
	struct token_conf conf;
	struct source sources[SOURCES];
	bool has_read_key;
	struct token_cache cache;
	uint64_t signatures;
};

struct token {
	unsigned int refs;
	struct claims claims;
};

/* --- libjwt --------------------------------------------------------------- */

struct libjwt {
	__typeof__(jwt_decode) *jwt_decode;
	__typeof__(jwt_get_alg) *jwt_get_alg;
	__typeof__(jwt_free) *jwt_free;
};

static const struct libjwt *
libjwt_load(void)
{
	static const struct library_function functions[] = {
	    {"jwt_decode", offsetof(struct libjwt, jwt_decode)},
	    {"jwt_get_alg", offsetof(struct libjwt, jwt_get_alg)},
	    {"jwt_free", offsetof(struct libjwt, jwt_free)},
	    {NULL, 0}};
	static struct libjwt libjwt;
	static bool tried, loaded;

	if (tried)
		return loaded ? &libjwt : NULL;
	tried = true;
	loaded = libcrypto_load() != NULL &&
		 library_load(&libjwt, LIBJWT_SONAME, functions) == LIBRARY_OK;
	if (!loaded)
		log_error("token_library",
			  "library=%s reason=\"it or OpenSSL's libcrypto is "
			  "not installed, or another than at compile time\"",
			  LIBJWT_SONAME);
	return loaded ? &libjwt : NULL;
}

/* The token was signed with `key`. */
static bool
is_signed(const struct libjwt *l, const char *token, const struct jwk *key)
{
	static const jwt_alg_t algorithms[] = {[JWK_HS256] = JWT_ALG_HS256,
					       [JWK_RS256] = JWT_ALG_RS256,
					       [JWK_ES256] = JWT_ALG_ES256};
	jwt_t *jwt = NULL;
	int error = l->jwt_decode(&jwt, token, (unsigned char *)key->bytes,
				  (int)key->len);
	bool good;

	if (error == ENOMEM)
		xalloc_failed();
	/* libjwt has read the token by itself: it must have seen the same. */
	good = error == 0 && jwt != NULL &&
	       l->jwt_get_alg(jwt) == algorithms[key->type];
	l->jwt_free(jwt);
	libcrypto_load()->ERR_clear_error();
	return good;
}

/* --- keys ----------------------------------------------------------------- */

static void
drop_token(void *value)
{
	token_unref(value);
}

struct token_keys *
token_keys_open(const struct token_conf *conf)
{
	struct token_keys *keys = xcalloc(1, sizeof(*keys));

	keys->conf = *conf;
	keys->sources[SOURCE_KEY] =
	    (struct source){.name = "access.jwt_key", .add = jwks_add_key};
	keys->sources[SOURCE_KEY_FILE] =
	    (struct source){.name = "access.jwt_key_file", .add = jwks_add_key};
	keys->sources[SOURCE_JWKS] =
	    (struct source){.name = "access.jwks_file", .add = jwks_add_set};
	file_text_init(&keys->sources[SOURCE_KEY].file, "");
	file_text_init(&keys->sources[SOURCE_KEY_FILE].file, conf->key_file);
	file_text_init(&keys->sources[SOURCE_JWKS].file, conf->jwks_file);
	token_cache_init(&keys->cache, drop_token);
	return keys;
}

void
token_keys_close(struct token_keys *keys)
{
	if (keys == NULL)
		return;
	token_cache_clear(&keys->cache);
	for (size_t i = 0; i < SOURCES; i++) {
		jwks_free(&keys->sources[i].keys);
		file_text_free(&keys->sources[i].file);
	}
	free(keys);
}

static void
set_fault(struct source *s, const char *fault)
{
	s->fault = fault;
	log_warn("token_keys", "setting=%s reason=\"%s\"", s->name, fault);
}

/* Keys that are no better than those before do not replace them. */
static void
use_text(struct token_keys *keys, struct source *s, struct text text)
{
	struct jwks fresh = {0};
	const char *fault = s->add(&fresh, text);

	if (fault != NULL) {
		jwks_free(&fresh);
		set_fault(s, fault);
		return;
	}
	jwks_free(&s->keys);
	s->keys = fresh;
	s->fault = NULL;
	token_cache_clear(&keys->cache);
	if (fresh.left_out > 0)
		log_warn("token_keys",
			 "setting=%s keys=%zu left_out=%zu reason=\"%s\"",
			 s->name, fresh.count, fresh.left_out, fresh.why_out);
	else
		log_info("token_keys", "setting=%s keys=%zu", s->name,
			 fresh.count);
}

static void
refresh_file(struct token_keys *keys, struct source *s)
{
	switch (file_text_refresh(&s->file)) {
	case FILE_TEXT_NEW:
		use_text(keys, s, s->file.text);
		return;
	case FILE_TEXT_UNREADABLE:
		set_fault(s, s->file.fault);
		return;
	case FILE_TEXT_SAME:
		return;
	}
}

static void
refresh(struct token_keys *keys)
{
	if (!keys->has_read_key && keys->conf.key[0] != '\0')
		use_text(keys, &keys->sources[SOURCE_KEY],
			 text_of(keys->conf.key));
	keys->has_read_key = true;
	for (size_t i = 0; i < SOURCES; i++)
		if (keys->sources[i].file.path[0] != '\0')
			refresh_file(keys, &keys->sources[i]);
}

const char *
token_keys_fault(struct token_keys *keys)
{
	refresh(keys);
	for (size_t i = 0; i < SOURCES; i++)
		if (keys->sources[i].fault != NULL)
			return keys->sources[i].fault;
	return NULL;
}

uint64_t
token_keys_signatures(const struct token_keys *keys)
{
	return keys->signatures;
}

/* --- verify --------------------------------------------------------------- */

/* A kid is a hint: a key or a token without one fits any. */
static bool
may_be_of(const struct jwk *key, const struct claims *claims)
{
	return key->type == claims->type &&
	       (key->kid[0] == '\0' || claims->kid[0] == '\0' ||
		strcmp(key->kid, claims->kid) == 0);
}

/* Tries the keys of one source. */
static bool
try_keys(struct token_keys *keys, const struct jwks *list, const char *token,
	 const struct claims *claims, unsigned int *tries)
{
	const struct libjwt *l = libjwt_load();

	for (size_t i = 0; i < list->count && *tries < TRIES_MAX; i++) {
		if (!may_be_of(&list->at[i], claims))
			continue;
		(*tries)++;
		keys->signatures++;
		if (is_signed(l, token, &list->at[i]))
			return true;
	}
	return false;
}

/* Returns NULL, or why the signature is not accepted: a sentence. */
static const char *
check_signature(struct token_keys *keys, struct text jwt,
		const struct claims *claims)
{
	char token[CLAIMS_TOKEN_MAX + 1];
	unsigned int tries = 0;
	size_t count = 0;

	if (libjwt_load() == NULL)
		return "This server cannot verify tokens; its log says why.";
	memcpy(token, jwt.bytes, jwt.len);
	token[jwt.len] = '\0';
	for (size_t i = 0; i < SOURCES; i++) {
		if (try_keys(keys, &keys->sources[i].keys, token, claims,
			     &tries))
			return NULL;
		count += keys->sources[i].keys.count;
	}
	if (count == 0)
		return "This server has no key to verify tokens with; its log "
		       "says why.";
	if (tries == 0)
		return "This server has no key for the algorithm (alg) and "
		       "the key id (kid) of the token.";
	return "The signature of the token is wrong: it was signed with "
	       "another key, or changed.";
}

/* Selectors that match nothing are no reason to refuse the others. */
static void
log_faults(const struct selectors *list, const char *right)
{
	struct text first = {0};
	const char *why = NULL;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *fault = selector_fault(list->at[i]);

		if (fault != NULL && count++ == 0) {
			first = list->at[i];
			why = fault;
		}
	}
	if (count > 0)
		log_warn("token_selector",
			 "right=%s selector=\"%.*s\" count=%zu reason=\"%s\"",
			 right, (int)first.len, first.bytes, count, why);
}

static struct token *
remember(struct token_keys *keys, struct text jwt, struct claims *claims)
{
	struct token *token = xmalloc(sizeof(*token));

	*token = (struct token){.refs = 1, .claims = *claims};
	log_faults(&claims->subscribe, "subscribe");
	log_faults(&claims->publish, "publish");
	token_cache_put(&keys->cache, jwt, token_ref(token));
	return token;
}

struct token *
token_verify(struct token_keys *keys, struct text jwt, const char **fault)
{
	const struct claims_wanted wanted = {.now = clock_unix(),
					     .audience = keys->conf.audience,
					     .issuer = keys->conf.issuer};
	struct claims claims;
	struct token *token;

	refresh(keys);
	token = jwt.len <= CLAIMS_TOKEN_MAX
		    ? token_cache_find(&keys->cache, jwt)
		    : NULL;
	if (token != NULL &&
	    (token->claims.expires == 0 || token->claims.expires > wanted.now))
		return token_ref(token);
	if (token != NULL)
		token_cache_remove(&keys->cache, jwt);
	*fault = claims_read(&claims, jwt, &wanted);
	if (*fault == NULL)
		*fault = check_signature(keys, jwt, &claims);
	if (*fault == NULL)
		return remember(keys, jwt, &claims);
	claims_free(&claims);
	return NULL;
}

/* --- tokens --------------------------------------------------------------- */

struct token *
token_ref(struct token *token)
{
	token->refs++;
	return token;
}

void
token_unref(struct token *token)
{
	if (token == NULL || --token->refs > 0)
		return;
	claims_free(&token->claims);
	free(token);
}

uint64_t
token_expires(const struct token *token)
{
	return token->claims.expires;
}

const char *
token_subject(const struct token *token)
{
	return token->claims.subject;
}

bool
token_allows(const struct token *token, enum access_right right,
	     struct text channel)
{
	return selectors_match(right == ACCESS_SUBSCRIBE
				   ? &token->claims.subscribe
				   : &token->claims.publish,
			       channel);
}
