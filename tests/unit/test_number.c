/* SPDX-License-Identifier: MIT */
/* shared/base/number.c */
#include "config.h"

#include "shared/base/number.h"

#include <string.h>

#include "tests/unit/suite.h"

static void
assert_parsed(const char *text, uint64_t max, uint64_t want)
{
	uint64_t got = 12345;

	ck_assert(number_parse(&got, text_of(text), max));
	ck_assert_uint_eq(got, want);
}

TEST(a_number_is_digits)
{
	assert_parsed("0", 9, 0);
	assert_parsed("7", 9, 7);
	assert_parsed("120", 1000, 120);
	assert_parsed("18446744073709551615", UINT64_MAX, UINT64_MAX);
}

TEST(leading_zeros_are_ignored)
{
	assert_parsed("00000000000000000000042", 99, 42);
	assert_parsed("0000000000000", 99, 0);
}

TEST(a_number_above_the_maximum_is_the_maximum)
{
	assert_parsed("10", 9, 9);
	assert_parsed("4294967296", UINT32_MAX, UINT32_MAX);
	assert_parsed("99999999999999999999999999999999999", UINT64_MAX,
		      UINT64_MAX);
	assert_parsed("001000000000", 7, 7);
	assert_parsed("19", 9, 9);
}

TEST(other_texts_are_refused)
{
	static const char *const wrong[] = {
	    "", "-1", "+1", " 1", "1 ", "1.5", "0x10", "ten", "99999999999x"};
	uint64_t got;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!number_parse(&got, text_of(wrong[i]), 100),
			      "\"%s\" is accepted", wrong[i]);
	ck_assert(!number_parse(&got, (struct text){"1\0", 2}, 100));
}

TEST(a_number_ends_at_the_length_of_its_text)
{
	uint64_t got;

	ck_assert(number_parse(&got, (struct text){"12x", 2}, 100));
	ck_assert_uint_eq(got, 12);
}

/* Takes a number off the front of `text`; returns what is left, or NULL. */
static const char *
take(const char *text, uint64_t max, uint64_t *out)
{
	const char *at = text;

	return number_take(out, &at, text + strlen(text), max) ? at : NULL;
}

TEST(take_stops_after_the_last_digit)
{
	uint64_t n;

	ck_assert_str_eq(take("12-34", 99, &n), "-34");
	ck_assert_uint_eq(n, 12);
	ck_assert_str_eq(take("0", 99, &n), "");
	ck_assert_uint_eq(n, 0);
}

TEST(take_refuses_leading_zeros_and_no_digits)
{
	uint64_t n;

	ck_assert_ptr_null(take("01", 99, &n));
	ck_assert_ptr_null(take("00", 99, &n));
	ck_assert_ptr_null(take("", 99, &n));
	ck_assert_ptr_null(take("-1", 99, &n));
}

TEST(take_refuses_a_number_above_the_maximum)
{
	uint64_t n;

	ck_assert_ptr_nonnull(take("64", 64, &n));
	ck_assert_ptr_null(take("65", 64, &n));
	ck_assert_ptr_nonnull(take("18446744073709551615", UINT64_MAX, &n));
	ck_assert_ptr_null(take("18446744073709551616", UINT64_MAX, &n));
}

TEST(hex_digits_may_have_either_case)
{
	ck_assert_int_eq(number_hex_digit('0'), 0);
	ck_assert_int_eq(number_hex_digit('9'), 9);
	ck_assert_int_eq(number_hex_digit('a'), 10);
	ck_assert_int_eq(number_hex_digit('F'), 15);
	ck_assert_int_eq(number_hex_digit('g'), -1);
	ck_assert_int_eq(number_hex_digit('@'), -1);
}
