/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/longpoll.c. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_longpoll;

static const struct format FORM = {.limit = 100};

TEST(a_response_without_messages_has_the_cursor)
{
	assert_response(&FORM, NULL, 0, "{\"messages\":[],\"cursor\":\"9-0\"}");
}

TEST(messages_are_in_order)
{
	assert_response(&FORM, HI_YOU, 2, HI_YOU_JSON);
}

TEST(a_gap_is_an_item_with_its_cursor)
{
	assert_response(&FORM, GAP_YOU, 2, GAP_YOU_JSON);
}

TEST(a_message_of_many_channels_has_the_cursor_it_is_given)
{
	const struct format many = {.limit = 100, .many = true};
	const struct batch_item items[] = {
	    {.message = &YOU, .cursor = {"4-1", 3}}};

	assert_response(
	    &many, items, 1,
	    "{\"messages\":["
	    "{\"id\":\"9-0\",\"channel\":\"news\","
	    "\"data\":\"you\",\"cursor\":\"4-1\"}],\"cursor\":\"9-0\"}");
}

TEST(a_response_that_does_not_fit_turns_the_buffer_bad)
{
	assert_response_too_long(&FORM);
}

TEST(a_response_is_json)
{
	assert_head(&FORM, "Content-Type: application/json\r\n");
}
