/* SPDX-License-Identifier: MIT */
/* shared/access/token.c: tokens that are verified with keys of settings and
 * files. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/access/claims.h"
#include "shared/access/token.h"
#include "shared/base/clock.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"
#include "tests/unit/tokens.h"

static const char ORDERS[] = "{\"mercure\":{\"subscribe\":[\"orders-{id}\"],"
			     "\"publish\":[\"news\"]}}";

static char key_path[64], jwks_path[64];
static struct token_keys *keys;

__attribute__((constructor)) static void
prepare(void)
{
	tokens_prepare();
	snprintf(key_path, sizeof(key_path), "/tmp/pushcgi-key-%d",
		 (int)getpid());
	snprintf(jwks_path, sizeof(jwks_path), "/tmp/pushcgi-jwks-%d",
		 (int)getpid());
}

/* --- keys ----------------------------------------------------------------- */

static void
open_with(struct token_conf conf)
{
	const char **texts[] = {&conf.key, &conf.key_file, &conf.jwks_file,
				&conf.audience, &conf.issuer};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (*texts[i] == NULL)
			*texts[i] = "";
	keys = token_keys_open(&conf);
}

static void
open_secret(void)
{
	open_with((struct token_conf){.key = TOKENS_SECRET});
}

static void
write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

static void
write_pem(enum tokens_signer signer)
{
	char *pem = tokens_pem(signer, 0);

	write_file(key_path, pem);
	free(pem);
}

static void
open_pem(enum tokens_signer signer)
{
	write_pem(signer);
	open_with((struct token_conf){.key_file = key_path});
}

/* A set of these keys; `more` is of each. */
static void
write_set(enum tokens_signer a, const char *a_more, enum tokens_signer b,
	  const char *b_more)
{
	char *first = tokens_jwk(a, a_more), *second = tokens_jwk(b, b_more);
	char set[8192];

	snprintf(set, sizeof(set), "{\"keys\":[%s,%s]}", first, second);
	write_file(jwks_path, set);
	free(first);
	free(second);
}

static void
open_jwks(void)
{
	open_with((struct token_conf){.jwks_file = jwks_path});
}

static void
finish(void)
{
	token_keys_close(keys);
	unlink(key_path);
	unlink(jwks_path);
}

/* --- tokens --------------------------------------------------------------- */

static void
assert_accepted(const char *jwt)
{
	const char *fault = NULL;
	struct token *token = token_verify(keys, text_of(jwt), &fault);

	ck_assert_msg(token != NULL, "%s", fault);
	token_unref(token);
}

/* The fault has this word. */
static void
assert_refused(const char *jwt, const char *word)
{
	const char *fault = NULL;
	struct token *token = token_verify(keys, text_of(jwt), &fault);

	ck_assert_msg(token == NULL, "accepted; want a fault with %s", word);
	ck_assert_ptr_nonnull(fault);
	ck_assert_msg(strstr(fault, word) != NULL, "%s, in: %s", word, fault);
}

static void
assert_signer_accepted(enum tokens_signer signer)
{
	char *jwt = tokens_sign(ORDERS, signer);

	assert_accepted(jwt);
	free(jwt);
}

static void
assert_signer_refused(enum tokens_signer signer, const char *word)
{
	char *jwt = tokens_sign(ORDERS, signer);

	assert_refused(jwt, word);
	free(jwt);
}

static char *
sign_with_header(const char *header, enum tokens_signer signer)
{
	return tokens_make(text_of(header), text_of(ORDERS), signer);
}

/* --- signatures ----------------------------------------------------------- */

TEST(a_token_of_the_secret_is_accepted)
{
	open_secret();
	assert_signer_accepted(TOKENS_HS256);
	assert_signer_refused(TOKENS_RS256, "no key");
	assert_signer_refused(TOKENS_ES256, "no key");
	ck_assert_uint_eq(token_keys_signatures(keys), 1);
	finish();
}

TEST(a_token_of_the_rsa_key_is_accepted)
{
	open_pem(TOKENS_RS256);
	assert_signer_accepted(TOKENS_RS256);
	assert_signer_refused(TOKENS_RS256_OTHER, "signature");
	assert_signer_refused(TOKENS_ES256, "no key");
	finish();
}

TEST(a_token_of_the_ec_key_is_accepted)
{
	open_pem(TOKENS_ES256);
	assert_signer_accepted(TOKENS_ES256);
	assert_signer_refused(TOKENS_ES256_OTHER, "signature");
	assert_signer_refused(TOKENS_RS256, "no key");
	finish();
}

TEST(a_token_without_a_signature_is_refused)
{
	char *jwt = sign_with_header("{\"alg\":\"HS256\"}", TOKENS_UNSIGNED);

	open_with(
	    (struct token_conf){.key = TOKENS_SECRET, .key_file = key_path});
	write_pem(TOKENS_RS256);
	assert_signer_refused(TOKENS_UNSIGNED, "(alg)");
	assert_refused(jwt, "signature");
	ck_assert_uint_eq(token_keys_signatures(keys), 0);
	free(jwt);
	finish();
}

TEST(a_signature_by_the_public_key_as_a_secret_is_refused)
{
	char *with_set;

	open_pem(TOKENS_RS256);
	assert_signer_refused(TOKENS_HS256_BY_PEM, "no key");
	ck_assert_uint_eq(token_keys_signatures(keys), 0);
	finish();
	write_set(TOKENS_RS256, ",\"kid\":\"a\"", TOKENS_ES256, "");
	open_jwks();
	with_set = sign_with_header("{\"alg\":\"HS256\",\"kid\":\"a\"}",
				    TOKENS_HS256_BY_PEM);
	assert_refused(with_set, "no key");
	ck_assert_uint_eq(token_keys_signatures(keys), 0);
	free(with_set);
	finish();
}

TEST(an_ec_signature_in_der_is_refused)
{
	open_pem(TOKENS_ES256);
	assert_signer_refused(TOKENS_ES256_DER, "signature");
	ck_assert_uint_eq(token_keys_signatures(keys), 0);
	finish();
}

TEST(any_changed_byte_makes_a_token_wrong)
{
	char *jwt = tokens_sign(ORDERS, TOKENS_HS256);
	size_t len = strlen(jwt);

	open_secret();
	for (size_t i = 0; i < len; i++) {
		const char *fault;
		char was = jwt[i];

		jwt[i] = was == 'A' ? 'B' : 'A';
		ck_assert_ptr_null(token_verify(keys, text_of(jwt), &fault));
		jwt[i] = was;
	}
	assert_accepted(jwt);
	free(jwt);
	finish();
}

TEST(a_token_that_was_cut_is_refused)
{
	char *jwt = tokens_sign(ORDERS, TOKENS_RS256);
	size_t len = strlen(jwt);

	open_pem(TOKENS_RS256);
	for (size_t i = 0; i < len; i += 7) {
		const char *fault;

		ck_assert_ptr_null(
		    token_verify(keys, (struct text){jwt, i}, &fault));
	}
	assert_accepted(jwt);
	free(jwt);
	finish();
}

TEST(two_keys_may_be_set_at_once)
{
	write_pem(TOKENS_RS256);
	write_set(TOKENS_ES256, "", TOKENS_RS256_OTHER, "");
	open_with((struct token_conf){.key = TOKENS_SECRET,
				      .key_file = key_path,
				      .jwks_file = jwks_path});
	assert_signer_accepted(TOKENS_HS256);
	assert_signer_accepted(TOKENS_RS256);
	assert_signer_accepted(TOKENS_RS256_OTHER);
	assert_signer_accepted(TOKENS_ES256);
	assert_signer_refused(TOKENS_ES256_OTHER, "signature");
	finish();
}

TEST(without_a_key_every_token_is_refused)
{
	open_with((struct token_conf){.key = ""});
	assert_signer_refused(TOKENS_HS256, "no key");
	ck_assert_ptr_null(token_keys_fault(keys));
	finish();
}

TEST(a_short_secret_is_a_fault_and_verifies_nothing)
{
	open_with((struct token_conf){.key = "short"});
	ck_assert_ptr_nonnull(strstr(token_keys_fault(keys), "32 bytes"));
	assert_signer_refused(TOKENS_HS256, "no key");
	finish();
}

/* --- examples of RFC 7515, appendix A ------------------------------------- */

static const char RFC_KEYS[] =
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"
    "EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"},"
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
    "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2l"
    "ZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5"
    "z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwK"
    "h9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW"
    "9gb54h4FRWyuXpoQ\"},{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

#define RFC_PAYLOAD                                                            \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl" \
	"LmNvbS9pc19yb290Ijp0cnVlfQ"

static const char *const RFC_TOKENS[] = {
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_PAYLOAD
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "eyJhbGciOiJSUzI1NiJ9." RFC_PAYLOAD
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4B"
    "h-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLg"
    "rnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--x"
    "i12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9"
    "Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    "eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKT"
    "UJqPP3-Kg6NU1Q"};

TEST(the_examples_of_rfc_7515_are_accepted_until_their_exp)
{
	write_file(jwks_path, RFC_KEYS);
	open_with((struct token_conf){.jwks_file = jwks_path, .issuer = "joe"});
	fake_clock_set_unix(1300819380);
	for (size_t i = 0; i < 3; i++)
		assert_accepted(RFC_TOKENS[i]);
	fake_clock_set_unix(1300819390);
	for (size_t i = 0; i < 3; i++)
		assert_refused(RFC_TOKENS[i], "expired");
	fake_clock_set_unix(FAKE_CLOCK_UNIX);
	finish();
}

/* --- claims --------------------------------------------------------------- */

TEST(a_token_allows_what_it_lists)
{
	char *jwt = tokens_sign(ORDERS, TOKENS_HS256);
	const char *fault;
	struct token *token;

	open_secret();
	token = token_verify(keys, text_of(jwt), &fault);
	ck_assert(token_allows(token, ACCESS_SUBSCRIBE, text_of("orders-42")));
	ck_assert(!token_allows(token, ACCESS_PUBLISH, text_of("orders-42")));
	ck_assert(token_allows(token, ACCESS_PUBLISH, text_of("news")));
	ck_assert(!token_allows(token, ACCESS_SUBSCRIBE, text_of("news")));
	ck_assert_uint_eq(token_expires(token), 0);
	token_unref(token);
	free(jwt);
	finish();
}

static char *
sign_until(uint64_t exp)
{
	char payload[64];

	snprintf(payload, sizeof(payload), "{\"exp\":%llu}",
		 (unsigned long long)exp);
	return tokens_sign(payload, TOKENS_HS256);
}

TEST(a_token_expires_also_when_it_is_known)
{
	const uint64_t exp = clock_unix() + 60;
	char *jwt = sign_until(exp);
	const char *fault;
	struct token *token;

	open_secret();
	token = token_verify(keys, text_of(jwt), &fault);
	ck_assert_ptr_nonnull(token);
	ck_assert_uint_eq(token_expires(token), exp + CLAIMS_LEEWAY);
	token_unref(token);
	fake_clock_advance(69000);
	assert_accepted(jwt);
	fake_clock_advance(1000);
	assert_refused(jwt, "expired");
	assert_refused(jwt, "expired");
	ck_assert_uint_eq(token_keys_signatures(keys), 1);
	free(jwt);
	finish();
}

TEST(a_token_that_is_held_outlives_the_keys)
{
	char *jwt = tokens_sign(ORDERS, TOKENS_HS256);
	const char *fault;
	struct token *token;

	open_secret();
	token = token_verify(keys, text_of(jwt), &fault);
	finish();
	ck_assert_ptr_eq(token_ref(token), token);
	token_unref(token);
	ck_assert(token_allows(token, ACCESS_PUBLISH, text_of("news")));
	token_unref(token);
	token_unref(NULL);
	free(jwt);
}

TEST(audience_and_issuer_are_those_of_the_settings)
{
	char *good = tokens_sign("{\"aud\":[\"a\",\"push\"],\"iss\":\"site\"}",
				 TOKENS_HS256);
	char *other =
	    tokens_sign("{\"aud\":\"a\",\"iss\":\"site\"}", TOKENS_HS256);

	open_with((struct token_conf){
	    .key = TOKENS_SECRET, .audience = "push", .issuer = "site"});
	assert_accepted(good);
	assert_refused(other, "(aud)");
	free(good);
	free(other);
	finish();
}

TEST(what_is_refused_for_a_claim_costs_no_signature)
{
	char *expired = sign_until(1000);

	open_secret();
	assert_refused(expired, "expired");
	assert_refused("e30.e30.AAAA", "(alg)");
	ck_assert_uint_eq(token_keys_signatures(keys), 0);
	free(expired);
	finish();
}

/* --- known tokens --------------------------------------------------------- */

TEST(a_token_that_is_known_costs_no_signature)
{
	open_pem(TOKENS_RS256);
	for (int i = 0; i < 10; i++) {
		static char *jwt;

		if (jwt == NULL)
			jwt = tokens_sign(ORDERS, TOKENS_RS256);
		assert_accepted(jwt);
		if (i == 9)
			free(jwt);
	}
	ck_assert_uint_eq(token_keys_signatures(keys), 1);
	finish();
}

TEST(a_wrong_token_is_not_known_afterwards)
{
	char *jwt = tokens_sign(ORDERS, TOKENS_RS256_OTHER);

	open_pem(TOKENS_RS256);
	assert_refused(jwt, "signature");
	assert_refused(jwt, "signature");
	ck_assert_uint_eq(token_keys_signatures(keys), 2);
	free(jwt);
	finish();
}

/* --- key ids -------------------------------------------------------------- */

TEST(the_key_id_chooses_the_key)
{
	char *a =
	    sign_with_header("{\"alg\":\"RS256\",\"kid\":\"a\"}", TOKENS_RS256);
	char *b = sign_with_header("{\"alg\":\"RS256\",\"kid\":\"b\"}",
				   TOKENS_RS256_OTHER);
	char *wrong =
	    sign_with_header("{\"alg\":\"RS256\",\"kid\":\"b\"}", TOKENS_RS256);
	char *unknown =
	    sign_with_header("{\"alg\":\"RS256\",\"kid\":\"c\"}", TOKENS_RS256);

	write_set(TOKENS_RS256, ",\"kid\":\"a\"", TOKENS_RS256_OTHER,
		  ",\"kid\":\"b\"");
	open_jwks();
	assert_accepted(a);
	assert_accepted(b);
	ck_assert_uint_eq(token_keys_signatures(keys), 2);
	assert_refused(wrong, "signature");
	assert_refused(unknown, "(kid)");
	ck_assert_uint_eq(token_keys_signatures(keys), 3);
	free(a);
	free(b);
	free(wrong);
	free(unknown);
	finish();
}

TEST(without_a_key_id_the_keys_of_the_type_are_tried)
{
	write_set(TOKENS_RS256_OTHER, ",\"kid\":\"a\"", TOKENS_RS256,
		  ",\"kid\":\"b\"");
	open_jwks();
	assert_signer_accepted(TOKENS_RS256);
	ck_assert_uint_eq(token_keys_signatures(keys), 2);
	assert_signer_refused(TOKENS_ES256, "no key");
	finish();
}

TEST(a_key_without_an_id_is_for_tokens_with_any)
{
	char *jwt =
	    sign_with_header("{\"alg\":\"HS256\",\"kid\":\"x\"}", TOKENS_HS256);

	open_secret();
	assert_accepted(jwt);
	free(jwt);
	finish();
}

TEST(at_most_eight_keys_are_tried)
{
	char set[32768] = "{\"keys\":[";
	char *wrong = tokens_jwk(TOKENS_RS256_OTHER, "");
	char *right = tokens_jwk(TOKENS_RS256, "");

	for (int i = 0; i < 8; i++) {
		strcat(set, wrong);
		strcat(set, ",");
	}
	strcat(set, right);
	strcat(set, "]}");
	write_file(jwks_path, set);
	open_jwks();
	assert_signer_refused(TOKENS_RS256, "signature");
	ck_assert_uint_eq(token_keys_signatures(keys), 8);
	free(wrong);
	free(right);
	finish();
}

/* --- files that change ---------------------------------------------------- */

TEST(with_another_key_in_the_file_old_tokens_are_refused)
{
	char *jwt = tokens_sign(ORDERS, TOKENS_RS256);

	open_pem(TOKENS_RS256);
	assert_accepted(jwt);
	write_pem(TOKENS_RS256_OTHER);
	fake_clock_advance(1000);
	assert_refused(jwt, "signature");
	assert_signer_accepted(TOKENS_RS256_OTHER);
	free(jwt);
	finish();
}

TEST(with_another_set_old_tokens_are_refused)
{
	char *jwt = tokens_sign(ORDERS, TOKENS_RS256);

	write_set(TOKENS_RS256, "", TOKENS_ES256, "");
	open_jwks();
	assert_accepted(jwt);
	write_file(jwks_path, "{\"keys\":[]}");
	fake_clock_advance(1000);
	assert_refused(jwt, "no key");
	ck_assert_ptr_null(token_keys_fault(keys));
	free(jwt);
	finish();
}

TEST(a_secret_of_a_file_ends_before_its_line_break)
{
	write_file(key_path, TOKENS_SECRET "\n");
	open_with((struct token_conf){.key_file = key_path});
	assert_signer_accepted(TOKENS_HS256);
	finish();
	write_file(key_path, TOKENS_SECRET "\r\n");
	open_with((struct token_conf){.key_file = key_path});
	assert_signer_accepted(TOKENS_HS256);
	finish();
}

/* What the log says: stderr is a file. */
static int
catch_log(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	return fileno(file);
}

static size_t
count_in_log(int log, const char *words)
{
	static char text[65536];
	ssize_t len = pread(log, text, sizeof(text) - 1, 0);
	size_t count = 0;

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
		count++;
	return count;
}

TEST(a_broken_set_keeps_the_last_one_and_is_logged_once)
{
	int log = catch_log();
	char *jwt = tokens_sign(ORDERS, TOKENS_RS256);

	write_set(TOKENS_RS256, "", TOKENS_ES256, "");
	open_jwks();
	assert_accepted(jwt);
	write_file(jwks_path, "{\"keys\":[");
	for (int i = 0; i < 5; i++) {
		fake_clock_advance(1000);
		assert_accepted(jwt);
	}
	ck_assert_uint_eq(token_keys_signatures(keys), 1);
	ck_assert_ptr_nonnull(token_keys_fault(keys));
	ck_assert_uint_eq(count_in_log(log, "not valid JSON"), 1);
	write_set(TOKENS_ES256, "", TOKENS_ES256_OTHER, "");
	fake_clock_advance(1000);
	assert_refused(jwt, "no key");
	ck_assert_ptr_null(token_keys_fault(keys));
	free(jwt);
	finish();
}

TEST(a_file_that_is_away_keeps_the_keys_and_is_logged_once)
{
	int log = catch_log();
	char *jwt = tokens_sign(ORDERS, TOKENS_RS256);

	open_pem(TOKENS_RS256);
	assert_accepted(jwt);
	unlink(key_path);
	for (int i = 0; i < 5; i++) {
		fake_clock_advance(1000);
		assert_accepted(jwt);
	}
	ck_assert_ptr_nonnull(token_keys_fault(keys));
	ck_assert_uint_eq(count_in_log(log, "No such file"), 1);
	write_pem(TOKENS_RS256);
	fake_clock_advance(1000);
	ck_assert_ptr_null(token_keys_fault(keys));
	assert_accepted(jwt);
	free(jwt);
	finish();
}

TEST(a_file_that_comes_later_is_read)
{
	open_with((struct token_conf){.key_file = key_path});
	assert_signer_refused(TOKENS_RS256, "no key");
	write_pem(TOKENS_RS256);
	fake_clock_advance(1000);
	assert_signer_accepted(TOKENS_RS256);
	finish();
}

TEST(keys_that_are_left_out_are_logged)
{
	int log = catch_log();

	write_set(TOKENS_RS256, ",\"use\":\"enc\"", TOKENS_ES256, "");
	open_jwks();
	assert_signer_accepted(TOKENS_ES256);
	ck_assert_uint_eq(count_in_log(log, "keys=1 left_out=1"), 1);
	finish();
}

TEST(selectors_that_match_nothing_are_logged_once_a_token)
{
	int log = catch_log();
	char *jwt = tokens_sign("{\"mercure\":{\"subscribe\":[\"a\","
				"\"b{+c}\",\"d*\"]}}",
				TOKENS_HS256);

	open_secret();
	for (int i = 0; i < 3; i++)
		assert_accepted(jwt);
	ck_assert_uint_eq(count_in_log(log, "event=token_selector"), 1);
	ck_assert_uint_eq(count_in_log(log, "selector=\"b{+c}\" count=2"), 1);
	free(jwt);
	finish();
}

TEST(the_log_has_no_secret_and_no_token)
{
	int log = catch_log();
	char *jwt = tokens_sign(ORDERS, TOKENS_HS256);

	open_with(
	    (struct token_conf){.key = "short secret", .jwks_file = jwks_path});
	write_file(jwks_path, "{\"keys\":[{\"kty\":\"oct\","
			      "\"k\":\"c2hvcnQ\"}]}");
	assert_refused(jwt, "no key");
	ck_assert_uint_eq(count_in_log(log, "event=token_keys"), 2);
	ck_assert_uint_eq(count_in_log(log, "short secret"), 0);
	ck_assert_uint_eq(count_in_log(log, "c2hvcnQ"), 0);
	ck_assert_uint_eq(count_in_log(log, "eyJ"), 0);
	free(jwt);
	finish();
}
