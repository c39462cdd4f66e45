/* SPDX-License-Identifier: MIT */
/* shared/base/vec.c */
#include "config.h"

#include "shared/base/vec.h"

#include <stdlib.h>

#include "tests/unit/suite.h"

TEST(items_keep_their_values_while_the_array_grows)
{
	size_t *at = NULL, count, room = 0;

	for (count = 0; count < 1000; count++) {
		at = vec_grow(at, count, &room, sizeof(*at));
		at[count] = count;
	}
	for (count = 0; count < 1000; count++)
		ck_assert_uint_eq(at[count], count);
	free(at);
}

TEST(the_room_doubles)
{
	char *at = NULL;
	size_t room = 0;

	at = vec_grow(at, 0, &room, 1);
	ck_assert_uint_eq(room, 1);
	at = vec_grow(at, 1, &room, 1);
	ck_assert_uint_eq(room, 2);
	at = vec_grow(at, 2, &room, 1);
	ck_assert_uint_eq(room, 4);
	free(at);
}

TEST(an_array_with_room_does_not_move)
{
	char *at = NULL, *before;
	size_t room = 0;

	at = vec_grow(at, 0, &room, 1);
	at = vec_grow(at, 1, &room, 1);
	before = at;
	at = vec_grow(at, 1, &room, 1);
	ck_assert_ptr_eq(at, before);
	free(at);
}
