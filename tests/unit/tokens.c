/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/tokens.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/base64url.h"
#include "shared/base/buf.h"

enum { SIZE_MAX_OF_ALL = 65536, SIGNATURE_MAX = 1024, COORDINATE = 32 };

static EVP_PKEY *keys[TOKENS_SIGNERS];

static void
must(int truth)
{
	if (truth)
		return;
	fputs("tokens.c: OpenSSL failed\n", stderr);
	abort();
}

void
tokens_prepare(void)
{
	if (keys[TOKENS_RS256] != NULL)
		return;
	keys[TOKENS_RS256] = keys[TOKENS_HS256_BY_PEM] = EVP_RSA_gen(2048);
	keys[TOKENS_RS256_OTHER] = EVP_RSA_gen(2048);
	keys[TOKENS_ES256] = keys[TOKENS_ES256_DER] = EVP_EC_gen("P-256");
	keys[TOKENS_ES256_OTHER] = EVP_EC_gen("P-256");
	must(keys[TOKENS_RS256] != NULL && keys[TOKENS_RS256_OTHER] != NULL);
	must(keys[TOKENS_ES256] != NULL && keys[TOKENS_ES256_OTHER] != NULL);
}

/* --- signatures ----------------------------------------------------------- */

static size_t
hmac(unsigned char out[SIGNATURE_MAX], const char *secret,
     const struct buf *text)
{
	unsigned int len = 0;

	must(HMAC(EVP_sha256(), secret, (int)strlen(secret),
		  (const unsigned char *)text->bytes, text->len, out,
		  &len) != NULL);
	return len;
}

static size_t
sign(unsigned char out[SIGNATURE_MAX], EVP_PKEY *key, const struct buf *text)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = SIGNATURE_MAX;

	must(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1);
	must(EVP_DigestSign(context, out, &len,
			    (const unsigned char *)text->bytes,
			    text->len) == 1);
	EVP_MD_CTX_free(context);
	return len;
}

/* From DER to r and s (RFC 7518, section 3.4). */
static size_t
to_jose(unsigned char out[SIGNATURE_MAX], size_t len)
{
	const unsigned char *at = out;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);

	must(pair != NULL);
	must(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, COORDINATE) > 0);
	must(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + COORDINATE,
			  COORDINATE) > 0);
	ECDSA_SIG_free(pair);
	return 2 * COORDINATE;
}

static size_t
sign_by(unsigned char out[SIGNATURE_MAX], enum tokens_signer signer,
	const struct buf *text)
{
	char *pem;
	size_t len;

	switch (signer) {
	case TOKENS_UNSIGNED:
	case TOKENS_SIGNERS:
		return 0;
	case TOKENS_HS256:
		return hmac(out, TOKENS_SECRET, text);
	case TOKENS_HS256_BY_PEM:
		pem = tokens_pem(TOKENS_RS256, 0);
		len = hmac(out, pem, text);
		free(pem);
		return len;
	case TOKENS_ES256:
	case TOKENS_ES256_OTHER:
		return to_jose(out, sign(out, keys[signer], text));
	case TOKENS_RS256:
	case TOKENS_RS256_OTHER:
	case TOKENS_ES256_DER:
		return sign(out, keys[signer], text);
	}
	return 0;
}

/* --- tokens --------------------------------------------------------------- */

static char *
finish(struct buf *b)
{
	buf_putc(b, '\0');
	must(buf_ok(b));
	return b->bytes;
}

char *
tokens_make(struct text header, struct text payload, enum tokens_signer signer)
{
	unsigned char signature[SIGNATURE_MAX];
	struct buf token;
	size_t len;

	tokens_prepare();
	buf_init(&token, SIZE_MAX_OF_ALL);
	base64url_encode(&token, header.bytes, header.len);
	buf_putc(&token, '.');
	base64url_encode(&token, payload.bytes, payload.len);
	len = sign_by(signature, signer, &token);
	buf_putc(&token, '.');
	base64url_encode(&token, signature, len);
	return finish(&token);
}

static const char *const algorithms[TOKENS_SIGNERS] = {
    [TOKENS_UNSIGNED] = "none",	     [TOKENS_HS256] = "HS256",
    [TOKENS_HS256_BY_PEM] = "HS256", [TOKENS_RS256] = "RS256",
    [TOKENS_RS256_OTHER] = "RS256",  [TOKENS_ES256] = "ES256",
    [TOKENS_ES256_OTHER] = "ES256",  [TOKENS_ES256_DER] = "ES256",
};

char *
tokens_sign(const char *payload, enum tokens_signer signer)
{
	char header[64];

	snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
		 algorithms[signer]);
	return tokens_make(text_of(header), text_of(payload), signer);
}

/* --- keys ----------------------------------------------------------------- */

char *
tokens_pem(enum tokens_signer signer, int secret)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem = calloc(1, SIZE_MAX_OF_ALL);
	int written;

	tokens_prepare();
	written = secret ? PEM_write_bio_PrivateKey(bio, keys[signer], NULL,
						    NULL, 0, NULL, NULL)
			 : PEM_write_bio_PUBKEY(bio, keys[signer]);
	must(written == 1 && pem != NULL);
	must(BIO_read(bio, pem, SIZE_MAX_OF_ALL - 1) > 0);
	BIO_free(bio);
	return pem;
}

/* A number of a key, at least `len` bytes of it. */
static void
put_number(struct buf *out, const char *member, EVP_PKEY *key,
	   const char *param, int len)
{
	unsigned char bytes[SIGNATURE_MAX];
	BIGNUM *n = NULL;

	must(EVP_PKEY_get_bn_param(key, param, &n) == 1);
	if (len < BN_num_bytes(n))
		len = BN_num_bytes(n);
	must(BN_bn2binpad(n, bytes, len) == len);
	BN_free(n);
	buf_printf(out, ",\"%s\":\"", member);
	base64url_encode(out, bytes, (size_t)len);
	buf_putc(out, '"');
}

char *
tokens_jwk(enum tokens_signer signer, const char *more)
{
	struct buf out;

	tokens_prepare();
	buf_init(&out, SIZE_MAX_OF_ALL);
	if (signer == TOKENS_HS256) {
		buf_puts(&out, "{\"kty\":\"oct\",\"k\":\"");
		base64url_encode(&out, TOKENS_SECRET, strlen(TOKENS_SECRET));
		buf_putc(&out, '"');
	} else if (EVP_PKEY_get_base_id(keys[signer]) == EVP_PKEY_RSA) {
		buf_puts(&out, "{\"kty\":\"RSA\"");
		put_number(&out, "n", keys[signer], OSSL_PKEY_PARAM_RSA_N, 0);
		put_number(&out, "e", keys[signer], OSSL_PKEY_PARAM_RSA_E, 0);
	} else {
		buf_puts(&out, "{\"kty\":\"EC\",\"crv\":\"P-256\"");
		put_number(&out, "x", keys[signer], OSSL_PKEY_PARAM_EC_PUB_X,
			   COORDINATE);
		put_number(&out, "y", keys[signer], OSSL_PKEY_PARAM_EC_PUB_Y,
			   COORDINATE);
	}
	buf_puts(&out, more);
	buf_putc(&out, '}');
	return finish(&out);
}
