/* SPDX-License-Identifier: MIT */
/* shared/model/json*.c. */
#include "config.h"

#include "shared/model/json.h"

#include <stdlib.h>
#include <string.h>

#include "shared/model/json_scan.h"
#include "tests/unit/suite.h"

static const struct json_member inner[] = {{.name = "x"}, {.name = NULL}};
static const struct json_member members[] = {
    {.name = "a"},
    {.name = "in", .members = inner},
    {.name = NULL},
};

static void
assert_pruned(const char *text, const char *want)
{
	struct buf out;

	buf_init(&out, strlen(text));
	json_prune(&out, text_of(text), members);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

static void
assert_kept(const char *text)
{
	assert_pruned(text, text);
}

/* `ignored` is the value of a member that nobody reads. */
static void
assert_ignored(const char *ignored)
{
	size_t size = strlen(ignored) + 100;
	char *text = malloc(size);
	struct problem p = {0};
	json_t *object;

	ck_assert_ptr_nonnull(text);
	snprintf(text, size, "{\"a\":\"1\",\"other\":%s}", ignored);
	object = json_read_object(text_of(text), members, "It", &p);
	ck_assert_msg(object != NULL, "%s: %s", text, p.detail);
	ck_assert_uint_eq(json_object_size(object), 1);
	ck_assert_str_eq(json_string_value(json_object_get(object, "a")), "1");
	json_decref(object);
	free(text);
}

static void
assert_refused(const char *text, const char *why)
{
	struct problem p = {0};

	ck_assert_ptr_null(json_read_object(text_of(text), members, "It", &p));
	ck_assert_uint_eq(p.status, 400);
	ck_assert_msg(strstr(p.detail, why) != NULL, "%s: %s", text, p.detail);
}

TEST(members_that_are_read_stay_as_they_are)
{
	assert_kept("{}");
	assert_kept(" { } ");
	assert_kept("{\"a\":1}");
	assert_kept("\t{ \"a\" : [1, 2] ,\r\n\"in\" : { \"x\" : {} } } ");
}

TEST(other_members_become_spaces)
{
	assert_pruned("{\"b\":1}", "{     }");
	assert_pruned("{\"b\":1,\"a\":2}", "{      \"a\":2}");
	assert_pruned("{\"a\":2,\"b\":1}", "{\"a\":2      }");
	assert_pruned("{\"b\":1,\"a\":2,\"c\":3,\"a\":4,\"d\":5}",
		      "{      \"a\":2      ,\"a\":4      }");
	assert_pruned("{\"b\":1,\"c\":2}", "{           }");
}

TEST(a_line_break_and_the_column_are_kept)
{
	assert_pruned("{\"b\":[\n1,\"\xe2\x82\xac\"],\"a\":2}",
		      "{     \n       \"a\":2}");
}

TEST(members_of_a_member_are_pruned_as_well)
{
	assert_pruned("{\"in\":{\"y\":1,\"x\":{\"z\":2}}}",
		      "{\"in\":{      \"x\":{\"z\":2}}}");
	assert_kept("{\"in\":[{\"y\":1}]}");
	assert_pruned("{\"other\":{\"x\":1}}", "{               }");
}

TEST(a_name_may_be_escaped)
{
	assert_kept("{\"\\u0061\":1,\"i\\u006E\":{}}");
	assert_pruned("{\"\\u0062\":1}", "{          }");
	assert_pruned("{\"a\\u0000\":1}", "{           }");
	assert_pruned("{\"\\u0161\":1}", "{          }");
	assert_pruned("{\"\":1,\"aa\":1}", "{           }");
	assert_pruned("{\"\\ud800\":1}", "{          }");
	assert_pruned("{\"a\\n\":1}", "{       }");
}

TEST(what_follows_an_error_stays)
{
	assert_pruned("{\"b\":1,\"c\":01,\"b\":1}", "{      \"c\":01,\"b\":1}");
	assert_pruned("{\"b\":1,\"c\":1\"a\":1}", "{      \"c\":1\"a\":1}");
	assert_pruned("{\"b\":1,}", "{     ,}");
	assert_pruned("{\"b\":1} x", "{     } x");
	assert_kept("");
	assert_kept("[{\"b\":1}]");
	assert_kept("{\"b\"");
	assert_kept("{\"b");
	assert_kept("{\"in\":{\"y\":");
}

TEST(an_ignored_member_may_be_any_json)
{
	assert_ignored("1e999");
	assert_ignored("-1E+999");
	assert_ignored("0.1e-999");
	assert_ignored("18446744073709551616");
	assert_ignored("-99999999999999999999999999999999999999999999999.5");
	assert_ignored("\"\\u0000\"");
	assert_ignored("\"\\ud800 \\udc00\\udbff\"");
	assert_ignored("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9 \xc3\xa9 \x7f\"");
	assert_ignored("{\"\\u0000\":1,\"y\":1,\"y\":2,\"\":{\"a\":[]}}");
	assert_ignored("[1, [ ], { }, true, false, null, -0, \"\"]");
	assert_ignored("1,\"other\":2,\"\\u0000\":3");
}

TEST(an_ignored_member_must_be_json)
{
	static const char *const wrong[] = {
	    "01",	"-",
	    "1.",	".5",
	    "1e",	"+1",
	    "0x1",	"NaN",
	    "'a'",	"\"\t\"",
	    "\"\\x\"",	"\"\\u12g4\"",
	    "\"\xff\"", "\"\xed\xa0\x80\"",
	    "tru",	"nulL",
	    "[1,]",	"[1 2]",
	    "{\"x\"}",	"{\"x\":}",
	    "{x:1}",	"{\"x\":1,}",
	    "[",	"\"a",
	    "",		"1 2",
	    "/**/1",	"[1]]",
	};
	char text[200];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "{\"a\":1,\"other\":%s}",
			 wrong[i]);
		assert_refused(text, "not valid JSON");
	}
}

/* `depth` arrays in each other. */
static char *
nested(size_t depth)
{
	char *text = malloc(2 * depth + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[2 * depth] = '\0';
	return text;
}

TEST(an_ignored_member_may_be_nested_2000_deep)
{
	char *text = nested(JSON_SCAN_DEPTH_MAX);
	struct text rest = text_of(text);

	assert_ignored(text);
	free(text);
	text = nested(100000);
	rest = text_of(text);
	ck_assert(!json_scan_value(&rest));
	free(text);
}

TEST(a_member_that_is_read_may_not_stand_twice)
{
	assert_refused("{\"a\":1,\"b\":1,\"a\":1}", "duplicate name");
	assert_refused("{\"a\":1,\"\\u0061\":1}", "duplicate name");
	assert_refused("{\"in\":{\"x\":1,\"x\":1}}", "duplicate name");
}

TEST(a_member_that_is_read_must_be_representable)
{
	assert_refused("{\"a\":1e999}", "number too big");
	assert_refused("{\"a\":\"\\u0000\"}", "NUL");
	assert_refused("{\"a\":\"\\ud800\"}", "half of a surrogate pair");
	assert_refused("{\"a\":\"\\udc00\"}", "half of a surrogate pair");
}

TEST(an_error_is_found_where_it_is)
{
	assert_refused("{\"b\":\"\xc3\xa9\",\"c\":2,\n \"d\":\"\xc3\xa9\", "
		       "\"\xc3\xa9\":?}",
		       "line 2, column 15");
}
