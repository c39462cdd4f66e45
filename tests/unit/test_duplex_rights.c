/* SPDX-License-Identifier: MIT */
/* shared/app/duplex_rights.c */
#include "config.h"

#include "shared/app/duplex_rights.h"

#include <stdio.h>

#include "tests/unit/suite.h"

static struct duplex_rights rights;

static void
set(const char *channel, uint64_t expires)
{
	duplex_rights_set(&rights, text_of(channel), expires);
}

/* How many have ended, the first of them is `first`. */
static void
assert_ended(uint64_t now, size_t count, const char *first)
{
	struct text ended[CHANNELS_MAX];

	ck_assert_uint_eq(duplex_rights_ended(&rights, now, ended), count);
	if (count > 0)
		ck_assert(text_is(ended[0], first));
}

TEST(zeroed_none_ends)
{
	ck_assert_uint_eq(duplex_rights_next(&rights), 0);
	assert_ended(UINT64_MAX, 0, NULL);
	duplex_rights_free(&rights);
}

TEST(the_next_is_the_earliest)
{
	set("a", 30);
	ck_assert_uint_eq(duplex_rights_next(&rights), 30);
	set("b", 10);
	set("c", 20);
	ck_assert_uint_eq(duplex_rights_next(&rights), 10);
	duplex_rights_free(&rights);
	ck_assert_uint_eq(duplex_rights_next(&rights), 0);
}

TEST(a_right_has_ended_in_its_second)
{
	set("a", 10);
	set("b", 20);
	assert_ended(9, 0, NULL);
	assert_ended(10, 1, "a");
	assert_ended(19, 1, "a");
	assert_ended(20, 2, "a");
	duplex_rights_free(&rights);
}

TEST(zero_is_a_right_that_never_ends)
{
	set("a", 0);
	ck_assert_uint_eq(duplex_rights_next(&rights), 0);
	assert_ended(UINT64_MAX, 0, NULL);
	duplex_rights_free(&rights);
}

TEST(a_new_right_to_a_channel_replaces_the_old_one)
{
	set("a", 10);
	set("a", 20);
	ck_assert_uint_eq(duplex_rights_next(&rights), 20);
	set("a", 5);
	ck_assert_uint_eq(duplex_rights_next(&rights), 5);
	set("a", 0);
	ck_assert_uint_eq(duplex_rights_next(&rights), 0);
	duplex_rights_free(&rights);
}

TEST(a_channel_that_was_left_does_not_end)
{
	set("a", 10);
	set("b", 20);
	duplex_rights_remove(&rights, text_of("a"));
	duplex_rights_remove(&rights, text_of("unknown"));
	duplex_rights_remove(&rights, text_of(""));
	ck_assert_uint_eq(duplex_rights_next(&rights), 20);
	assert_ended(20, 1, "b");
	duplex_rights_free(&rights);
}

TEST(the_channel_is_copied)
{
	char name[] = "abc";

	duplex_rights_set(&rights, (struct text){name, 2}, 10);
	name[0] = 'x';
	assert_ended(10, 1, "ab");
	duplex_rights_free(&rights);
}

TEST(all_channels_of_a_connection_may_end_at_once)
{
	char name[20];

	for (int i = 0; i < CHANNELS_MAX; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		set(name, 10);
	}
	assert_ended(10, CHANNELS_MAX, "c0");
	duplex_rights_free(&rights);
}
