/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/jsonp.c. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_jsonp;

static const struct format FORM = {.limit = 100, .callback = "app.push"};

/* What the data of a message looks like inside the answer. */
static void
assert_data(const char *data, const char *want)
{
	const struct message m = message_of("", data);
	const struct batch_item items[] = {{.message = &m}};
	struct buf script;

	buf_init(&script, 4096);
	buf_puts(&script, "/**/app.push({\"messages\":["
			  "{\"id\":\"8-0\",\"channel\":\"news\",\"data\":\"");
	buf_puts(&script, want);
	buf_puts(&script, "\"}],\"cursor\":\"9-0\"});\n");
	buf_putc(&script, '\0');
	assert_response(&FORM, items, 1, script.bytes);
	buf_free(&script);
}

TEST(a_response_is_a_call_after_an_empty_comment)
{
	assert_response(
	    &FORM, NULL, 0,
	    "/**/app.push({\"messages\":[],\"cursor\":\"9-0\"});\n");
}

TEST(the_argument_is_the_usual_batch)
{
	const struct batch_item items[] = {
	    {.gap = &GAP}, {.message = &HI}, {.message = &YOU}};

	assert_response(&FORM, items, 3,
			"/**/app.push({\"messages\":[" GAP_JSON "," HI_JSON
			"," YOU_JSON "],\"cursor\":\"9-0\"});\n");
}

TEST(data_cannot_end_the_script_element)
{
	assert_data("</script>", "\\u003c/script\\u003e");
}

TEST(data_cannot_start_an_html_comment)
{
	assert_data("<!--", "\\u003c!--");
	assert_data("-->", "--\\u003e");
}

TEST(data_cannot_end_a_cdata_section)
{
	assert_data("]]>", "]]\\u003e");
}

TEST(line_terminators_of_javascript_are_escaped)
{
	assert_data("a\xe2\x80\xa8"
		    "b\xe2\x80\xa9"
		    "c",
		    "a\\u2028b\\u2029c");
	assert_data("a\r\nb", "a\\r\\nb");
}

TEST(quotes_cannot_end_the_string)
{
	assert_data("\");alert('1", "\\\");alert('1");
	assert_data("\\", "\\\\");
}

TEST(an_emoji_is_not_escaped)
{
	assert_data("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
}

TEST(an_error_is_a_comment)
{
	assert_error("No channel is named.",
		     "/* 400 Bad Request: No channel is named. */\n");
}

TEST(a_detail_cannot_end_the_comment)
{
	assert_error("a*/alert(1)</script>\nb",
		     "/* 400 Bad Request: a /alert(1) /script ?b */\n");
}

TEST(a_response_that_does_not_fit_turns_the_buffer_bad)
{
	assert_response_too_long(&FORM);
}

TEST(a_response_is_a_script)
{
	assert_head(&FORM, "Content-Type: text/javascript; charset=utf-8\r\n");
	ck_assert_str_eq(technique_jsonp.error_head,
			 "Content-Type: text/javascript; charset=utf-8\r\n");
}

TEST(it_waits_and_needs_a_callback)
{
	ck_assert(technique_jsonp.batch->waits);
	ck_assert(technique_jsonp.needs_callback);
	ck_assert_uint_eq(technique_jsonp.takes,
			  FORMAT_CALLBACK | FORMAT_PRESENCE);
}
