/* SPDX-License-Identifier: MIT */
/* shared/model/random_key.c */
#include "config.h"

#include <string.h>

#include "shared/model/random_key.h"
#include "shared/model/rules.h"
#include "tests/unit/suite.h"

TEST(a_random_key_is_a_valid_key)
{
	char key[RANDOM_KEY_SIZE];

	random_key(key);
	ck_assert_uint_eq(strlen(key), 32);
	ck_assert_ptr_null(key_fault(text_of(key)));
}

TEST(two_random_keys_differ)
{
	char a[RANDOM_KEY_SIZE], b[RANDOM_KEY_SIZE];

	random_key(a);
	random_key(b);
	ck_assert_str_ne(a, b);
}
