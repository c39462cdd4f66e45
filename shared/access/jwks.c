/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/jwks.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/libcrypto.h"
#include "shared/base/base64url.h"
#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/model/json.h"

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 8192,
	RSA_EXPONENT_MAX = 4, /* bytes; a large one makes verifying slow */
	EC_COORDINATE = 32,   /* bytes */
	PEM_MAX = 4096	      /* bytes of the largest key */
};

static const char NO_LIBRARY[] =
    "OpenSSL's libcrypto is missing, or another than at compile time; install "
    "libssl3.";

/* --- list ----------------------------------------------------------------- */

static void
add(struct jwks *out, enum jwk_type type, const char *kid, const char *bytes,
    size_t len)
{
	struct jwk *key;

	out->at = xreallocarray(out->at, out->count + 1, sizeof(*out->at));
	key = &out->at[out->count++];
	*key = (struct jwk){.type = type, .kid = xstrdup(kid), .len = len};
	key->bytes = xmalloc(len + 1);
	memcpy(key->bytes, bytes, len);
	key->bytes[len] = '\0';
}

void
jwks_free(struct jwks *jwks)
{
	for (size_t i = 0; i < jwks->count; i++) {
		explicit_bzero(jwks->at[i].bytes, jwks->at[i].len);
		free(jwks->at[i].bytes);
		free(jwks->at[i].kid);
	}
	free(jwks->at);
	*jwks = (struct jwks){0};
}

/* --- public keys ---------------------------------------------------------- */

/* Appends a key of OpenSSL. Returns NULL, or why not: a phrase. */
static const char *
add_public(struct jwks *out, const char *kid, EVP_PKEY *key)
{
	const struct libcrypto *o = libcrypto_load();
	int type = o->EVP_PKEY_get_base_id(key);
	int bits = o->EVP_PKEY_get_bits(key);
	char group[32] = "", pem[PEM_MAX];
	BIO *bio;
	int len;

	if (type == EVP_PKEY_EC &&
	    (o->EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	     strcmp(group, SN_X9_62_prime256v1) != 0))
		return "a curve other than P-256";
	if (type == EVP_PKEY_RSA && bits < RSA_BITS_MIN)
		return "an RSA key of fewer than 2048 bits";
	if (type == EVP_PKEY_RSA && bits > RSA_BITS_MAX)
		return "an RSA key of more than 8192 bits";
	if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
		return "neither an RSA key nor one of the curve P-256";
	bio = o->BIO_new(o->BIO_s_mem());
	if (bio == NULL || o->PEM_write_bio_PUBKEY(bio, key) != 1)
		xalloc_failed();
	len = o->BIO_read(bio, pem, sizeof(pem));
	o->BIO_free(bio);
	if (len <= 0 || len == (int)sizeof(pem))
		return "a key that is too long";
	add(out, type == EVP_PKEY_RSA ? JWK_RS256 : JWK_ES256, kid, pem,
	    (size_t)len);
	return NULL;
}

/* No secret has it: whoever knows a public key could sign with it. */
static const char PEM_BEGIN[] = "-----BEGIN ";

static bool
contains(struct text text, const char *word)
{
	return text.len > 0 &&
	       memmem(text.bytes, text.len, word, strlen(word)) != NULL;
}

/* A public key in another form than PEM: in DER, that in base64, of SSH, or in
 * a JSON Web Key. Each has one of these words. */
static bool
is_public_key(struct text text)
{
	static const char *const words[] = {
	    "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", /* RSA, its OID */
	    "\x2a\x86\x48\xce\x3d\x02\x01",	    /* elliptic curves */
	    "BgkqhkiG9w0BAQEF",			    /* the same in base64 */
	    "YHKoZIzj0CAQYI",
	    "ssh-rsa ",
	    "ecdsa-sha2-",
	    "\"kty\"",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (contains(text, words[i]))
			return true;
	return false;
}

static const char *
add_pem(struct jwks *out, struct text text)
{
	const struct libcrypto *o = libcrypto_load();
	const char *fault;
	EVP_PKEY *key;
	BIO *bio;

	if (contains(text, "PRIVATE KEY-----"))
		return "The key is a private one, which verifying does not "
		       "take: openssl pkey -in KEY -pubout prints its public "
		       "half.";
	if (contains(text, "-----BEGIN CERTIFICATE"))
		return "The key is a certificate: openssl x509 -in CERTIFICATE "
		       "-noout -pubkey prints its public key.";
	if (o == NULL)
		return NO_LIBRARY;
	bio = o->BIO_new_mem_buf(text.bytes, (int)text.len);
	if (bio == NULL)
		xalloc_failed();
	key = o->PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	o->BIO_free(bio);
	o->ERR_clear_error();
	if (key == NULL)
		return "The key is no public key in PEM (-----BEGIN PUBLIC "
		       "KEY-----).";
	fault = add_public(out, "", key);
	o->EVP_PKEY_free(key);
	o->ERR_clear_error();
	return fault == NULL ? NULL
			     : "The key is neither RSA of 2048 to 8192 bits "
			       "nor one of the curve P-256.";
}

/* What ends a line does not belong to a secret. */
static struct text
without_line_break(struct text text)
{
	if (text.len > 0 && text.bytes[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0 && text.bytes[text.len - 1] == '\r')
		text.len--;
	return text;
}

const char *
jwks_add_key(struct jwks *out, struct text text)
{
	text = without_line_break(text);
	if (text.len > INT_MAX)
		return "The key is too long.";
	if (contains(text, PEM_BEGIN))
		return add_pem(out, text);
	if (is_public_key(text))
		return "The key is a public one, but not in PEM (-----BEGIN "
		       "PUBLIC KEY-----). A set of keys is for "
		       "access.jwks_file.";
	if (text.len < JWKS_SECRET_MIN)
		return "The secret is shorter than 32 bytes: openssl rand -hex "
		       "32 prints a good one.";
	if (text.len > JWKS_SECRET_MAX)
		return "The secret is longer than 4096 bytes.";
	add(out, JWK_HS256, "", text.bytes, text.len);
	return NULL;
}

/* --- keys of a set -------------------------------------------------------- */

/* "": there is none, or it is no text. */
static struct text
member(const json_t *key, const char *name)
{
	const json_t *value = json_object_get(key, name);

	return json_is_string(value) ? (struct text){json_string_value(value),
						     json_string_length(value)}
				     : (struct text){"", 0};
}

/* Decodes a member; at most `max` bytes. */
static bool
decode(struct buf *out, const json_t *key, const char *name, size_t max)
{
	buf_init(out, max);
	return base64url_decode(out, member(key, name)) && buf_ok(out) &&
	       out->len > 0;
}

/* Appends the key of which `params` are the values. */
static const char *
add_values(struct jwks *out, const char *kid, const char *type,
	   OSSL_PARAM *params)
{
	const struct libcrypto *o = libcrypto_load();
	EVP_PKEY_CTX *context = o->EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	const char *fault = "a key with wrong values";
	EVP_PKEY *key = NULL;

	if (context == NULL)
		xalloc_failed();
	if (o->EVP_PKEY_fromdata_init(context) == 1 &&
	    o->EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) ==
		1)
		fault = add_public(out, kid, key);
	o->EVP_PKEY_free(key);
	o->EVP_PKEY_CTX_free(context);
	o->ERR_clear_error();
	return fault;
}

/* OpenSSL takes the byte order of the machine. */
static void
to_native(struct buf *number)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (size_t i = 0; i < number->len / 2; i++) {
		char *a = &number->bytes[i];
		char *b = &number->bytes[number->len - 1 - i];
		char c = *a;

		*a = *b;
		*b = c;
	}
#else
	(void)number;
#endif
}

static const char *
add_rsa(struct jwks *out, const char *kid, const json_t *key)
{
	const struct libcrypto *o = libcrypto_load();
	OSSL_PARAM params[3];
	struct buf n, e;
	const char *fault = "an RSA key without n or e";
	bool good = decode(&n, key, "n", RSA_BITS_MAX / 8);

	if (decode(&e, key, "e", RSA_EXPONENT_MAX) && good) {
		to_native(&n);
		to_native(&e);
		params[0] = o->OSSL_PARAM_construct_BN(
		    OSSL_PKEY_PARAM_RSA_N, (unsigned char *)n.bytes, n.len);
		params[1] = o->OSSL_PARAM_construct_BN(
		    OSSL_PKEY_PARAM_RSA_E, (unsigned char *)e.bytes, e.len);
		params[2] = o->OSSL_PARAM_construct_end();
		fault = add_values(out, kid, "RSA", params);
	}
	buf_free(&n);
	buf_free(&e);
	return fault;
}

static const char *
add_ec(struct jwks *out, const char *kid, const json_t *key)
{
	const struct libcrypto *o = libcrypto_load();
	char group[] = SN_X9_62_prime256v1;
	/* uncompressed (SEC 1, section 2.3.3) */
	unsigned char point[1 + 2 * EC_COORDINATE] = {0x04};
	OSSL_PARAM params[3];
	struct buf x, y;
	bool good;

	if (!text_is(member(key, "crv"), "P-256"))
		return "a curve other than P-256";
	good = decode(&x, key, "x", EC_COORDINATE) && x.len == EC_COORDINATE;
	good = decode(&y, key, "y", EC_COORDINATE) && y.len == EC_COORDINATE &&
	       good;
	if (good) {
		memcpy(point + 1, x.bytes, EC_COORDINATE);
		memcpy(point + 1 + EC_COORDINATE, y.bytes, EC_COORDINATE);
	}
	buf_free(&x);
	buf_free(&y);
	if (!good)
		return "a key of P-256 without x or y";
	params[0] = o->OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = o->OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	params[2] = o->OSSL_PARAM_construct_end();
	return add_values(out, kid, "EC", params);
}

static const char *
add_secret(struct jwks *out, const char *kid, const json_t *key)
{
	const char *fault = NULL;
	struct buf k;

	if (!decode(&k, key, "k", JWKS_SECRET_MAX))
		fault = "a secret without k";
	else if (k.len < JWKS_SECRET_MIN)
		fault = "a secret shorter than 32 bytes";
	else if (contains((struct text){k.bytes, k.len}, PEM_BEGIN) ||
		 is_public_key((struct text){k.bytes, k.len}))
		fault = "a secret that is a public key, in PEM or another form";
	else
		add(out, JWK_HS256, kid, k.bytes, k.len);
	if (k.bytes != NULL)
		explicit_bzero(k.bytes, k.room);
	buf_free(&k);
	return fault;
}

/* --- sets ----------------------------------------------------------------- */

/* `use` and `key_ops` say what a key is for; each may be left out. */
static bool
is_for_verifying(const json_t *key)
{
	const json_t *use = json_object_get(key, "use");
	const json_t *operations = json_object_get(key, "key_ops");

	if (use != NULL && !text_is(member(key, "use"), "sig"))
		return false;
	if (operations == NULL)
		return true;
	for (size_t i = 0; i < json_array_size(operations); i++) {
		const json_t *o = json_array_get(operations, i);

		if (json_is_string(o) &&
		    strcmp(json_string_value(o), "verify") == 0)
			return true;
	}
	return false;
}

static const struct kind {
	const char *kty, *alg;
	const char *(*add)(struct jwks *out, const char *kid,
			   const json_t *key);
} kinds[] = {
    {"RSA", "RS256", add_rsa},
    {"EC", "ES256", add_ec},
    {"oct", "HS256", add_secret},
};

/* Returns NULL, or why the key is left out: a phrase. */
static const char *
add_member(struct jwks *out, const json_t *key)
{
	struct text kid = member(key, "kid"), kty = member(key, "kty");
	const json_t *alg = json_object_get(key, "alg");

	if (!json_is_object(key))
		return "not an object";
	if (kid.len > JWKS_KID_MAX)
		return "a kid over 255 bytes";
	if (!is_for_verifying(key))
		return "a key for another use (use, key_ops)";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!text_is(kty, kinds[i].kty))
			continue;
		if (alg != NULL && !text_is(member(key, "alg"), kinds[i].alg))
			return "a key for another algorithm (alg)";
		return kinds[i].add(out, kid.bytes, key);
	}
	return "a key of another type than RSA, EC and oct (kty)";
}

static void
add_members(struct jwks *out, const json_t *keys)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		const char *why = add_member(out, json_array_get(keys, i));

		if (why != NULL && out->left_out++ == 0)
			out->why_out = why;
	}
}

const char *
jwks_add_set(struct jwks *out, struct text text)
{
	static const struct json_member read[] = {{"keys", NULL}, {NULL, NULL}};
	struct problem p;
	const char *fault = NULL;
	const json_t *keys;
	json_t *root;

	if (libcrypto_load() == NULL)
		return NO_LIBRARY;
	root = json_read_object(text, read, "The file", &p);
	keys = json_object_get(root, "keys");
	if (root == NULL)
		fault = "The file is not valid JSON.";
	else if (!json_is_array(keys))
		fault = "The file is no JSON Web Key Set: it has no array "
			"`keys`.";
	else if (json_array_size(keys) > JWKS_KEYS_MAX)
		fault = "The file has more than 64 keys.";
	else
		add_members(out, keys);
	json_decref(root);
	return fault;
}
