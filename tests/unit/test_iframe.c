/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/iframe.c. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_iframe;

static const struct format ONE = {.callback = "app.push"};
static const struct format MANY = {.callback = "app.push", .many = true};
static const struct format PADDED = {.callback = "app.push", .padding = 2000};
static const struct format ORIGIN = {.callback = "app.push",
				     .origin = "https://a.example:8443"};

enum { PADDING = 1024 };

/* What the data of a message looks like inside its script. */
static void
assert_data(const char *data, const char *want)
{
	struct buf script;

	buf_init(&script, 4096);
	buf_puts(&script, "<script>push({\"id\":\"8-0\","
			  "\"channel\":\"news\",\"data\":\"");
	buf_puts(&script, want);
	buf_puts(&script, "\"})</script>\n");
	buf_putc(&script, '\0');
	assert_message(&ONE, "", data, script.bytes);
	buf_free(&script);
}

/* A page of another site around it is not called. */
#define OURS "if (parent === window || !parent.document) return;\n"

/* The page begins with `padding` spaces in a comment, and then tells by
 * `call`. */
static void
assert_page(const struct format *format, size_t padding, const char *call)
{
	struct buf want;

	buf_init(&want, 16384);
	buf_puts(&want, "<!DOCTYPE html>\n<html lang=\"en\">\n"
			"<meta charset=\"utf-8\">\n<title>push</title>\n<!--");
	while (padding-- > 0)
		buf_putc(&want, ' ');
	buf_puts(&want, "-->\n<script>\nheard = 0;\nfunction gone() {\n"
			"var s = document.getElementsByTagName('script');\n"
			"s = s[s.length - 1];\n"
			"s.parentNode.removeChild(s);\n"
			"heard++;\n"
			"}\nfunction push(m) {\ngone();\n");
	buf_puts(&want, call);
	buf_puts(&want, ";\n}\n</script>\n");
	buf_putc(&want, '\0');
	assert_open(format, want.bytes);
	buf_free(&want);
}

TEST(the_page_calls_the_function_of_its_parent)
{
	assert_page(&ONE, PADDING, OURS "parent.app.push(m)");
}

TEST(with_an_origin_it_posts_messages_to_that_origin_only)
{
	assert_page(&ORIGIN, PADDING,
		    "parent.postMessage(m, 'https://a.example:8443')");
}

TEST(padding_is_at_least_1_kb)
{
	const struct format few = {.callback = "app.push", .padding = 3};

	assert_page(&few, PADDING, OURS "parent.app.push(m)");
	assert_page(&PADDED, 2000, OURS "parent.app.push(m)");
}

TEST(a_message_is_a_script)
{
	assert_message(&ONE, "chat", "hi",
		       "<script>push({\"id\":\"8-0\",\"channel\":\"news\","
		       "\"event\":\"chat\",\"data\":\"hi\"})</script>\n");
}

TEST(with_several_channels_the_cursor_is_the_last_member)
{
	assert_message(&MANY, "", "hi",
		       "<script>push({\"id\":\"8-0\",\"channel\":\"news\","
		       "\"data\":\"hi\",\"cursor\":\"8-0\"})</script>\n");
}

TEST(data_cannot_end_the_script)
{
	assert_data("</script>", "\\u003c/script\\u003e");
	assert_data("</ScRiPt ", "\\u003c/ScRiPt ");
}

TEST(data_cannot_start_an_html_comment)
{
	assert_data("<!--<script>", "\\u003c!--\\u003cscript\\u003e");
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
	assert_data("\"});alert('1", "\\\"});alert('1");
	assert_data("\\", "\\\\");
}

TEST(an_emoji_is_not_escaped)
{
	assert_data("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
}

TEST(a_channel_cannot_end_the_script_either)
{
	struct message m = message_of("a</script>", "hi");

	m.channel.bytes = "b</script>";
	m.channel.len = 10;
	assert_whole(&ONE, &m,
		     "<script>push({\"id\":\"8-0\","
		     "\"channel\":\"b\\u003c/script\\u003e\","
		     "\"event\":\"a\\u003c/script\\u003e\","
		     "\"data\":\"hi\"})</script>\n");
}

TEST(a_cursor_is_a_script)
{
	assert_cursor(&ONE, "<script>push({\"cursor\":\"8-0\"})</script>\n");
}

TEST(a_gap_is_a_script_and_its_channel_cannot_end_it)
{
	const struct gap gap = {{"</script>", 9}, {3, 0}, {8, 0}};

	assert_gap(&ONE, &gap,
		   "<script>push({\"gap\":{\"channel\":"
		   "\"\\u003c/script\\u003e\",\"after\":\"3-0\","
		   "\"before\":\"8-0\"},\"cursor\":\"8-0\"})"
		   "</script>\n");
}

TEST(a_heartbeat_is_a_script)
{
	assert_heartbeat(&ONE, "<script>gone()</script>\n");
}

TEST(a_stream_closes_with_the_reconnection_time)
{
	assert_close(&ONE, 1234, "<script>push({\"retry\":1234})</script>\n");
}

TEST(an_error_is_a_page_with_a_sentence)
{
	assert_error("a <b> & \"c\" 'd'",
		     "<!DOCTYPE html>\n<html lang=\"en\">\n"
		     "<meta charset=\"utf-8\">\n"
		     "<title>400 Bad Request</title>\n"
		     "<p>a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;</p>\n");
}

TEST(a_message_that_does_not_fit_turns_the_buffer_bad)
{
	assert_message_too_long(&ONE);
}

TEST(only_pages_of_the_site_or_of_the_origin_may_frame_it)
{
	const struct format other = {.origin = "https://shop.example"};

	assert_head(&ONE, "Content-Type: text/html; charset=utf-8\r\n"
			  "Content-Security-Policy: frame-ancestors "
			  "'self'\r\n");
	assert_head(&other, "Content-Type: text/html; charset=utf-8\r\n"
			    "Content-Security-Policy: frame-ancestors "
			    "https://shop.example\r\n");
}

/* Its format may be what is wrong. */
TEST(only_pages_of_the_site_may_frame_an_error)
{
	ck_assert_str_eq(technique_iframe.error_head,
			 "Content-Type: text/html; charset=utf-8\r\n"
			 "Content-Security-Policy: frame-ancestors "
			 "'self'\r\n");
}

TEST(it_is_a_stream_and_needs_a_callback)
{
	ck_assert_ptr_nonnull(technique_iframe.stream);
	ck_assert(technique_iframe.needs_callback);
	ck_assert_uint_eq(technique_iframe.takes,
			  FORMAT_CALLBACK | FORMAT_ORIGIN | FORMAT_PADDING |
			      FORMAT_PRESENCE);
}
