/* SPDX-License-Identifier: MIT */
/* shared/model/batch.c */
#include "config.h"

#include "shared/model/batch.h"

#include "tests/unit/samples.h"
#include "tests/unit/suite.h"

static void
assert_json(const struct batch_item *items, size_t count, const char *want)
{
	const struct batch batch = {
	    .items = items, .count = count, .cursor = {"9-0", 3}};
	struct buf out;

	buf_init(&out, 1024);
	batch_put_json(&out, &batch);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(an_empty_batch_is_an_empty_list_and_the_cursor)
{
	assert_json(NULL, 0, "{\"messages\":[],\"cursor\":\"9-0\"}");
}

TEST(messages_are_separated_by_commas)
{
	assert_json(HI_YOU, 2, HI_YOU_JSON);
}

TEST(a_gap_has_the_cursor_of_the_batch)
{
	const struct batch_item items[] = {{.gap = &GAP}};

	assert_json(items, 1,
		    "{\"messages\":[" GAP_JSON "],"
		    "\"cursor\":\"9-0\"}");
}

TEST(a_gap_between_messages_keeps_its_position)
{
	const struct batch_item items[] = {
	    {.message = &HI}, {.gap = &GAP}, {.message = &YOU}};

	assert_json(items, 3,
		    "{\"messages\":[" HI_JSON "," GAP_JSON "," YOU_JSON
		    "],\"cursor\":\"9-0\"}");
}

TEST(an_item_may_have_its_own_cursor)
{
	const struct batch_item items[] = {
	    {.message = &YOU, .cursor = {"a.9-0~b.1-0", 11}},
	    {.gap = &GAP, .cursor = {"a.9-0~b.8-0", 11}}};

	assert_json(items, 2,
		    "{\"messages\":["
		    "{\"id\":\"9-0\",\"channel\":\"news\","
		    "\"data\":\"you\",\"cursor\":\"a.9-0~b.1-0\"},"
		    "{\"gap\":{\"channel\":\"news\",\"after\":\"3-0\","
		    "\"before\":\"8-0\"},\"cursor\":\"a.9-0~b.8-0\"}],"
		    "\"cursor\":\"9-0\"}");
}

TEST(a_client_may_be_told_when_to_come_back)
{
	const struct batch batch = {.cursor = {"9-0", 3}, .retry_ms = 12000};
	struct buf out;

	buf_init(&out, 1024);
	batch_put_json(&out, &batch);
	suite_assert_bytes(
	    &out, "{\"messages\":[],\"cursor\":\"9-0\",\"retry\":12000}");
	buf_free(&out);
}
