/* SPDX-License-Identifier: MIT */
/* shared/access/claims.c: what a token says, before it is verified. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/claims.h"
#include "shared/base/base64url.h"
#include "shared/base/buf.h"
#include "tests/unit/suite.h"

enum { NOW = 1800000000 };

static const char HS256[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

static struct claims claims;

/* A token with a signature of `len` bytes, which nobody looks at. */
static void
make(struct buf *out, const char *header, const char *payload, size_t len)
{
	static const char signature[1024];

	buf_init(out, 65536);
	base64url_encode(out, header, strlen(header));
	buf_putc(out, '.');
	base64url_encode(out, payload, strlen(payload));
	buf_putc(out, '.');
	base64url_encode(out, signature, len);
}

static const char *
read_text(struct text token, const char *audience, const char *issuer)
{
	const struct claims_wanted wanted = {
	    .now = NOW, .audience = audience, .issuer = issuer};

	claims_free(&claims);
	return claims_read(&claims, token, &wanted);
}

/* The fault, or NULL. */
static const char *
read_token(const char *header, const char *payload, size_t len)
{
	struct buf token;
	const char *fault;

	make(&token, header, payload, len);
	fault = read_text((struct text){token.bytes, token.len}, "", "");
	buf_free(&token);
	return fault;
}

static const char *
read_payload(const char *payload)
{
	return read_token(HS256, payload, 32);
}

static const char *
read_for(const char *payload, const char *audience, const char *issuer)
{
	struct buf token;
	const char *fault;

	make(&token, HS256, payload, 32);
	fault =
	    read_text((struct text){token.bytes, token.len}, audience, issuer);
	buf_free(&token);
	return fault;
}

/* The fault has this word. */
static void
assert_fault(const char *fault, const char *word)
{
	ck_assert_msg(fault != NULL, "want a fault with %s", word);
	ck_assert_msg(strstr(fault, word) != NULL, "%s, in: %s", word, fault);
}

static bool
may_subscribe(const char *channel)
{
	return selectors_match(&claims.subscribe, text_of(channel));
}

static bool
may_publish(const char *channel)
{
	return selectors_match(&claims.publish, text_of(channel));
}

/* --- the subject ---------------------------------------------------------- */

TEST(a_subject_that_is_no_name_is_ignored)
{
	ck_assert_ptr_null(read_payload("{\"sub\":\"ann\"}"));
	ck_assert_str_eq(claims.subject, "ann");
	ck_assert_ptr_null(read_payload("{}"));
	ck_assert_ptr_null(claims.subject);
	ck_assert_ptr_null(read_payload("{\"sub\":7}"));
	ck_assert_ptr_null(claims.subject);
	ck_assert_ptr_null(read_payload("{\"sub\":\"\"}"));
	ck_assert_ptr_null(claims.subject);
	ck_assert_ptr_null(read_payload("{\"sub\":\"a\\nb\"}"));
	ck_assert_ptr_null(claims.subject);
}

/* --- form ----------------------------------------------------------------- */

static void
assert_no_token(const char *text)
{
	assert_fault(read_text(text_of(text), "", ""), "three parts");
}

TEST(a_token_has_three_parts)
{
	ck_assert_ptr_null(read_payload("{}"));
	assert_no_token("");
	assert_no_token(".");
	assert_no_token("e30");
	assert_no_token("e30.e30");
	assert_no_token("e30.e30.AA.AA");
}

TEST(a_token_of_more_than_8192_bytes_is_refused)
{
	char *token = calloc(1, CLAIMS_TOKEN_MAX + 1);

	memset(token, '.', CLAIMS_TOKEN_MAX + 1);
	assert_fault(
	    read_text((struct text){token, CLAIMS_TOKEN_MAX + 1}, "", ""),
	    "8192");
	assert_fault(read_text((struct text){token, CLAIMS_TOKEN_MAX}, "", ""),
		     "three parts");
	free(token);
}

TEST(a_part_that_is_no_base64url_is_refused)
{
	const char *header = "eyJhbGciOiJIUzI1NiJ9"; /* {"alg":"HS256"} */
	const char *signature = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	char token[256];

	snprintf(token, sizeof(token), "%s.e30.%s", header, signature);
	ck_assert_ptr_null(read_text(text_of(token), "", ""));
	snprintf(token, sizeof(token), "%s=.e30.%s", header, signature);
	assert_fault(read_text(text_of(token), "", ""), "header");
	snprintf(token, sizeof(token), "%s.e30=.%s", header, signature);
	assert_fault(read_text(text_of(token), "", ""), "payload");
	snprintf(token, sizeof(token), "%s.e30.%s=", header, signature);
	assert_fault(read_text(text_of(token), "", ""), "signature");
	snprintf(token, sizeof(token), "%s.e 0.%s", header, signature);
	assert_fault(read_text(text_of(token), "", ""), "payload");
}

TEST(a_header_or_payload_that_is_no_object_is_refused)
{
	assert_fault(read_token("[]", "{}", 32), "header");
	assert_fault(read_token("", "{}", 32), "header");
	assert_fault(read_token("{", "{}", 32), "header");
	assert_fault(read_payload("[]"), "payload");
	assert_fault(read_payload(""), "payload");
	assert_fault(read_payload("{}{}"), "payload");
	assert_fault(read_payload("{\"a\":\"\xff\"}"), "payload");
}

TEST(a_name_that_stands_twice_is_refused)
{
	assert_fault(
	    read_token("{\"alg\":\"none\",\"alg\":\"HS256\"}", "{}", 32),
	    "header");
	assert_fault(read_payload("{\"exp\":1,\"exp\":2000000000}"), "payload");
	assert_fault(read_payload("{\"other\":1,\"other\":2}"), "payload");
	assert_fault(read_payload("{\"mercure\":{\"subscribe\":[],"
				  "\"subscribe\":[\"*\"]}}"),
		     "payload");
}

TEST(json_that_is_nested_too_deeply_is_refused)
{
	char payload[6000];

	memset(payload, '[', sizeof(payload));
	memcpy(payload, "{\"a\":", 5);
	payload[sizeof(payload) - 1] = '\0';
	assert_fault(read_payload(payload), "payload");
}

/* --- header --------------------------------------------------------------- */

TEST(the_algorithm_is_one_of_three)
{
	ck_assert_ptr_null(read_token("{\"alg\":\"HS256\"}", "{}", 32));
	ck_assert_int_eq(claims.type, JWK_HS256);
	ck_assert_ptr_null(read_token("{\"alg\":\"RS256\"}", "{}", 256));
	ck_assert_int_eq(claims.type, JWK_RS256);
	ck_assert_ptr_null(read_token("{\"alg\":\"ES256\"}", "{}", 64));
	ck_assert_int_eq(claims.type, JWK_ES256);
}

TEST(other_algorithms_are_refused)
{
	static const char *const headers[] = {
	    "{\"alg\":\"none\"}",  "{\"alg\":\"None\"}",    "{\"alg\":\"\"}",
	    "{\"alg\":\"hs256\"}", "{\"alg\":\"HS512\"}",   "{\"alg\":null}",
	    "{\"alg\":\"PS256\"}", "{\"alg\":[\"HS256\"]}", "{}"};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		assert_fault(read_token(headers[i], "{}", 32), "(alg)");
		assert_fault(read_token(headers[i], "{}", 0), "(alg)");
	}
}

TEST(a_signature_of_the_wrong_length_is_refused)
{
	assert_fault(read_token("{\"alg\":\"HS256\"}", "{}", 31), "signature");
	assert_fault(read_token("{\"alg\":\"HS256\"}", "{}", 33), "signature");
	assert_fault(read_token("{\"alg\":\"ES256\"}", "{}", 70), "signature");
	assert_fault(read_token("{\"alg\":\"RS256\"}", "{}", 0), "signature");
}

TEST(the_key_id_is_read)
{
	ck_assert_ptr_null(
	    read_token("{\"alg\":\"HS256\",\"kid\":\"a-1\"}", "{}", 32));
	ck_assert_str_eq(claims.kid, "a-1");
	ck_assert_ptr_null(read_payload("{}"));
	ck_assert_str_eq(claims.kid, "");
	assert_fault(read_token("{\"alg\":\"HS256\",\"kid\":7}", "{}", 32),
		     "(kid)");
}

TEST(extensions_are_refused)
{
	assert_fault(read_token("{\"alg\":\"HS256\",\"b64\":false,"
				"\"crit\":[\"b64\"]}",
				"{}", 32),
		     "(crit)");
}

TEST(the_type_is_jwt_or_left_out)
{
	ck_assert_ptr_null(
	    read_token("{\"alg\":\"HS256\",\"typ\":\"jwt\"}", "{}", 32));
	assert_fault(
	    read_token("{\"alg\":\"HS256\",\"typ\":\"JOSE\"}", "{}", 32),
	    "(typ)");
	assert_fault(read_token("{\"alg\":\"HS256\",\"typ\":1}", "{}", 32),
		     "(typ)");
}

/* --- times ---------------------------------------------------------------- */

TEST(a_token_expires_ten_seconds_after_its_exp)
{
	ck_assert_ptr_null(read_payload("{\"exp\":1800000000}"));
	ck_assert_uint_eq(claims.expires, NOW + 10);
	ck_assert_ptr_null(read_payload("{\"exp\":1799999991}"));
	ck_assert_uint_eq(claims.expires, NOW + 1);
	assert_fault(read_payload("{\"exp\":1799999990}"), "expired");
	assert_fault(read_payload("{\"exp\":0}"), "expired");
	assert_fault(read_payload("{\"exp\":-1}"), "expired");
}

TEST(a_token_without_exp_never_expires)
{
	ck_assert_ptr_null(read_payload("{}"));
	ck_assert_uint_eq(claims.expires, 0);
}

TEST(times_may_have_a_fraction)
{
	ck_assert_ptr_null(read_payload("{\"exp\":1800000000.75}"));
	ck_assert_uint_eq(claims.expires, NOW + 10);
	ck_assert_ptr_null(read_payload("{\"exp\":1e300,\"nbf\":1.5}"));
	ck_assert_uint_gt(claims.expires, NOW);
}

TEST(a_time_that_is_no_number_is_refused)
{
	assert_fault(read_payload("{\"exp\":\"1900000000\"}"), "(exp)");
	assert_fault(read_payload("{\"exp\":null}"), "(exp)");
	assert_fault(read_payload("{\"nbf\":\"1\"}"), "(nbf)");
}

TEST(a_token_is_valid_from_ten_seconds_before_its_nbf)
{
	ck_assert_ptr_null(read_payload("{\"nbf\":1800000010}"));
	assert_fault(read_payload("{\"nbf\":1800000011}"), "(nbf)");
}

/* --- audience, issuer ----------------------------------------------------- */

TEST(the_audience_is_a_text_or_in_an_array)
{
	ck_assert_ptr_null(read_for("{\"aud\":\"push\"}", "push", ""));
	ck_assert_ptr_null(read_for("{\"aud\":[\"a\",\"push\"]}", "push", ""));
	assert_fault(read_for("{\"aud\":\"pus\"}", "push", ""), "(aud)");
	assert_fault(read_for("{\"aud\":[\"a\",1]}", "push", ""), "(aud)");
	assert_fault(read_for("{\"aud\":{\"push\":1}}", "push", ""), "(aud)");
	assert_fault(read_for("{}", "push", ""), "(aud)");
	ck_assert_ptr_null(read_for("{\"aud\":\"another\"}", "", ""));
}

TEST(the_issuer_is_compared)
{
	ck_assert_ptr_null(read_for("{\"iss\":\"site\"}", "", "site"));
	assert_fault(read_for("{\"iss\":\"Site\"}", "", "site"), "(iss)");
	assert_fault(read_for("{\"iss\":[\"site\"]}", "", "site"), "(iss)");
	assert_fault(read_for("{}", "", "site"), "(iss)");
	ck_assert_ptr_null(read_for("{\"iss\":\"another\"}", "", ""));
}

/* --- rights --------------------------------------------------------------- */

TEST(the_claim_mercure_lists_the_channels_of_each_right)
{
	ck_assert_ptr_null(read_payload("{\"mercure\":{"
					"\"subscribe\":[\"a\",\"b-{id}\"],"
					"\"publish\":[\"*\"],"
					"\"payload\":{\"any\":1}}}"));
	ck_assert(may_subscribe("a"));
	ck_assert(may_subscribe("b-1"));
	ck_assert(!may_subscribe("c"));
	ck_assert(may_publish("c"));
}

TEST(a_right_that_is_not_listed_is_not_given)
{
	ck_assert_ptr_null(read_payload("{\"mercure\":{\"publish\":[\"a\"]}}"));
	ck_assert(!may_subscribe("a"));
	ck_assert(may_publish("a"));
	ck_assert_ptr_null(read_payload("{\"mercure\":{}}"));
	ck_assert(!may_subscribe("a"));
	ck_assert(!may_publish("a"));
	ck_assert_ptr_null(read_payload("{\"sub\":\"me\"}"));
	ck_assert(!may_subscribe("a"));
	ck_assert(!may_publish("a"));
}

TEST(the_claim_may_be_named_by_an_address_which_then_counts)
{
	ck_assert_ptr_null(read_payload("{\"mercure\":{\"subscribe\":[\"a\"]},"
					"\"https://mercure.rocks/\":"
					"{\"subscribe\":[\"b\"]}}"));
	ck_assert(!may_subscribe("a"));
	ck_assert(may_subscribe("b"));
}

TEST(a_claim_of_another_form_is_refused)
{
	assert_fault(read_payload("{\"mercure\":[\"*\"]}"), "mercure");
	assert_fault(read_payload("{\"mercure\":{\"subscribe\":\"*\"}}"),
		     "arrays");
	assert_fault(read_payload("{\"mercure\":{\"publish\":[1]}}"), "arrays");
	assert_fault(read_payload("{\"mercure\":{\"publish\":{}}}"), "arrays");
}

static const char *
read_many(size_t count)
{
	struct buf payload;
	const char *fault;

	buf_init(&payload, 65536);
	buf_puts(&payload, "{\"mercure\":{\"subscribe\":[\"a\"");
	for (size_t i = 1; i < count; i++)
		buf_puts(&payload, ",\"a\"");
	buf_puts(&payload, "]}}");
	buf_putc(&payload, '\0');
	fault = read_payload(payload.bytes);
	buf_free(&payload);
	return fault;
}

TEST(a_right_is_for_up_to_256_selectors)
{
	ck_assert_ptr_null(read_many(256));
	assert_fault(read_many(257), "256");
}

TEST(a_selector_of_more_than_1024_bytes_is_refused)
{
	char payload[1200];
	int n = snprintf(payload, sizeof(payload),
			 "{\"mercure\":{\"publish\":[\"%01024d\"]}}", 1);

	ck_assert_int_gt(n, 1024);
	ck_assert_ptr_null(read_payload(payload));
	snprintf(payload, sizeof(payload),
		 "{\"mercure\":{\"publish\":[\"%01025d\"]}}", 1);
	assert_fault(read_payload(payload), "1024");
}
