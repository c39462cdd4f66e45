/* SPDX-License-Identifier: MIT */
/* Tests of bench/load/stamp.c. */
#include "config.h"

#include "bench/load/stamp.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static const struct stamp WRITTEN = {
    .channel = 42, .sequence = 7, .sent_ns = 1234567890123};

/* The first stamp of `text`; false: none. */
static bool
find(const char *text, struct stamp *out)
{
	const char *at = text;

	return stamp_find(&at, text + strlen(text), out);
}

TEST(a_stamp_is_found_in_json)
{
	char data[101] = "", text[200];
	struct stamp found;

	stamp_write(data, 100, &WRITTEN);
	snprintf(text, sizeof(text), "{\"id\":\"1-0\",\"data\":\"%s\"}", data);
	ck_assert(find(text, &found));
	ck_assert_uint_eq(found.channel, 42);
	ck_assert_uint_eq(found.sequence, 7);
	ck_assert_uint_eq(found.sent_ns, 1234567890123);
	ck_assert_uint_eq(found.bytes, 100);
}

TEST(the_shortest_stamp_has_no_padding)
{
	char data[STAMP_MIN + 1] = "";
	struct stamp found;

	stamp_write(data, STAMP_MIN, &WRITTEN);
	ck_assert_uint_eq(strlen(data), STAMP_MIN);
	ck_assert(find(data, &found));
	ck_assert_uint_eq(found.bytes, STAMP_MIN);
}

TEST(each_stamp_of_a_text_is_found_once)
{
	char data[51] = "", text[200];
	const char *at = text;
	struct stamp found;
	int n = 0;

	stamp_write(data, 50, &WRITTEN);
	snprintf(text, sizeof(text), "M[%s,%s,%s]M", data, data, data);
	while (stamp_find(&at, text + strlen(text), &found))
		n++;
	ck_assert_int_eq(n, 3);
}

TEST(a_damaged_stamp_has_another_length)
{
	char data[101] = "";
	struct stamp found;

	stamp_write(data, 100, &WRITTEN);
	data[80] = '?';
	ck_assert(find(data, &found));
	ck_assert_uint_eq(found.bytes, 80);
}

TEST(a_number_with_a_letter_is_no_stamp)
{
	char data[101] = "";
	struct stamp found;

	stamp_write(data, 100, &WRITTEN);
	data[3] = 'x';
	ck_assert(!find(data, &found));
}

TEST(a_text_that_ends_within_the_numbers_has_no_stamp)
{
	char data[101] = "";
	const char *at = data;
	struct stamp found;

	stamp_write(data, 100, &WRITTEN);
	ck_assert(!stamp_find(&at, data + STAMP_MIN - 1, &found));
}
