/* SPDX-License-Identifier: MIT */
/* shared/base/escape.c */
#include "config.h"

#include "shared/base/escape.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/suite.h"

static void
assert_json(const char *text, size_t len, const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	escape_json(&out, (struct text){text, len});
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(plain_text_is_put_in_quotes)
{
	assert_json("hello, world", 12, "\"hello, world\"");
}

TEST(the_empty_text_is_two_quotes)
{
	assert_json("", 0, "\"\"");
	assert_json(NULL, 0, "\"\"");
}

TEST(quotes_and_backslashes_get_a_backslash)
{
	assert_json("\"", 1, "\"\\\"\"");
	assert_json("\\", 1, "\"\\\\\"");
	assert_json("say \"a\\b\" now", 13, "\"say \\\"a\\\\b\\\" now\"");
}

TEST(common_control_characters_have_a_short_form)
{
	assert_json("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
}

TEST(each_other_byte_below_0x20_is_written_in_hex)
{
	for (unsigned int c = 0; c < 0x20; c++) {
		char want[16];
		char byte = (char)c;

		if (c != 0 && strchr("\b\f\n\r\t", (int)c) != NULL)
			continue;
		snprintf(want, sizeof want, "\"\\u%04x\"", c);
		assert_json(&byte, 1, want);
	}
}

TEST(other_bytes_from_0x20_are_unchanged)
{
	for (unsigned int c = 0x20; c < 0x100; c++) {
		char want[4] = {'"', (char)c, '"', '\0'};
		char byte = (char)c;

		if (c != '"' && c != '\\')
			assert_json(&byte, 1, want);
	}
}

TEST(utf8_is_unchanged)
{
	assert_json("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", 15,
		    "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

TEST(special_bytes_may_be_first_last_and_adjacent)
{
	assert_json("\nab\"\"cd\\", 8, "\"\\nab\\\"\\\"cd\\\\\"");
}

TEST(a_text_that_does_not_fit_makes_the_buffer_bad)
{
	struct buf out;

	buf_init(&out, 9);
	escape_json(&out, text_of("1234567"));
	ck_assert(buf_ok(&out));
	buf_clear(&out);
	escape_json(&out, text_of("12345678"));
	ck_assert(!buf_ok(&out));
	buf_free(&out);
}

static void
assert_script(const char *json, const char *want)
{
	struct buf in, out;

	buf_init(&in, 4096);
	buf_init(&out, 4096);
	buf_puts(&in, json);
	escape_script(&out, &in);
	suite_assert_bytes(&out, want);
	buf_free(&in);
	buf_free(&out);
}

TEST(a_script_contains_no_angle_brackets)
{
	assert_script("\"</script>\"", "\"\\u003c/script\\u003e\"");
	assert_script("\"<!--\"", "\"\\u003c!--\"");
	assert_script("\"]]>\"", "\"]]\\u003e\"");
	assert_script("<", "\\u003c");
	assert_script("<<>>", "\\u003c\\u003c\\u003e\\u003e");
}

TEST(a_script_contains_no_javascript_line_separators)
{
	assert_script("\"a\xe2\x80\xa8\xe2\x80\xa9z\"", "\"a\\u2028\\u2029z\"");
}

TEST(a_prefix_of_a_line_separator_is_unchanged)
{
	assert_script("\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\"",
		      "\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\"");
	assert_script("\xe2\x80", "\xe2\x80");
	assert_script("\xe2", "\xe2");
}

TEST(other_json_in_a_script_is_unchanged)
{
	assert_script("{\"a\":[1,\"\\\"\\\\&'/ \xf0\x9f\x98\x80\"]}",
		      "{\"a\":[1,\"\\\"\\\\&'/ \xf0\x9f\x98\x80\"]}");
	assert_script("", "");
}

TEST(a_bad_buffer_makes_the_script_bad)
{
	struct buf in, out;

	buf_init(&in, 2);
	buf_init(&out, 64);
	buf_puts(&in, "too long");
	escape_script(&out, &in);
	ck_assert(!buf_ok(&out));
	buf_free(&in);
	buf_free(&out);
}

static void
assert_text(void (*escape)(struct buf *, const char *), const char *text,
	    const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	escape(&out, text);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(a_text_cannot_end_a_comment_or_its_line)
{
	assert_text(escape_comment, "a*/b", "a /b");
	assert_text(escape_comment, "</script>", " /script ");
	assert_text(escape_comment, "a\nb\rc\td\x7f", "a?b?c?d?");
	assert_text(escape_comment, "\xe2\x80\xa8", "???");
	assert_text(escape_comment, "plain 'text'.", "plain 'text'.");
}

TEST(html_has_references_for_five_characters)
{
	assert_text(escape_html, "<a href=\"x\">&'</a>",
		    "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
	assert_text(escape_html, "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	assert_text(escape_html, "", "");
}
