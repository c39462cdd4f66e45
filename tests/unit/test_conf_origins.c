/* SPDX-License-Identifier: MIT */
/* The setting access.origins */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/suite.h"

static bool
set(struct conf *c, const char *value, char error[CONF_ERROR_SIZE])
{
	char entry[CONF_LIST_MAX + 100];
	char *environment[] = {entry, NULL};

	snprintf(entry, sizeof(entry), "PUSHCGI_ACCESS_ORIGINS=%s", value);
	return conf_read_environment(c, environment, error);
}

static bool
takes(const char *value)
{
	char error[CONF_ERROR_SIZE];
	static struct conf c;

	conf_free_texts(&c);
	conf_init(&c);
	return set(&c, value, error);
}

static void
assert_origins(const char *value, const char *want)
{
	char error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	conf_free_texts(&c);
	conf_init(&c);
	ck_assert_msg(set(&c, value, error), "%s", error);
	ck_assert_str_eq(c.access_origins, want);
}

TEST(origins_are_stored_separated_by_single_spaces)
{
	assert_origins("", "");
	assert_origins("https://a.example", "https://a.example");
	assert_origins("http://[::1]:8080 https://b", "http://[::1]:8080 "
						      "https://b");
	assert_origins(" \thttps://a\t  https://b \t", "https://a https://b");
	assert_origins(" \t ", "");
}

TEST(an_origin_is_scheme_host_and_port_only)
{
	static const char *const wrong[] = {"*",
					    "null",
					    "a.example",
					    "//a.example",
					    "https:",
					    "https://",
					    "https:a",
					    "ftp://a.example",
					    "https://a.example/",
					    "https://a/b",
					    "https://A.example",
					    "https://a,https://b",
					    "https://a'b",
					    "https://a\"b",
					    "https://a\\b",
					    "https://a<b",
					    "https://u@a",
					    "javascript:alert(1)",
					    "https://a x",
					    "https://a \x01",
					    "https://\xc3\xa4.example"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!takes(wrong[i]), "\"%s\"", wrong[i]);
}

TEST(origins_have_at_most_1000_characters)
{
	char value[CONF_LIST_MAX + 2] = "https://";

	memset(value + 8, 'a', CONF_LIST_MAX - 8);
	assert_origins(value, value);
	value[CONF_LIST_MAX] = 'a';
	ck_assert(!takes(value));
	memcpy(value + 491, "\thttps://", 9);
	value[CONF_LIST_MAX] = '\0';
	ck_assert(takes(value));
}

TEST(an_error_shows_a_valid_origin)
{
	char error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	conf_free_texts(&c);
	conf_init(&c);
	ck_assert(!set(&c, "a.example", error));
	ck_assert_str_eq(error,
			 "environment: PUSHCGI_ACCESS_ORIGINS: access.origins "
			 "= \"a.example\": expected origins without a path, "
			 "such as https://shop.example, "
			 "separated by spaces; at most 1000 characters");
}
