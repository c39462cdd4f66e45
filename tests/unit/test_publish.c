/* SPDX-License-Identifier: MIT */
/* fcgi/publish.c. */
#include "config.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/suite.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

/* A body in memory of its own size, so that a byte too far is seen. */
struct posted {
	char *bytes;
	struct publication publication;
	struct problem problem;
	bool taken;
};

static struct posted
post(const char *type, const char *text, size_t len)
{
	struct posted r = {.bytes = malloc(len + 1)};
	struct body body = {type, r.bytes, len};

	ck_assert_ptr_nonnull(r.bytes);
	memcpy(r.bytes, text, len);
	r.bytes[len] = '\0';
	r.taken =
	    technique_publish.publish->parse(&body, &r.publication, &r.problem);
	return r;
}

static void
assert_text(const char *got, size_t len, const char *want)
{
	suite_assert_same(got, len, want, strlen(want));
}

/* `key` is NULL for none. */
static void
assert_publication(const char *type, const char *text, const char *want[4])
{
	struct posted r = post(type, text, strlen(text));

	ck_assert_msg(r.taken, "refused: %s", r.problem.detail);
	assert_text(r.publication.channel.bytes, r.publication.channel.len,
		    want[0]);
	assert_text(r.publication.event.bytes, r.publication.event.len,
		    want[1]);
	assert_text(r.publication.data.bytes, r.publication.data.len, want[2]);
	if (want[3] == NULL)
		ck_assert_ptr_null(r.publication.key.bytes);
	else
		assert_text(r.publication.key.bytes, r.publication.key.len,
			    want[3]);
	free(r.bytes);
}

static void
assert_refused_bytes(const char *type, const char *text, size_t len,
		     unsigned int status, const char *why)
{
	struct posted r = post(type, text, len);

	ck_assert(!r.taken);
	ck_assert_uint_eq(r.problem.status, status);
	ck_assert_msg(strstr(r.problem.detail, why) != NULL, "said: %s",
		      r.problem.detail);
	free(r.bytes);
}

static void
assert_refused(const char *type, const char *text, const char *why)
{
	assert_refused_bytes(type, text, strlen(text), 400, why);
}

static void
assert_published(const struct publish_result *result, unsigned int status,
		 const char *want)
{
	const struct publication publication = {.channel = {"a\"b", 3}};
	struct buf out;

	buf_init(&out, 1024);
	ck_assert_uint_eq(
	    technique_publish.publish->response(&publication, result, &out),
	    status);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(a_form_has_all_four_fields)
{
	assert_publication(FORM, "channel=news&event=chat&data=a+%26+b&key=k1",
			   (const char *[]){"news", "chat", "a & b", "k1"});
}

TEST(event_and_key_are_optional_in_a_form)
{
	assert_publication(FORM, "data=hi&channel=news",
			   (const char *[]){"news", "", "hi", NULL});
}

TEST(data_may_be_empty)
{
	assert_publication(
	    FORM, "channel=news&data=", (const char *[]){"news", "", "", NULL});
}

TEST(an_unknown_field_is_ignored)
{
	assert_publication(FORM, "channel=news&submit=1&submit=2&data=hi",
			   (const char *[]){"news", "", "hi", NULL});
}

TEST(a_body_without_a_type_is_a_form)
{
	assert_publication("", "channel=news&data=hi",
			   (const char *[]){"news", "", "hi", NULL});
}

TEST(the_type_may_have_any_case_and_parameters)
{
	assert_publication("APPLICATION/json ;charset=utf-8",
			   "{\"channel\":\"news\",\"data\":\"hi\"}",
			   (const char *[]){"news", "", "hi", NULL});
}

TEST(another_type_is_415_and_names_the_supported_types)
{
	const char text[] = "channel=news&data=hi";

	assert_refused_bytes("text/plain", text, strlen(text), 415, FORM);
	assert_refused_bytes("text/plain", text, strlen(text), 415, JSON);
}

TEST(a_type_that_starts_like_json_is_415)
{
	assert_refused_bytes(JSON "5", "{}", 2, 415, JSON);
}

TEST(a_duplicate_field_is_refused)
{
	assert_refused(FORM, "channel=a&data=1&channel=b",
		       "Duplicate field: channel");
}

TEST(an_empty_field_counts_as_duplicate)
{
	assert_refused(FORM, "channel=a&data=&data=1", "Duplicate field: data");
}

TEST(a_field_name_with_a_nul_is_another_name)
{
	assert_refused(FORM, "channel=a&data%00=1", "data is missing");
}

TEST(no_channel_is_refused)
{
	assert_refused(FORM, "data=hi", "channel is missing");
}

TEST(no_data_is_refused)
{
	assert_refused(JSON, "{\"channel\":\"a\"}", "data is missing");
}

TEST(an_invalid_channel_is_refused_with_the_rule)
{
	assert_refused(FORM, "channel=a*&data=hi",
		       channel_fault(text_of("a*")));
}

TEST(an_invalid_event_is_refused_with_the_rule)
{
	assert_refused(FORM, "channel=a&data=hi&event=gap",
		       event_fault(text_of("gap")));
}

TEST(invalid_data_is_refused_with_the_rule)
{
	assert_refused(FORM, "channel=a&data=%ff", data_fault(text_of("\xff")));
}

TEST(an_empty_key_is_refused_with_the_rule)
{
	assert_refused(FORM, "channel=a&data=hi&key=", key_fault(text_of("")));
}

TEST(json_has_all_four_fields)
{
	assert_publication(JSON,
			   "{\"key\":\"k1\",\"data\":\"hi\",\"event\":\"chat\","
			   "\"channel\":\"news\"}",
			   (const char *[]){"news", "chat", "hi", "k1"});
}

TEST(json_escapes_are_decoded)
{
	assert_publication(JSON,
			   "{\"channel\":\"\\u00e9\","
			   "\"data\":\"\\\"\\n\\u20ac\\ud83d\\ude00\"}",
			   (const char *[]){"\xc3\xa9", "",
					    "\"\n\xe2\x82\xac\xf0\x9f\x98\x80",
					    NULL});
}

TEST(json_without_a_byte_to_spare_fits)
{
	assert_publication(JSON,
			   "{\"data\":\"d\",\"channel\":\"c\",\"key\":\"k\","
			   "\"event\":\"e\"}",
			   (const char *[]){"c", "e", "d", "k"});
}

TEST(the_fields_point_into_the_body)
{
	const char text[] = "{\"channel\":\"news\",\"data\":\"hi\"}";
	struct posted r = post(JSON, text, strlen(text));

	ck_assert(r.taken);
	ck_assert(r.publication.channel.bytes >= r.bytes);
	ck_assert(r.publication.data.bytes + r.publication.data.len <=
		  r.bytes + strlen(text));
	free(r.bytes);
}

TEST(an_unknown_member_is_ignored)
{
	assert_publication(
	    JSON, "{\"channel\":\"a\",\"more\":{\"x\":[1]},\"data\":\"\"}",
	    (const char *[]){"a", "", "", NULL});
}

TEST(an_ignored_member_may_be_any_json)
{
	assert_publication(JSON,
			   "{\"n\":1e999,\"\\u0000\":\"\\ud800\",\"n\":{},"
			   "\"channel\":\"a\",\"data\":\"\","
			   "\"n\":18446744073709551616}",
			   (const char *[]){"a", "", "", NULL});
}

TEST(json_with_half_of_a_surrogate_pair_is_refused)
{
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":\"\\ud83d\"}",
		       "half of a surrogate pair");
}

TEST(data_that_is_not_a_string_is_refused)
{
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":{\"x\":1}}",
		       "data must be a string");
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":[]}", "stringify");
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":7}", "stringify");
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":true}", "stringify");
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":null}", "stringify");
}

TEST(a_key_that_is_a_number_is_refused)
{
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":\"\",\"key\":7}",
		       "key must be a string");
}

TEST(json_that_is_not_an_object_is_refused)
{
	assert_refused(JSON, "[\"channel\",\"data\"]", "must be a JSON object");
}

TEST(a_duplicate_member_is_refused)
{
	assert_refused(JSON,
		       "{\"channel\":\"a\",\"data\":\"1\",\"data\":\"2\"}",
		       "duplicate name");
}

TEST(json_with_an_escaped_nul_is_refused)
{
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":\"x\\u0000y\"}",
		       "NUL");
	assert_refused(JSON, "{\"channel\":\"a\",\"data\\u0000\":\"x\"}",
		       "data is missing");
}

TEST(json_with_a_nul_byte_is_refused)
{
	const char text[] = "{\"channel\":\"a\",\"data\":\"x\0y\"}";

	assert_refused_bytes(JSON, text, sizeof(text) - 1, 400, "NUL byte");
	assert_refused_bytes(JSON, "{\"x\":1\0}", 8, 400, "NUL byte");
}

TEST(json_that_is_not_utf8_is_refused)
{
	assert_refused(JSON, "{\"channel\":\"a\",\"data\":\"\xff\"}",
		       "not UTF-8");
}

TEST(an_empty_json_body_is_refused)
{
	assert_refused(JSON, "", "unexpected end");
}

TEST(text_after_the_json_is_refused_with_its_position)
{
	assert_refused(JSON, "{\"channel\":\"a\",\n\"data\":\"x\"} x",
		       "syntax error, line 2, column 13");
}

TEST(deep_nesting_is_refused)
{
	char text[100000];

	memset(text, '[', sizeof(text));
	assert_refused_bytes(JSON, text, sizeof(text), 400, "nested");
}

TEST(stored_is_201_with_id_channel_and_processes)
{
	const struct publish_result stored = {.status = PUBLISHED_STORED,
					      .id = {1700000000000, 3},
					      .processes = 2};

	assert_published(&stored, 201,
			 "{\"id\":\"1700000000000-3\","
			 "\"channel\":\"a\\\"b\",\"processes\":2}");
}

TEST(a_known_key_is_200_with_the_first_id)
{
	const struct publish_result seen = {.status = PUBLISHED_SEEN,
					    .id = {8, 0}};

	assert_published(&seen, 200, "{\"id\":\"8-0\",\"channel\":\"a\\\"b\"}");
}

TEST(it_only_publishes)
{
	ck_assert_ptr_nonnull(technique_publish.publish);
}

TEST(a_response_is_json)
{
	const struct format format = {.limit = 0};
	struct buf out;

	buf_init(&out, 256);
	technique_publish.head(&format, &out);
	suite_assert_bytes(&out, "Content-Type: application/json\r\n");
	buf_free(&out);
}
