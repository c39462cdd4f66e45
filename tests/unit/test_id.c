/* SPDX-License-Identifier: MIT */
/* shared/model/id.c */
#include "config.h"

#include "shared/model/id.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/suite.h"

static const struct id UNTOUCHED = {123, 456};

static void
assert_id(const char *text, uint64_t ms, uint64_t seq)
{
	struct id id = UNTOUCHED;

	if (!id_parse(&id, text_of(text)))
		ck_abort_msg("%s is refused", text);
	ck_assert_uint_eq(id.ms, ms);
	ck_assert_uint_eq(id.seq, seq);
}

static void
assert_refused(const char *text, size_t len)
{
	struct id id = UNTOUCHED;

	if (id_parse(&id, (struct text){text, len}))
		ck_abort_msg("%s is accepted", text);
	ck_assert_int_eq(id_compare(id, UNTOUCHED), 0);
}

static void
assert_text(struct id id, const char *want)
{
	char text[ID_TEXT_SIZE];
	size_t len = id_format(text, id);

	suite_assert_same(text, len + 1, want, strlen(want) + 1);
}

TEST(an_id_is_two_numbers_joined_by_a_dash)
{
	assert_id("1700000000000-3", 1700000000000, 3);
	assert_id("5-12", 5, 12);
}

TEST(zero_is_valid)
{
	assert_id("0-0", 0, 0);
	assert_id("0-1", 0, 1);
}

TEST(both_numbers_have_64_bits)
{
	assert_id("18446744073709551615-18446744073709551615", UINT64_MAX,
		  UINT64_MAX);
}

TEST(a_number_above_64_bits_is_refused)
{
	assert_refused("18446744073709551616-0", 22);
	assert_refused("0-18446744073709551616", 22);
	assert_refused("0-99999999999999999999", 22);
	assert_refused("100000000000000000000000-0", 26);
}

TEST(both_numbers_are_required)
{
	assert_refused("", 0);
	assert_refused("1", 1);
	assert_refused("1-", 2);
	assert_refused("-1", 2);
	assert_refused("-", 1);
}

TEST(other_characters_are_refused)
{
	assert_refused(" 1-1", 4);
	assert_refused("1-1 ", 4);
	assert_refused("1-1-1", 5);
	assert_refused("1-1\0", 4);
	assert_refused("1 -1", 4);
}

TEST(signs_and_hex_digits_are_refused)
{
	assert_refused("+1-1", 4);
	assert_refused("1--1", 4);
	assert_refused("1-+1", 4);
	assert_refused("0x1-1", 5);
	assert_refused("1-:", 3);
	assert_refused("1-/", 3);
}

TEST(leading_zeros_are_refused)
{
	assert_refused("01-1", 4);
	assert_refused("1-01", 4);
	assert_refused("00-0", 4);
}

TEST(no_byte_after_the_length_is_read)
{
	struct id id;

	ck_assert(id_parse(&id, (struct text){"12-345", 5}));
	ck_assert_uint_eq(id.seq, 34);
}

TEST(an_id_is_formatted_as_it_is_parsed)
{
	assert_text((struct id){0, 0}, "0-0");
	assert_text((struct id){1700000000000, 10}, "1700000000000-10");
}

TEST(the_longest_id_fits_id_text_size)
{
	assert_text((struct id){UINT64_MAX, UINT64_MAX},
		    "18446744073709551615-18446744073709551615");
}

TEST(powers_of_ten_and_neighbours_survive_a_round_trip)
{
	for (uint64_t n = 1; n <= UINT64_MAX / 10; n *= 10) {
		for (int i = -1; i <= 1; i++) {
			struct id id = {n + (uint64_t)i, n * 2};
			struct id back;
			char text[ID_TEXT_SIZE];

			if (!id_parse(
				&back,
				(struct text){text, id_format(text, id)}) ||
			    id_compare(id, back) != 0)
				ck_abort_msg("%s", text);
		}
	}
}

TEST(ids_are_ordered_by_milliseconds_then_sequence)
{
	ck_assert_int_lt(id_compare((struct id){1, 9}, (struct id){2, 0}), 0);
	ck_assert_int_gt(id_compare((struct id){2, 0}, (struct id){1, 9}), 0);
	ck_assert_int_lt(id_compare((struct id){1, 1}, (struct id){1, 2}), 0);
	ck_assert_int_gt(id_compare((struct id){1, 2}, (struct id){1, 1}), 0);
	ck_assert_int_eq(id_compare((struct id){1, 1}, (struct id){1, 1}), 0);
}

TEST(distant_ids_are_ordered)
{
	const struct id last = {UINT64_MAX, UINT64_MAX};

	ck_assert_int_lt(id_compare((struct id){0, 0}, last), 0);
	ck_assert_int_gt(id_compare(last, (struct id){0, 0}), 0);
	ck_assert_int_lt(
	    id_compare((struct id){7, 0}, (struct id){7, UINT64_MAX}), 0);
}
