/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/http.c. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_http;

static const struct format PLAIN = {.last = 1};
static const struct format ENVELOPE = {.last = 1, .envelope = true};

TEST(a_document_is_the_published_data)
{
	const struct batch_item items[] = {{.message = &YOU}};

	assert_response(&PLAIN, items, 1, "you");
}

TEST(data_is_not_changed)
{
	static const char data[] =
	    "a\r\n\"<b>&\\\xe2\x80\xa8\xf0\x9f\x98\x80\n";
	const struct message m = message_of("", data);
	const struct batch_item items[] = {{.message = &m}};

	assert_response(&PLAIN, items, 1, data);
}

TEST(empty_data_is_an_empty_document)
{
	const struct message m = message_of("", "");
	const struct batch_item items[] = {{.message = &m}};

	assert_response(&PLAIN, items, 1, "");
}

TEST(several_messages_are_separated_by_line_breaks)
{
	assert_response(&PLAIN, HI_YOU, 2, "hi\nyou");
}

TEST(an_envelope_is_the_usual_batch)
{
	assert_response(&ENVELOPE, HI_YOU, 2, HI_YOU_JSON);
}

TEST(data_is_plain_text)
{
	assert_head(&PLAIN, "Content-Type: text/plain; charset=utf-8\r\n");
}

TEST(an_envelope_is_json)
{
	assert_head(&ENVELOPE, "Content-Type: application/json\r\n");
}

TEST(it_reads_the_newest_message_or_responds_404)
{
	ck_assert(!technique_http.batch->waits);
	ck_assert(technique_http.batch->newest);
	ck_assert(technique_http.batch->validates);
	ck_assert_str_eq(technique_http.batch->nothing,
			 "This channel has no messages.");
}

TEST(it_takes_last_and_envelope)
{
	ck_assert_uint_eq(technique_http.takes, FORMAT_ENVELOPE | FORMAT_LAST);
}
