/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/tokens.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/base64url.h"
#include "shared/base/buf.h"

enum { SIZE_MAX_OF_ALL = 65536, SIGNATURE_MAX = 1024, COORDINATE = 32 };

static EVP_PKEY *keys[TOKENS_SIGNERS];

/* Making such a key takes a tenth of a second, and ten under valgrind. */
static const char RSA_KEY[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDZBVbtJan4tsgd\n"
    "h0pkL5qIlCriCkq6sL7+rS7ar8DfqOaFDXLMgJP9MU4F42xSyfbCyCiiSwOMllYE\n"
    "ZMK2PjA2GW0vH64WHcvJxuuJhONpjHP7EHuJ/XDfKjit454XRCvzt1ngV+jyPalf\n"
    "nKDWuJfozMtR5DEkcz1loYB8JdDNb+B+zdgM6ioMIRisvO1+c3i3BlRPFDVKmFQZ\n"
    "Rp0mliYtWpqVDbAR9Wpu9j+oIWrDhr+kruXGkTywJ7eRtSeQFW9JHuTxvX2kRR7X\n"
    "XiYeStYkB6RVgOrDm9NFBPxbD9ED7rVOcW2i08jPAd+G4bn8kpet9ixdzvDBcWFk\n"
    "bbzjZAJXAgMBAAECggEAQc2QK2zpqkvFxspQYKtceIAwtoQ3X38bEn6xf8advVNp\n"
    "vjszLVXpSXLLPRbVsA6j/zCQvZDwPQ8SeteQgJC/ro+sHwdEklkrgv2JSpPcHpNj\n"
    "UWOQiekqcchMElG7jENz7jyQiGkvbVAMDL0huamUChcaqTR/QBWfLrM3Ea2nr7pm\n"
    "1j35wNERsu1q3bI1pQ7H6FqeUDJKhj1LvATnG0UaN7dpaQXlSufVNqOX7O1KKv11\n"
    "TkMtl3qMaRRw23up0IBRICRC2yaEIKtdAEI77NFAoggUWkjVAPHQ3FgjICHQbL4Q\n"
    "aqVoMCnqtlVSr+0MkllNRq1gqc0PFwQWfM36nF5UYQKBgQD5SUJxeDr6PdEYGZzA\n"
    "nAKp75ccFiLLCd/l/lEBas0PT5O7rEhtOWw6P4qLhlC9PlAVkMVjf8WjCx6f7DT9\n"
    "SCkLAS9hhXMbzFJFtDugXsYYIEsB2Zs5vafbHxm8kr8MHYi3RppsLhZDglNEFpC5\n"
    "A0fCAbeUplZdloYOlWTN9NkmNwKBgQDe3Z89gBSjbCGjyqFQdPUWpnk6NXGqqOsp\n"
    "rKYeuSyOr1OK439f3EOK3Gm+n/XhzS53lLbctipB/RdXbhkXu+y0qeDaUYWU1m23\n"
    "JqLM34ybmd60ZjNEkOpUPrfizDADku5audSck5mCLb5edhxR2mhSW+fSojzBUBIj\n"
    "o8z9qkv04QKBgARa9E85M4aVt+Z85BE1aJKBfhlehaMYfBHvnIiyzfxbfpBD1Uwb\n"
    "ObnWzFvdr+FuikWmLtyrKc/MbO+MV+yo6xanIaXJiBZPPoy7NmN55GodflH89EpQ\n"
    "9vLMG04BHlde2LmjASWstHTffQbugf7JgOJx1zxAn7eo3pS4pXc3tOeHAoGBAIFH\n"
    "7HTflJlMQ6NhCvzCK95syYvzrrFB9dCh/2d5IZjPqdW6rIvuGRw3SfwzjI3k2Vyy\n"
    "3vTfk1neOCkWi+XRtLkEhpP+kE/Lp6+D8RKJZ2Zn9uGNG5ZdviEKlN8ydXPNSwlE\n"
    "HUqK8JSsdm8TctAkszl7aNouFLJLAYq9HU/U9uThAoGAZrPLhlRpjuJe3PTCu2cy\n"
    "JsmN2379AnvZ0FQmxevHl07nioDv0y0WyE2Q35LjEq0EA3DPH/kV3UEF6QyyWql3\n"
    "ha9IZ0KEdkTik3KucjNKes3Xu0LPWAmeQwau9RQdJFVkIfdus3BzDOJlTAvnvZQk\n"
    "hvHSJHNwbcg2gwpebdGRXro=\n"
    "-----END PRIVATE KEY-----\n";

static const char OTHER_RSA_KEY[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC2viJx8MkQD/w5\n"
    "8ZfgSd6bh5tJxe/u61C9aZyOT870/Nla4FUakPQsTRt0Ddzkv5SM8yXDcFWxDBlL\n"
    "HOTgpWVnWjWvkzR0G7ijhLJgE2KBJOMJgKzw2ds7kvPP192elBRXQ8inT9EFwFzl\n"
    "1k3gVqvgbS2bdY1lgqrCkfQWw/qa+n2kRzX/TRjDntoIDh+aEfuu5Y5vW1kCXz5J\n"
    "1kpRFPuTOyE+1ibI2iZANtex1qDQNjgkq5D3mJF/ePzAOqV0M3uZDUs0/7P3L+bZ\n"
    "Q0pjV2cYBI3YP/V+A6RIgrLNT8uRBSAPTEPoBERc+3DFaU1YZJsxjywzL7fP0GWj\n"
    "EIMtWnwrAgMBAAECggEAPPchtrGF4n3yv8IB0SnTwj9zZyFJ8oM+5HIfcLrfaIwS\n"
    "V2cP/VTuoPj4d7dIQmhHvt4/cvw/GlnW9mAlW2zSb7CAyJprnXDCIItclwDglAUi\n"
    "WUE8cP29ThqwjF6P6R+tyY8rmeXe7fRHCcZ9JKLFpJHH7V1CVuNI5LCcphurt5fZ\n"
    "kUvbY38enw9LGkipBE/xRzXIkYS6cbtZ1qMFMhPV//Qrnimo7KrI+xiAS6WG/nFy\n"
    "OvV8M63rFTYq8bEot6tG2uovg2ONvTdKbmZPb+wWhppC2lU6EBuqYFM+iLy7U4Yz\n"
    "95jfFEgVCdszR/OJxaEpm6dqYJcnGO+sunqebFn3wQKBgQDYzJHVzRI+0i0MU9OP\n"
    "ERXk+/xwIQZsjtd9m9tZUtmZcMt4gX4RoGphtDsYGExXuKrm8COpjPaUepfvD0Y1\n"
    "6eSY23nFd83oSJkyukB4UbakcUVVb6t4rYNuPS9Mb3JlsXk87VQ5xNgxWvzPpJ5P\n"
    "3+HPvb+NTU+a2aoZv9R3j9vIlQKBgQDXySBKwNwgT4N7WYMewvSHlMKHaW8a1gDT\n"
    "e+dRycPEEaTSZTuGJL1ynEO9rYRycpYU1IXCZzxe9hCK1gAFxvWisQMmCWfsdRwv\n"
    "+tiB0HxvQOsib5q2Q+3Gn7oTVBW9W6QnWaVYMqM0/L8PnyrjUrpBm4PdYDDEQUmL\n"
    "Lu1yGipBvwKBgQCRyDXEg+ph7ei24mNfT8jeOofMSpjMRN0orLY6AVkrMcrQlJrW\n"
    "dX0ziAM4t5YWYqohMpd4er6Qp0MlUKsQs9+w3dyraV0/dhn2H4Icpi3fs/9AbR/r\n"
    "vRmk9mWoy0Qsl8ODsb8yPWh2/80CP5ro8Q4iKGD3PmZqJTWZrQHNCCJtZQKBgHdq\n"
    "SoCT8j2/QxgEFVf0s7ZEUNL3OhEz1Qk0THMqoTfkO75jX2mA84Z1i9dwKxfa6ctl\n"
    "QRCwaOx0Z/stKp4H2O/L3d4y3lwxAwRaYW6VngdDedx4vrmXJgMBacxAgDdme5V7\n"
    "OtFwVHmCVYmjn+xlX8Xm9jaQgOxa5QQtWCII8NGpAoGBAJ0X5j73y0zPVnTJ5/us\n"
    "f533uKcONMmjsGU9XCK61X//7PPn2X0G8lul5TiS0DJEh5OVNEl4Zru0Eu/SqVjo\n"
    "AOqRWN75dUgkFw/clJyr+HNtwVc5o5MkmVVqxCEOpWAFl0kc+AHXigfFrT1zj9M0\n"
    "gwLuoD8YeBhzOsmRLdAOzQc9\n"
    "-----END PRIVATE KEY-----\n";

static EVP_PKEY *
read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return key;
}

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
	keys[TOKENS_RS256] = keys[TOKENS_HS256_BY_PEM] = read_key(RSA_KEY);
	keys[TOKENS_RS256_OTHER] = read_key(OTHER_RSA_KEY);
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
