/* SPDX-License-Identifier: MIT */
/* shared/wire/query.c */
#include "config.h"

#include "shared/wire/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/suite.h"

/* `want`: the decoded pairs, each as "name=value;". */
static void
assert_pairs(const char *text, size_t len, const char *want, size_t want_len)
{
	char *copy = malloc(len + 1);
	struct query q;
	struct query_pair pair;
	struct buf got;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	copy[len] = 'x';
	buf_init(&got, 1000);
	query_init(&q, copy, len);
	while (query_next(&q, &pair)) {
		ck_assert_int_eq(pair.name.bytes[pair.name.len], '\0');
		ck_assert_int_eq(pair.value.bytes[pair.value.len], '\0');
		buf_put(&got, pair.name.bytes, pair.name.len);
		buf_putc(&got, '=');
		buf_put(&got, pair.value.bytes, pair.value.len);
		buf_putc(&got, ';');
	}
	ck_assert(!query_next(&q, &pair));
	suite_assert_same(got.bytes, got.len, want, want_len);
	buf_free(&got);
	free(copy);
}

static void
assert_text(const char *text, const char *want)
{
	assert_pairs(text, strlen(text), want, strlen(want));
}

TEST(pairs_in_order)
{
	assert_text("a=1", "a=1;");
	assert_text("channel=one&channel=two&x=y",
		    "channel=one;channel=two;x=y;");
}

TEST(empty_pairs_are_skipped)
{
	assert_text("", "");
	assert_text("&", "");
	assert_text("&&&", "");
	assert_text("&&a=1&&&b=2&&", "a=1;b=2;");
}

TEST(name_or_value_may_be_empty)
{
	assert_text("a", "a=;");
	assert_text("a&b=", "a=;b=;");
	assert_text("=v", "=v;");
	assert_text("=", "=;");
}

TEST(the_first_equals_sign_divides)
{
	assert_text("a=b=c==", "a=b=c==;");
}

TEST(plus_and_percent_are_decoded)
{
	assert_text("a+b=c+d", "a b=c d;");
	assert_text("%61%3D=%26%2b%2B%25", "a==&++%;");
	assert_text("x=%e2%82%AC", "x=\xe2\x82\xac;");
}

TEST(a_percent_without_two_hex_digits_is_kept)
{
	assert_text("a=%", "a=%;");
	assert_text("a=%4", "a=%4;");
	assert_text("a=%4&b=1", "a=%4;b=1;");
	assert_text("a=%g1%1g", "a=%g1%1g;");
	assert_text("%=%%41", "%=%A;");
	assert_text("a=%%%41", "a=%%A;");
}

TEST(a_percent_at_the_end_of_the_text)
{
	assert_pairs("a=%41", 4, "a=%4;", 5);
	assert_pairs("a%3d1", 3, "a%3=;", 5);
}

TEST(nuls_are_kept)
{
	assert_pairs("a%00b=c%00", 10, "a\0b=c\0;", 7);
	assert_pairs("a\0b=c\0&d", 8, "a\0b=c\0;d=;", 10);
}

TEST(nothing_is_decoded_twice)
{
	assert_text("a=%2541&b=%26c=d", "a=%41;b=&c=d;");
}
