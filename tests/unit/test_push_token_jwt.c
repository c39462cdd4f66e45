/* SPDX-License-Identifier: MIT */
/* commands/push-token-jwt.c. The tokens are made by Python's hmac. */
#include "config.h"

#include "commands/push-token-jwt.h"

#include <string.h>

#include "shared/access/claims.h"
#include "shared/base/buf.h"
#include "tests/unit/suite.h"

#define KEY "0123456789abcdef0123456789abcdef"
#define ONE                                                                    \
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InN1YnN"         \
	"jcmliZSI6WyJvcmRlcnMtNDIiXSwicHVibGlzaCI6W119LCJleHAiOjE4MDA"         \
	"wMDA2MDB9.CubOjfDBaq9Ttg3nD3F9Bj6Jw1ulIUBBc_jkpXvlXJw"
#define TWO                                                                    \
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InN1YnN"         \
	"jcmliZSI6WyJhXCJiIiwiKiJdLCJwdWJsaXNoIjpbImMiXX0sImV4cCI6MTg"         \
	"wMDAwMDYwMCwiYXVkIjoicHVzaCIsImlzcyI6Imh0dHBzOi8vc2hvcC5leGF"         \
	"tcGxlIn0.Ai1UUYKDQB_lSve3mDO0BpxJJ5irjG8ak0-C7D4lfHY"

static void
assert_token(const struct push_token_options *o,
	     const struct push_token_jwt_names *names, const char *want)
{
	struct buf out;

	buf_init(&out, CLAIMS_TOKEN_MAX);
	ck_assert(push_token_jwt(&out, o, text_of(KEY), names, 1800000000));
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(a_token_has_the_claims_of_mercure)
{
	const struct push_token_jwt_names names = {"", ""};
	const struct push_token_options o = {
	    .subscribe_to = {"orders-42"}, .subscribe_to_count = 1, .ttl = 600};

	assert_token(&o, &names, ONE);
}

TEST(a_token_has_the_audience_and_the_issuer_of_the_settings)
{
	const struct push_token_jwt_names names = {"push",
						   "https://shop.example"};
	const struct push_token_options o = {.subscribe_to = {"a\"b", "*"},
					     .subscribe_to_count = 2,
					     .publish_to = {"c"},
					     .publish_to_count = 1,
					     .ttl = 600};

	assert_token(&o, &names, TWO);
}

TEST(a_token_that_programs_would_refuse_is_not_made)
{
	static char name[1001];
	const struct push_token_jwt_names names = {"", ""};
	struct push_token_options o = {.publish_to_count = 10, .ttl = 600};
	struct buf out;

	memset(name, 'a', sizeof(name) - 1);
	for (size_t i = 0; i < o.publish_to_count; i++)
		o.publish_to[i] = name;
	buf_init(&out, CLAIMS_TOKEN_MAX);
	ck_assert(push_token_jwt(&out, &o, text_of(KEY), &names, 1800000000));
	ck_assert(!buf_ok(&out));
	buf_free(&out);
}

TEST(a_short_or_a_public_key_signs_nothing)
{
	ck_assert_ptr_null(push_token_jwt_key_fault(text_of(KEY)));
	ck_assert_ptr_nonnull(push_token_jwt_key_fault(text_of(&KEY[1])));
	ck_assert_ptr_nonnull(push_token_jwt_key_fault(
	    text_of("-----BEGIN PUBLIC KEY-----\n" KEY)));
}
