/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/opensslv.h>
#include <stddef.h>
#include <stdio.h>

#include "shared/base/library.h"

/* Each member is the function of that name. */
static struct {
	__typeof__(EVP_sha256) *EVP_sha256;
	__typeof__(HMAC) *HMAC;
} crypto;

static const struct library_function functions[] = {
    {"EVP_sha256", offsetof(__typeof__(crypto), EVP_sha256)},
    {"HMAC", offsetof(__typeof__(crypto), HMAC)},
    {NULL, 0},
};

static const char *
load(void)
{
	char name[32];

	/* the version of the headers */
	snprintf(name, sizeof(name), "libcrypto.so.%d", OPENSSL_SHLIB_VERSION);
	switch (library_load(&crypto, name, functions)) {
	case LIBRARY_OK:
		return NULL;
	case LIBRARY_MISSING:
		return "signatures need OpenSSL's libcrypto, which is not "
		       "installed";
	default:
		return "the installed libcrypto is another than at compile "
		       "time";
	}
}

static bool
compute(unsigned char out[HMAC_SHA256_LEN], struct text key,
	struct text message)
{
	unsigned int len = 0;

	return crypto.HMAC(crypto.EVP_sha256(), key.bytes, (int)key.len,
			   (const unsigned char *)message.bytes, message.len,
			   out, &len) != NULL &&
	       len == HMAC_SHA256_LEN;
}

const char *
hmac_fault(void)
{
	static bool works;
	unsigned char out[HMAC_SHA256_LEN];
	const char *fault;

	if (works)
		return NULL;
	fault = load();
	if (fault == NULL &&
	    !compute(out, text_of("0123456789abcdef"), text_of("")))
		fault = "libcrypto does not compute HMAC-SHA256";
	works = fault == NULL;
	return fault;
}

bool
hmac_sha256(unsigned char out[HMAC_SHA256_LEN], struct text key,
	    struct text message)
{
	return hmac_fault() == NULL && compute(out, key, message);
}
