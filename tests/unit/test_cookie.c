/* SPDX-License-Identifier: MIT */
/* shared/access/cookie.c */
#include "config.h"

#include "shared/access/cookie.h"

#include "tests/unit/suite.h"

static struct text value;

static void
assert_finds(const char *header, const char *want)
{
	ck_assert_int_eq(cookie_find(&value, text_of(header), "push"),
			 COOKIE_FOUND);
	suite_assert_same(value.bytes, value.len, want, text_of(want).len);
}

static void
assert_status(const char *header, enum cookie_status want)
{
	ck_assert_msg(cookie_find(&value, text_of(header), "push") == want,
		      "%s", header);
	ck_assert_uint_eq(value.len, 0);
}

TEST(a_cookie_is_found_at_any_place)
{
	assert_finds("push=1", "1");
	assert_finds("push=1; other=2", "1");
	assert_finds("other=2; push=1", "1");
	assert_finds("a=1; push=2; b=3", "2");
}

TEST(a_value_may_contain_equals_signs_and_be_empty)
{
	assert_finds("push=YQ==", "YQ==");
	assert_finds("push=", "");
	assert_finds("push=; push=", "");
}

TEST(quotes_around_a_value_are_removed)
{
	assert_finds("push=\"a.b\"", "a.b");
	assert_finds("push=\"\"", "");
	assert_finds("push=\"", "\"");
	assert_finds("push=\"a", "\"a");
	assert_finds("push=a\"", "a\"");
	assert_finds("push=\"\"a\"\"", "\"a\"");
}

TEST(a_semicolon_in_quotes_ends_the_value)
{
	assert_finds("push=\"a; b=\"", "\"a");
}

TEST(spaces_and_tabs_around_a_pair_are_ignored)
{
	assert_finds("a=1;push=2", "2");
	assert_finds("a=1; \t push=2 \t; b=3", "2");
	assert_finds(";; ;push=2;;", "2");
}

TEST(a_name_is_compared_whole_and_with_its_case)
{
	static const char *const others[] = {
	    "",	       "push",	  "Push=1",	"PUSH=1",   "push2=1",
	    "xpush=1", "push =1", "x push=1",	"a=push=1", "=push=1",
	    ";",       "=",	  "a=\"push=1", "push;=1",  "a,push=1"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_status(others[i], COOKIE_NONE);
}

TEST(different_values_of_a_name_are_ambiguous)
{
	assert_status("push=1; push=2", COOKIE_AMBIGUOUS);
	assert_status("push=1; push=1; push=2", COOKIE_AMBIGUOUS);
	assert_status("push=; push=2", COOKIE_AMBIGUOUS);
	assert_status("push=2; a=1; push=", COOKIE_AMBIGUOUS);
	assert_status("push=1; push=1x", COOKIE_AMBIGUOUS);
}

TEST(the_same_value_twice_is_one_cookie)
{
	assert_finds("push=1; push=1", "1");
	assert_finds("push=1; a=2; push=\"1\"", "1");
}

TEST(a_header_may_contain_any_byte)
{
	static const char header[] = "\0=1; push=\0\xff; \x80";

	ck_assert_int_eq(cookie_find(&value,
				     (struct text){header, sizeof(header) - 1},
				     "push"),
			 COOKIE_FOUND);
	suite_assert_same(value.bytes, value.len, "\0\xff", 2);
}
