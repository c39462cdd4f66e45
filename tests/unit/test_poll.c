/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/poll.c. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_poll;

static const struct format FORM = {.limit = 100, .max_age = 1};

TEST(a_response_without_messages_has_the_cursor)
{
	assert_response(&FORM, NULL, 0, "{\"messages\":[],\"cursor\":\"9-0\"}");
}

TEST(messages_are_in_order)
{
	assert_response(&FORM, HI_YOU, 2, HI_YOU_JSON);
}

TEST(a_gap_is_an_item)
{
	assert_response(&FORM, GAP_YOU, 2, GAP_YOU_JSON);
}

TEST(a_response_that_does_not_fit_turns_the_buffer_bad)
{
	assert_response_too_long(&FORM);
}

TEST(a_response_is_json_that_varies_with_the_cursor)
{
	assert_head(&FORM, "Content-Type: application/json\r\n"
			   "Vary: Last-Event-ID\r\n");
}

TEST(it_does_not_wait_and_has_an_etag)
{
	ck_assert(!technique_poll.batch->waits);
	ck_assert(technique_poll.batch->validates);
	ck_assert(!technique_poll.batch->newest);
	ck_assert_ptr_null(technique_poll.batch->nothing);
}
