/* SPDX-License-Identifier: MIT */
/*
 * fuzz_jwks.c - any text as a JSON Web Key Set, and as a key.
 *
 * A key that is accepted is a secret of a valid length that is no PEM, or a
 * public key in PEM. A set that is refused has no keys.
 */
#include "config.h"

#include <string.h>

#include "shared/access/jwks.h"
#include "tests/fuzz/fuzz.h"

static void
check_key(const struct jwk *key)
{
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\n";

	check(strlen(key->kid) <= JWKS_KID_MAX);
	check(key->bytes[key->len] == '\0');
	if (key->type == JWK_HS256) {
		check(key->len >= JWKS_SECRET_MIN);
		check(key->len <= JWKS_SECRET_MAX);
		check(memmem(key->bytes, key->len, "-----BEGIN ", 11) == NULL);
	} else {
		check(key->len > sizeof(pem));
		check(memcmp(key->bytes, pem, strlen(pem)) == 0);
	}
}

static void
check_keys(struct jwks *jwks, const char *fault)
{
	check(fault == NULL || jwks->count == 0);
	check(fault == NULL || fault[0] != '\0');
	check((jwks->left_out > 0) == (jwks->why_out != NULL));
	check(jwks->count + jwks->left_out <= JWKS_KEYS_MAX);
	for (size_t i = 0; i < jwks->count; i++)
		check_key(&jwks->at[i]);
	jwks_free(jwks);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct jwks jwks = {0};
	const char *fault;

	fault = jwks_add_set(&jwks, text);
	check_keys(&jwks, fault);
	fault = jwks_add_key(&jwks, text);
	check_keys(&jwks, fault);
	return 0;
}
