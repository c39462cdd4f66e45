/* SPDX-License-Identifier: MIT */
/* Replies (shared/model/command.c) and results of publications
 * (shared/model/publication.c) */
#include "config.h"

#include <string.h>

#include "shared/model/command.h"
#include "shared/model/publication.h"
#include "tests/unit/suite.h"

static const struct text AB[] = {{"a", 1}, {"b\"c", 3}};
static struct problem problem;

static void
assert_json(const struct reply *o, const char *want)
{
	struct buf out;

	buf_init(&out, 1000);
	reply_put_json(&out, o);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(the_reply_to_publish_has_channel_and_id)
{
	const struct command_ref ref = {COMMAND_PUBLISH, 0, ""};

	assert_json(&(struct reply){.ref = &ref,
				    .channel = text_of("a\"b"),
				    .id = {1700000000251, 3}},
		    "{\"ok\":\"publish\",\"channel\":\"a\\\"b\","
		    "\"id\":\"1700000000251-3\"}");
}

TEST(the_reply_to_subscribe_has_all_channels)
{
	const struct command_ref ref = {COMMAND_SUBSCRIBE, 0, ""};
	const struct command_ref left = {COMMAND_UNSUBSCRIBE, 0, ""};

	assert_json(
	    &(struct reply){.ref = &ref, .channels = AB, .channel_count = 2},
	    "{\"ok\":\"subscribe\",\"channels\":[\"a\",\"b\\\"c\"]}");
	assert_json(
	    &(struct reply){.ref = &left, .channels = AB, .channel_count = 1},
	    "{\"ok\":\"unsubscribe\",\"channels\":[\"a\"]}");
}

TEST(the_ref_is_repeated)
{
	const struct command_ref number = {COMMAND_SUBSCRIBE, 2, "-7"};
	const struct command_ref text = {COMMAND_PUBLISH, 3, "\"x\""};

	assert_json(
	    &(struct reply){.ref = &number, .channels = AB, .channel_count = 1},
	    "{\"ok\":\"subscribe\",\"channels\":[\"a\"],\"ref\":-7}");
	assert_json(&(struct reply){.ref = &text,
				    .channel = text_of("a"),
				    .id = {8, 0}},
		    "{\"ok\":\"publish\",\"channel\":\"a\",\"id\":\"8-0\","
		    "\"ref\":\"x\"}");
}

TEST(an_error_has_detail_status_and_ref)
{
	const struct command_ref ref = {COMMAND_PUBLISH, 1, "3"};

	problem_set(&problem, 403, "Not \"here\".");
	assert_json(
	    &(struct reply){.ref = &ref, .problem = &problem},
	    "{\"error\":\"Not \\\"here\\\".\",\"status\":403,\"ref\":3}");
}

TEST(an_error_has_stored_if_it_is_set)
{
	const struct command_ref ref = {COMMAND_PUBLISH, 0, ""};

	problem_set(&problem, 504, "Late.");
	problem.stored = "\"unknown\"";
	assert_json(
	    &(struct reply){.ref = &ref, .problem = &problem},
	    "{\"error\":\"Late.\",\"status\":504,\"stored\":\"unknown\"}");
}

TEST(a_reply_that_does_not_fit_makes_the_buffer_bad)
{
	const struct command_ref ref = {COMMAND_SUBSCRIBE, 1, "3"};
	struct buf out;

	buf_init(&out, 20);
	reply_put_json(
	    &out,
	    &(struct reply){.ref = &ref, .channels = AB, .channel_count = 2});
	ck_assert(!buf_ok(&out));
	buf_free(&out);
}

/* --- publications -------------------------------------------------------- */

TEST(stored_and_seen_are_successes)
{
	const struct publish_result stored = {.status = PUBLISHED_STORED};
	const struct publish_result seen = {.status = PUBLISHED_SEEN};

	ck_assert(publication_published(&stored, &problem));
	ck_assert(publication_published(&seen, &problem));
}

TEST(not_stored_is_503_with_reason_and_retry_after)
{
	const struct publish_result result = {.status = PUBLISHED_NOT_STORED,
					      .reason =
						  "Redis cannot be reached."};

	ck_assert(!publication_published(&result, &problem));
	ck_assert_uint_eq(problem.status, 503);
	ck_assert_str_eq(problem.detail,
			 "Redis cannot be reached. Nothing was stored.");
	ck_assert_str_eq(problem.stored, "false");
	ck_assert_uint_gt(problem.retry_after, 0);
}

TEST(unknown_is_504_without_retry_after)
{
	const struct publish_result result = {.status = PUBLISHED_UNKNOWN,
					      .reason = "Late."};

	ck_assert(!publication_published(&result, &problem));
	ck_assert_uint_eq(problem.status, 504);
	ck_assert_str_eq(problem.stored, "\"unknown\"");
	ck_assert_uint_eq(problem.retry_after, 0);
	ck_assert_ptr_nonnull(strstr(problem.detail, "the same key"));
}

TEST(too_large_is_413_with_the_setting)
{
	ck_assert(!publication_too_large(65536, &problem));
	ck_assert_uint_eq(problem.status, 413);
	ck_assert_ptr_nonnull(strstr(problem.detail, "65536"));
	ck_assert_ptr_nonnull(strstr(problem.detail, "message.max_bytes"));
}

TEST(fields_are_found_by_their_exact_name)
{
	for (enum publication_field i = 0; i < PUBLICATION_FIELDS; i++) {
		const char *name = publication_field_name(i);

		ck_assert_int_eq(
		    publication_field_named((struct text){name, strlen(name)}),
		    i);
		ck_assert_int_eq(publication_field_named(
				     (struct text){name, strlen(name) + 1}),
				 PUBLICATION_FIELDS);
		ck_assert_int_eq(publication_field_named(
				     (struct text){name, strlen(name) - 1}),
				 PUBLICATION_FIELDS);
	}
	ck_assert_int_eq(publication_field_named((struct text){"", 0}),
			 PUBLICATION_FIELDS);
	ck_assert_int_eq(publication_field_named((struct text){"Data", 4}),
			 PUBLICATION_FIELDS);
}
