/* SPDX-License-Identifier: MIT */
/* shared/model/problem.c */
#include "config.h"

#include "shared/model/problem.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/utf8.h"
#include "tests/unit/suite.h"

static void
assert_json(const struct problem *p, const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	problem_put_json(&out, p);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(a_problem_has_type_title_status_and_detail)
{
	struct problem p;

	problem_set(&p, 400, "The %s is missing.", "channel");
	assert_json(&p,
		    "{\"type\":\"about:blank\",\"title\":\"Bad Request\","
		    "\"status\":400,\"detail\":\"The channel is missing.\"}");
}

TEST(stored_is_included_when_it_is_set)
{
	struct problem p;

	problem_set(&p, 504, "Redis did not answer.");
	p.stored = "\"unknown\"";
	assert_json(&p, "{\"type\":\"about:blank\",\"title\":\"Gateway Timeout"
			"\",\"status\":504,\"detail\":\"Redis did not answer.\""
			",\"stored\":\"unknown\"}");
}

TEST(problem_set_returns_false_and_clears_the_rest)
{
	struct problem p;

	memset(&p, 0x5a, sizeof(p));
	ck_assert(!problem_set(&p, 405, "No."));
	ck_assert_uint_eq(p.status, 405);
	ck_assert_uint_eq(p.retry_after, 0);
	ck_assert_ptr_null(p.allow);
	ck_assert_ptr_null(p.stored);
	ck_assert_str_eq(p.detail, "No.");
}

TEST(the_detail_is_escaped)
{
	struct problem p;

	problem_set(&p, 400, "\"%s\" is no channel.", "a\"}\\\n\x01");
	assert_json(&p, "{\"type\":\"about:blank\",\"title\":\"Bad Request\","
			"\"status\":400,\"detail\":\"\\\"a\\\"}\\\\\\n\\u0001"
			"\\\" is no channel.\"}");
}

TEST(invalid_utf8_is_replaced)
{
	struct problem p;

	problem_set(&p, 400, "\"%s\": not UTF-8", "\xff\xe2\x82");
	ck_assert_str_eq(p.detail, "\"???\": not UTF-8");
	problem_set(&p, 400, "\"%s\": too cold", "\xe2\x82\xac");
	ck_assert_str_eq(p.detail, "\"\xe2\x82\xac\": too cold");
}

TEST(a_long_detail_is_cut_between_characters)
{
	char text[300];
	struct problem p;

	for (size_t before = 200; before < 240; before++) {
		memset(text, 'a', before);
		strcpy(text + before, "\xf0\x9f\x90\xa7\xf0\x9f\x90\xa7\xe2\x82"
				      "\xac\xc3\xa4\xf0\x9f\x90\xa7\xf0\x9f\x90"
				      "\xa7\xf0\x9f\x90\xa7\xf0\x9f\x90\xa7"
				      "aaaaaaaaaaaa");
		problem_set(&p, 400, "%s", text);
		ck_assert_uint_gt(strlen(p.detail), 235);
		ck_assert_int_eq(strncmp(p.detail, text, strlen(p.detail)), 0);
		ck_assert(utf8_valid(p.detail, strlen(p.detail)));
	}
}

TEST(statuses_have_the_standard_phrases)
{
	ck_assert_str_eq(problem_title(400), "Bad Request");
	ck_assert_str_eq(problem_title(401), "Unauthorized");
	ck_assert_str_eq(problem_title(403), "Forbidden");
	ck_assert_str_eq(problem_title(405), "Method Not Allowed");
	ck_assert_str_eq(problem_title(413), "Content Too Large");
	ck_assert_str_eq(problem_title(415), "Unsupported Media Type");
	ck_assert_str_eq(problem_title(431), "Request Header Fields Too Large");
	ck_assert_str_eq(problem_title(500), "Internal Server Error");
	ck_assert_str_eq(problem_title(503), "Service Unavailable");
	ck_assert_str_eq(problem_title(504), "Gateway Timeout");
	ck_assert_str_eq(problem_title(599), "Error");
}
