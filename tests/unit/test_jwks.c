/* SPDX-License-Identifier: MIT */
/* shared/access/jwks.c: keys in PEM, secrets, and JSON Web Key Sets. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/jwks.h"
#include "tests/unit/suite.h"
#include "tests/unit/tokens.h"

static struct jwks jwks;

__attribute__((constructor)) static void
prepare(void)
{
	tokens_prepare();
}

/* The fault, or NULL. */
static const char *
read_key(const char *text)
{
	jwks_free(&jwks);
	return jwks_add_key(&jwks, text_of(text));
}

static const char *
read_set(const char *text)
{
	jwks_free(&jwks);
	return jwks_add_set(&jwks, text_of(text));
}

/* A set of this one key. */
static const char *
read_jwk(const char *jwk)
{
	char set[8192];

	snprintf(set, sizeof(set), "{\"keys\":[%s]}", jwk);
	return read_set(set);
}

static void
assert_fault(const char *fault, const char *word)
{
	ck_assert_msg(fault != NULL, "want a fault with %s", word);
	ck_assert_msg(strstr(fault, word) != NULL, "%s, in: %s", word, fault);
}

static void
assert_left_out(const char *jwk, const char *word)
{
	ck_assert_ptr_null(read_jwk(jwk));
	ck_assert_uint_eq(jwks.count, 0);
	ck_assert_uint_eq(jwks.left_out, 1);
	assert_fault(jwks.why_out, word);
}

/* --- one key -------------------------------------------------------------- */

TEST(a_secret_has_at_least_32_bytes)
{
	ck_assert_ptr_null(read_key("0123456789abcdef0123456789abcdef"));
	ck_assert_uint_eq(jwks.count, 1);
	ck_assert_int_eq(jwks.at[0].type, JWK_HS256);
	ck_assert_uint_eq(jwks.at[0].len, 32);
	ck_assert_str_eq(jwks.at[0].bytes, "0123456789abcdef0123456789abcdef");
	assert_fault(read_key("0123456789abcdef0123456789abcde"), "32 bytes");
	assert_fault(read_key(""), "32 bytes");
	ck_assert_uint_eq(jwks.count, 0);
}

TEST(a_secret_has_at_most_4096_bytes)
{
	char secret[JWKS_SECRET_MAX + 2] = "";

	memset(secret, 'a', JWKS_SECRET_MAX);
	ck_assert_ptr_null(read_key(secret));
	secret[JWKS_SECRET_MAX] = 'a';
	assert_fault(read_key(secret), "4096");
}

TEST(the_type_of_a_key_in_pem_is_that_of_its_algorithm)
{
	char *rsa = tokens_pem(TOKENS_RS256, 0);
	char *ec = tokens_pem(TOKENS_ES256, 0);

	ck_assert_ptr_null(read_key(rsa));
	ck_assert_int_eq(jwks.at[0].type, JWK_RS256);
	ck_assert_str_eq(jwks.at[0].bytes, rsa);
	ck_assert_ptr_null(read_key(ec));
	ck_assert_int_eq(jwks.at[0].type, JWK_ES256);
	ck_assert_str_eq(jwks.at[0].bytes, ec);
	free(rsa);
	free(ec);
}

TEST(a_key_in_pem_that_is_damaged_is_no_secret)
{
	char *pem = tokens_pem(TOKENS_RS256, 0);

	pem[60] = '!';
	assert_fault(read_key(pem), "PEM");
	pem[strlen(pem) / 2] = '\0';
	assert_fault(read_key(pem), "PEM");
	ck_assert_uint_eq(jwks.count, 0);
	assert_fault(read_key("\xef\xbb\xbf-----BEGIN PUBLIC KEY-----"), "PEM");
	ck_assert_uint_eq(jwks.count, 0);
	free(pem);
}

/* What everybody knows would be the secret of an HMAC. */
TEST(a_public_key_in_another_form_is_no_secret)
{
	static const char *const keys[] = {
	    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo",
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9",
	    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7VJTUt9Us8cKjMzEfYyjiWA4R",
	    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAy",
	    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"u1SU1LfVLPHCozMx\",\"e\":"
	    "\"AQAB\"}]}",
	    "0Y0\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08 and the point "
	    "of it",
	    "0\x82\x01\"0\r\x06\t\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05 and "
	    "its number",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ck_assert_uint_ge(strlen(keys[i]), JWKS_SECRET_MIN);
		assert_fault(read_key(keys[i]), "not in PEM");
		ck_assert_uint_eq(jwks.count, 0);
	}
}

TEST(a_private_key_is_refused)
{
	char *pem = tokens_pem(TOKENS_RS256, 1);

	assert_fault(read_key(pem), "-pubout");
	ck_assert_uint_eq(jwks.count, 0);
	free(pem);
}

TEST(a_certificate_is_refused)
{
	assert_fault(read_key("-----BEGIN CERTIFICATE-----\nMIIB\n"),
		     "-pubkey");
}

/* openssl genrsa 1024, and a curve that is not P-256: secp384r1. */
TEST(a_weak_rsa_key_and_another_curve_are_refused)
{
	assert_fault(read_key("-----BEGIN PUBLIC KEY-----\n"
			      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCslaYyMFd1"
			      "rTe8GOf3mXZv/Vfa\n"
			      "fAyeRA98Taj3gvwKfL5WFy3e3YHP9qBaGVTJv+"
			      "rk6qP9TVwV3kHxCyV5ubnW/R+s\n"
			      "83kv4WjyvdRL29vc8YKUB2oyCj/Z29c763tOF4nUKQCQxOY/"
			      "WNyiG24EXKytluHw\n"
			      "d1v173IxgLAx1Ehj3wIDAQAB\n"
			      "-----END PUBLIC KEY-----\n"),
		     "2048");
	assert_fault(read_key("-----BEGIN PUBLIC KEY-----\n"
			      "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEWCtxYLw6r+"
			      "tiz60JQgfLBrcElCTfamo2\n"
			      "61I0q53oUgkzLphM9sQkpYQRPiPZxaGAv4g72AM6+"
			      "1T7QrXDa+fPkS4EcawRTWWH\n"
			      "gUlRRjEaHkrbr5LkCqcgwzRNVWiNw71O\n"
			      "-----END PUBLIC KEY-----\n"),
		     "P-256");
}

/* --- keys of a set -------------------------------------------------------- */

static void
assert_same_as_pem(enum tokens_signer signer, enum jwk_type type)
{
	char *pem = tokens_pem(signer, 0);
	char *jwk = tokens_jwk(signer, ",\"kid\":\"a\"");

	ck_assert_ptr_null(read_jwk(jwk));
	ck_assert_uint_eq(jwks.count, 1);
	ck_assert_uint_eq(jwks.left_out, 0);
	ck_assert_int_eq(jwks.at[0].type, type);
	ck_assert_str_eq(jwks.at[0].kid, "a");
	ck_assert_str_eq(jwks.at[0].bytes, pem);
	free(pem);
	free(jwk);
}

TEST(a_public_key_of_a_set_is_that_in_pem)
{
	assert_same_as_pem(TOKENS_RS256, JWK_RS256);
	assert_same_as_pem(TOKENS_ES256, JWK_ES256);
}

TEST(a_secret_of_a_set_is_decoded)
{
	char *jwk = tokens_jwk(TOKENS_HS256, "");

	ck_assert_ptr_null(read_jwk(jwk));
	ck_assert_int_eq(jwks.at[0].type, JWK_HS256);
	ck_assert_str_eq(jwks.at[0].kid, "");
	ck_assert_str_eq(jwks.at[0].bytes, TOKENS_SECRET);
	free(jwk);
}

/* RFC 7517, appendix A.1: two keys, with padding bits, use and alg. */
TEST(the_keys_of_rfc_7517_are_read)
{
	ck_assert_ptr_null(read_set(
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
	    "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\","
	    "\"use\":\"enc\",\"kid\":\"1\"},"
	    "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiA"
	    "FbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF"
	    "V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65"
	    "YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr"
	    "n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa"
	    "Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\","
	    "\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}]}"));
	ck_assert_uint_eq(jwks.count, 1);
	ck_assert_str_eq(jwks.at[0].kid, "2011-04-29");
	ck_assert_uint_eq(jwks.left_out, 1);
	assert_fault(jwks.why_out, "use");
}

static void
assert_for(const char *more, bool used)
{
	char *jwk = tokens_jwk(TOKENS_ES256, more);

	ck_assert_ptr_null(read_jwk(jwk));
	ck_assert_msg(jwks.count == (used ? 1 : 0), "%s", more);
	ck_assert_uint_eq(jwks.left_out, used ? 0 : 1);
	free(jwk);
}

TEST(a_key_says_what_it_is_for)
{
	assert_for(",\"use\":\"sig\"", true);
	assert_for(",\"use\":\"enc\"", false);
	assert_for(",\"use\":1", false);
	assert_for(",\"key_ops\":[\"sign\",\"verify\"]", true);
	assert_for(",\"key_ops\":[\"sign\"]", false);
	assert_for(",\"key_ops\":[]", false);
	assert_for(",\"key_ops\":\"verify\"", false);
	assert_for(",\"alg\":\"ES256\"", true);
	assert_for(",\"alg\":\"RS256\"", false);
	assert_for(",\"alg\":\"HS256\"", false);
	assert_for(",\"alg\":null", false);
}

TEST(a_key_with_missing_or_wrong_values_is_left_out)
{
	assert_left_out("{\"kty\":\"RSA\",\"e\":\"AQAB\"}", "n or e");
	assert_left_out("{\"kty\":\"RSA\",\"n\":\"AQAB\"}", "n or e");
	assert_left_out("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
			"2048");
	assert_left_out("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\"}",
			"x or y");
	assert_left_out("{\"kty\":\"EC\",\"crv\":\"P-384\"}", "curve");
	assert_left_out("{\"kty\":\"oct\"}", "k");
	assert_left_out("{\"kty\":\"oct\",\"k\":\"c2hvcnQ\"}", "32 bytes");
	assert_left_out("{\"kty\":\"OKP\"}", "kty");
	assert_left_out("{}", "kty");
	assert_left_out("7", "object");
}

TEST(a_point_that_is_not_on_the_curve_is_left_out)
{
	assert_left_out(
	    "{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}",
	    "x or y");
	assert_left_out(
	    "{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aE\"}",
	    "wrong values");
}

TEST(an_exponent_that_makes_verifying_slow_is_left_out)
{
	char *jwk = tokens_jwk(TOKENS_RS256, "");
	char *e = strstr(jwk, "\"AQAB\"");
	char slow[4096];

	ck_assert_ptr_nonnull(e);
	*e = '\0';
	snprintf(slow, sizeof(slow), "%s\"____________\"}", jwk);
	assert_left_out(slow, "n or e");
	free(jwk);
}

/* The key that everybody knows, as the secret of an HMAC. */
TEST(a_secret_that_is_a_key_in_pem_is_left_out)
{
	assert_left_out("{\"kty\":\"oct\",\"k\":\"LS0tLS1CRUdJTiBQVUJMSUMgS0VZ"
			"LS0tLS0KTUlJQklqQU5CZ2txaGtpRzl3MEJBUUVGQUFPQ0FROEF"
			"NSUlCQ2dLQ0FRRUE\"}",
			"PEM");
}

/* --- sets ----------------------------------------------------------------- */

TEST(what_is_no_set_is_refused)
{
	assert_fault(read_set(""), "JSON");
	assert_fault(read_set("{\"keys\":["), "JSON");
	assert_fault(read_set("[]"), "JSON");
	assert_fault(read_set("{}"), "keys");
	assert_fault(read_set("{\"keys\":{}}"), "keys");
	assert_fault(read_set("{\"keys\":[],\"keys\":[]}"), "JSON");
}

TEST(a_set_may_be_empty)
{
	ck_assert_ptr_null(read_set("{\"keys\":[],\"other\":1}"));
	ck_assert_uint_eq(jwks.count, 0);
	ck_assert_uint_eq(jwks.left_out, 0);
}

TEST(a_set_has_up_to_64_keys)
{
	char set[512] = "{\"keys\":[0";

	for (int i = 1; i < JWKS_KEYS_MAX; i++)
		strcat(set, ",0");
	strcat(set, "]}");
	ck_assert_ptr_null(read_set(set));
	ck_assert_uint_eq(jwks.left_out, 64);
	strcpy(strchr(set, ']'), ",0]}");
	assert_fault(read_set(set), "64");
}

TEST(a_kid_has_up_to_255_bytes)
{
	char more[512];
	char *jwk;

	snprintf(more, sizeof(more), ",\"kid\":\"%0255d\"", 1);
	jwk = tokens_jwk(TOKENS_HS256, more);
	ck_assert_ptr_null(read_jwk(jwk));
	ck_assert_uint_eq(jwks.count, 1);
	free(jwk);
	snprintf(more, sizeof(more), ",\"kid\":\"%0256d\"", 1);
	jwk = tokens_jwk(TOKENS_HS256, more);
	assert_left_out(jwk, "kid");
	free(jwk);
}
