/* SPDX-License-Identifier: MIT */
/* shared/http/params_format.c. */
#include "config.h"

#include "shared/conf/conf_set.h"
#include "shared/http/params_format.h"

#include <string.h>

#include "tests/unit/suite.h"

enum {
	ALL = FORMAT_ENVELOPE | FORMAT_CALLBACK | FORMAT_PADDING | FORMAT_LAST |
	      FORMAT_ORIGIN
};

static struct conf conf = {.history_replay = 300};
static struct format format;
static struct params_format reading;
static struct problem problem;

/* A request of a technique that takes `takes`, nothing of it seen yet. */
static void
begin(unsigned int takes)
{
	memset(&format, 0, sizeof(format));
	reading = (struct params_format){
	    .format = &format, .conf = &conf, .takes = takes};
}

/* What NAME=value comes to: 0 for accepted, else the status. */
static unsigned int
take(const char *name, const char *value, size_t len)
{
	char name_bytes[32], value_bytes[512];
	struct query_pair pair = {.name = {name_bytes, strlen(name)},
				  .value = {value_bytes, len}};

	memcpy(name_bytes, name, strlen(name) + 1);
	memcpy(value_bytes, value, len);
	value_bytes[len] = '\0';
	problem.status = 0;
	if (params_format_take(&reading, &pair, &problem))
		return 0;
	return problem.status;
}

static unsigned int
take_text(const char *name, const char *value)
{
	return take(name, value, strlen(value));
}

/* Nothing may be left of what was refused. */
static void
assert_untouched(void)
{
	const struct format empty = {.limit = 0};

	ck_assert(memcmp(&format, &empty, sizeof(format)) == 0);
}

static void
assert_refused(const char *name, const char *value, size_t len,
	       unsigned int status)
{
	begin(ALL);
	ck_assert_msg(take(name, value, len) == status, "%s=%s", name, value);
	assert_untouched();
}

TEST(envelope_json_is_an_envelope)
{
	begin(ALL);
	ck_assert_uint_eq(take_text("envelope", "json"), 0);
	ck_assert(format.envelope);
}

TEST(another_envelope_is_refused)
{
	assert_refused("envelope", "xml", 3, 400);
	assert_refused("envelope", "", 0, 400);
	assert_refused("envelope", "JSON", 4, 400);
	assert_refused("envelope", "json\0x", 6, 400);
	ck_assert_str_eq(problem.detail,
			 "envelope must be json; omit it to get plain data.");
}

TEST(a_callback_is_a_name_with_dots)
{
	static const char *const good[] = {
	    "f", "_", "$", "Z9", "jQuery1234_5678", "a.b.c", "window.push$"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		begin(ALL);
		ck_assert_msg(take_text("callback", good[i]) == 0, "%s",
			      good[i]);
		ck_assert_str_eq(format.callback, good[i]);
	}
}

TEST(a_callback_has_at_most_64_bytes)
{
	char name[FORMAT_CALLBACK_MAX + 1];

	memset(name, 'a', sizeof(name));
	ck_assert(format_is_callback((struct text){name, FORMAT_CALLBACK_MAX}));
	ck_assert(
	    !format_is_callback((struct text){name, FORMAT_CALLBACK_MAX + 1}));
	assert_refused("callback", name, FORMAT_CALLBACK_MAX + 1, 400);
}

TEST(a_callback_that_is_not_a_name_is_refused)
{
	static const char *const bad[] = {
	    "",	    "9a",   ".a",   "a b",	"a(1)",	 "a;b",
	    "a[0]", "a-b",  "a/b",  "a\nb",	"a\"b",	 "a'b",
	    "a<b",  "a>b",  "a=b",  "a,b",	"a*/b",	 "a\\u0062",
	    "a`b`", "a{b}", "a%62", "\xc3\xa4", "a\x80", "\xe2\x80\xa8"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused("callback", bad[i], strlen(bad[i]), 400);
	assert_refused("callback", "a\0b", 3, 400);
}

TEST(each_byte_of_a_callback_is_checked)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz_$";

	for (unsigned int c = 1; c < 0x100; c++) {
		char name[] = {(char)c, 'x', '\0'};
		bool letter = strchr(first, name[0]) != NULL;
		bool digit_or_dot = strchr("0123456789.", name[0]) != NULL;

		ck_assert_msg(format_is_callback((struct text){name, 2}) ==
				  letter,
			      "0x%02x first", c);
		name[1] = name[0];
		name[0] = 'x';
		ck_assert_msg(format_is_callback((struct text){name, 2}) ==
				  (letter || digit_or_dot),
			      "0x%02x second", c);
	}
}

TEST(padding_is_at_most_8192_bytes)
{
	begin(ALL);
	ck_assert_uint_eq(take_text("padding", "8193"), 0);
	ck_assert_uint_eq(format.padding, 8192);
	begin(ALL);
	ck_assert_uint_eq(take_text("padding", "0"), 0);
	ck_assert_uint_eq(format.padding, 0);
}

TEST(last_is_1_to_history_replay_messages)
{
	begin(ALL);
	ck_assert_uint_eq(take_text("last", "1"), 0);
	ck_assert_uint_eq(format.last, 1);
	begin(ALL);
	ck_assert_uint_eq(take_text("last", "99999999999999999999"), 0);
	ck_assert_uint_eq(format.last, 300);
	begin(ALL);
	ck_assert_uint_eq(take_text("last", "0"), 400);
	ck_assert_str_eq(problem.detail,
			 "The parameter last must be at least 1.");
}

TEST(an_invalid_number_is_refused)
{
	assert_refused("last", "", 0, 400);
	assert_refused("last", "-1", 2, 400);
	assert_refused("padding", "1k", 2, 400);
	assert_refused("padding", " 1", 2, 400);
	ck_assert_str_eq(problem.detail,
			 "The parameter padding is not a number.");
}

TEST(a_listed_origin_is_accepted)
{
	conf_set_text(&conf.access_origins, "https://a.example http://b:8080");
	begin(ALL);
	ck_assert_uint_eq(take_text("origin", "https://a.example"), 0);
	ck_assert_str_eq(format.origin, "https://a.example");
	begin(ALL);
	ck_assert_uint_eq(take_text("origin", "http://b:8080"), 0);
	ck_assert_str_eq(format.origin, "http://b:8080");
}

TEST(an_origin_is_written_as_it_is_listed)
{
	conf_set_text(&conf.access_origins, "https://a.example");
	begin(ALL);
	ck_assert_uint_eq(take_text("origin", "HTTPS://A.example:443"), 0);
	ck_assert_str_eq(format.origin, "https://a.example");
}

TEST(an_origin_that_is_not_listed_is_403)
{
	static const char *const others[] = {"",
					     " ",
					     "*",
					     "https://a",
					     "https://a.example ",
					     "https://a.example/",
					     "https://a.example http://b:8080",
					     "https://a.example'",
					     "http://b"};

	conf_set_text(&conf.access_origins, "https://a.example http://b:8080");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_refused("origin", others[i], strlen(others[i]), 403);
	assert_refused("origin", "https://a.example\0", 18, 403);
}

TEST(an_empty_list_allows_no_origin)
{
	conf_set_text(&conf.access_origins, "");
	assert_refused("origin", "https://a.example", 17, 403);
	assert_refused("origin", "", 0, 403);
}

TEST(an_origin_has_at_most_255_bytes)
{
	char origin[FORMAT_ORIGIN_MAX + 2] = "https://";

	memset(origin + 8, 'a', FORMAT_ORIGIN_MAX - 8);
	conf_set_text(&conf.access_origins, origin);
	begin(ALL);
	ck_assert_uint_eq(take_text("origin", origin), 0);
	ck_assert_str_eq(format.origin, origin);
	origin[FORMAT_ORIGIN_MAX] = 'a';
	conf_set_text(&conf.access_origins, origin);
	assert_refused("origin", origin, FORMAT_ORIGIN_MAX + 1, 403);
}

TEST(a_duplicate_parameter_is_refused)
{
	static const char *const pairs[][2] = {{"envelope", "json"},
					       {"callback", "f"},
					       {"padding", "0"},
					       {"last", "2"},
					       {"origin", "https://a"}};

	conf_set_text(&conf.access_origins, "https://a");
	begin(ALL);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_uint_eq(take_text(pairs[i][0], pairs[i][1]), 0);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_uint_eq(take_text(pairs[i][0], pairs[i][1]), 400);
	ck_assert_str_eq(problem.detail, "Duplicate parameter: origin.");
}

TEST(parameters_of_other_techniques_are_ignored)
{
	begin(FORMAT_LAST);
	ck_assert_uint_eq(take_text("callback", "not a name"), 0);
	ck_assert_uint_eq(take_text("envelope", "xml"), 0);
	ck_assert_uint_eq(take_text("envelope", "xml"), 0);
	ck_assert_uint_eq(take_text("origin", "https://nobody"), 0);
	assert_untouched();
}

TEST(other_parameters_are_ignored)
{
	begin(ALL);
	ck_assert_uint_eq(take_text("channel", "news"), 0);
	ck_assert_uint_eq(take_text("envelop", "xml"), 0);
	ck_assert_uint_eq(take_text("envelopes", "xml"), 0);
	ck_assert_uint_eq(take_text("", ""), 0);
	assert_untouched();
}
