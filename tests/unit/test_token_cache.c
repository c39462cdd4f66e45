/* SPDX-License-Identifier: MIT */
/* shared/access/token_cache.c: which tokens are known. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/token_cache.h"
#include "shared/base/xalloc.h"
#include "tests/unit/suite.h"

static struct token_cache cache;
static int dropped; /* the last value */
static size_t drops;

static void
drop(void *value)
{
	dropped = *(int *)value;
	drops++;
}

static int values[TOKEN_CACHE_MAX + 1];

static void
start(void)
{
	for (size_t i = 0; i <= TOKEN_CACHE_MAX; i++)
		values[i] = (int)i;
	drops = 0;
	token_cache_init(&cache, drop);
}

static void
put(const char *token, int value)
{
	token_cache_put(&cache, text_of(token), &values[value]);
}

static const int *
find(const char *token)
{
	return token_cache_find(&cache, text_of(token));
}

TEST(a_token_is_found_by_all_its_bytes)
{
	start();
	put("one", 1);
	put("two", 2);
	ck_assert_ptr_eq(find("one"), &values[1]);
	ck_assert_ptr_eq(find("two"), &values[2]);
	ck_assert_ptr_null(find("on"));
	ck_assert_ptr_null(find("ones"));
	ck_assert_ptr_null(find(""));
	token_cache_clear(&cache);
}

TEST(a_value_that_is_replaced_or_removed_is_dropped)
{
	start();
	put("one", 1);
	put("one", 2);
	ck_assert_int_eq(dropped, 1);
	ck_assert_ptr_eq(find("one"), &values[2]);
	token_cache_remove(&cache, text_of("another"));
	ck_assert_uint_eq(drops, 1);
	token_cache_remove(&cache, text_of("one"));
	ck_assert_int_eq(dropped, 2);
	ck_assert_ptr_null(find("one"));
	ck_assert_uint_eq(cache.bytes, 0);
	token_cache_clear(&cache);
	ck_assert_uint_eq(drops, 2);
}

TEST(the_least_recently_used_leaves)
{
	char token[16];

	start();
	for (int i = 0; i < TOKEN_CACHE_MAX; i++) {
		snprintf(token, sizeof(token), "%d", i);
		put(token, i);
	}
	ck_assert_uint_eq(drops, 0);
	ck_assert_ptr_nonnull(find("0"));
	put("more", TOKEN_CACHE_MAX);
	ck_assert_uint_eq(drops, 1);
	ck_assert_int_eq(dropped, 1);
	ck_assert_ptr_nonnull(find("0"));
	ck_assert_ptr_null(find("1"));
	ck_assert_uint_eq(cache.count, TOKEN_CACHE_MAX);
	token_cache_clear(&cache);
	ck_assert_uint_eq(drops, TOKEN_CACHE_MAX + 1);
	ck_assert_uint_eq(cache.count, 0);
}

TEST(the_texts_have_a_limit_of_bytes)
{
	enum { LARGE = 8192, MANY = TOKEN_CACHE_BYTES_MAX / LARGE };
	char *token = xcalloc(1, LARGE);

	start();
	for (int i = 0; i <= MANY; i++) {
		snprintf(token, LARGE, "%d", i);
		token_cache_put(&cache, (struct text){token, LARGE},
				&values[i]);
	}
	ck_assert_uint_eq(drops, 1);
	ck_assert_int_eq(dropped, 0);
	ck_assert_uint_eq(cache.bytes, TOKEN_CACHE_BYTES_MAX);
	token_cache_clear(&cache);
	free(token);
}

/* From the start 0, any number of NULs has the hash 0. */
TEST(two_tokens_of_one_hash_are_not_confused)
{
	const struct text one = {"\0", 1}, two = {"\0\0", 2};

	start();
	cache.seed = 0;
	token_cache_put(&cache, one, &values[1]);
	ck_assert_ptr_null(token_cache_find(&cache, two));
	token_cache_remove(&cache, two);
	ck_assert_ptr_eq(token_cache_find(&cache, one), &values[1]);
	token_cache_put(&cache, two, &values[2]);
	ck_assert_ptr_null(token_cache_find(&cache, one));
	ck_assert_ptr_eq(token_cache_find(&cache, two), &values[2]);
	ck_assert_int_eq(dropped, 1);
	token_cache_clear(&cache);
}
