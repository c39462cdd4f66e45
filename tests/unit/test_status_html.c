/* SPDX-License-Identifier: MIT */
/* shared/status/html.c, page.c and units.c: the page. */
#include "config.h"

#include "shared/status/html.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "shared/status/page.h"
#include "shared/status/units.h"
#include "tests/unit/status_entry.h"
#include "tests/unit/suite.h"

#define WELL ",\"redis\":{\"up\":true}"

/* What puts it, with a NUL. */
static char *
written(void (*put)(struct buf *out, const struct status *s))
{
	struct buf out;

	buf_init(&out, 1024 * 1024);
	put(&out, entries_end());
	buf_putc(&out, '\0');
	ck_assert(buf_ok(&out));
	return out.bytes;
}

static void
assert_in(const char *text, const char *want)
{
	ck_assert_msg(strstr(text, want) != NULL, "no %s in %s", want, text);
}

/* --- the policy ----------------------------------------------------------- */

static void
assert_hash(const char *text, const char *want)
{
	unsigned char hash[SHA256_DIGEST_LENGTH], base64[64];

	SHA256((const unsigned char *)text, strlen(text), hash);
	EVP_EncodeBlock(base64, hash, sizeof(hash));
	ck_assert_str_eq((const char *)base64, want);
}

TEST(the_policy_has_the_hashes_of_the_style_and_the_script)
{
	assert_hash(status_style, STATUS_STYLE_HASH);
	assert_hash(status_script, STATUS_SCRIPT_HASH);
	assert_in(STATUS_POLICY,
		  "; style-src 'sha256-" STATUS_STYLE_HASH
		  "'; script-src 'sha256-" STATUS_SCRIPT_HASH "'; ");
}

TEST(the_page_has_the_style_and_the_script_as_they_were_hashed)
{
	char *text;

	entries_begin();
	text = written(status_put_page);
	assert_in(text, "<style>:root{");
	assert_in(text, strstr(text, status_style));
	assert_in(strstr(text, status_style) + strlen(status_style),
		  "</style>");
	ck_assert_ptr_nonnull(strstr(text, status_script));
	ck_assert_int_eq(
	    strncmp(strstr(text, status_script) + strlen(status_script),
		    "</script>", 9),
	    0);
	free(text);
}

TEST(the_page_refreshes_itself_without_a_script)
{
	char *text;

	entries_begin();
	text = written(status_put_page);
	assert_in(text, "<noscript><meta http-equiv=\"refresh\"");
	free(text);
}

/* --- what it says --------------------------------------------------------- */

TEST(the_first_sentence_says_that_all_is_well)
{
	char *text;

	entries_begin();
	entries_add("web1", "sse", 7, WELL ",\"held\":{\"total\":1234}");
	entries_add("web2", "sse", 7, WELL);
	text = written(status_put_main);
	assert_in(text,
		  "<h1 class=\"good\">All is well. 2 processes on 2 hosts "
		  "hold 1,234 subscribers.</h1>");
	free(text);
}

TEST(the_first_sentence_says_that_something_is_wrong)
{
	char *text;

	entries_begin();
	entries_add("web1", "sse", 7, ",\"redis\":{\"up\":false}");
	text = written(status_put_main);
	assert_in(text, "<h1 class=\"bad\">Something is wrong with 1 process. "
			"1 process on 1 host holds 0 subscribers.</h1>");
	assert_in(text, "<li>sse (pid 7) on web1 has no connection to "
			"Redis.</li>");
	free(text);
}

TEST(without_processes_it_says_so)
{
	char *text;

	entries_begin();
	text = written(status_put_main);
	ck_assert_str_eq(text, "<h1 class=\"good\">No process runs.</h1>");
	free(text);
}

TEST(texts_of_others_are_escaped_and_have_no_line_breaks)
{
	char *text;

	entries_begin();
	entries_add("<b>\\n&", "s\\\"'\\r", 7,
		    ",\"redis\":{\"up\":true,\"server\":\"<i>\","
		    "\"fault\":\"<u>\\n\\nevent: x\"},"
		    "\"limits\":{\"<script>\":[1,2]},"
		    "\"channels\":{\"top\":[[\"<a href=x>\\n\",1]]}");
	text = written(status_put_main);
	assert_in(text, "&lt;b&gt; &amp;");
	assert_in(text, "s&quot;&#39; ");
	assert_in(text, "&lt;script&gt;");
	assert_in(text, "&lt;a href=x&gt; ");
	assert_in(text, "&lt;u&gt;  event: x");
	ck_assert_ptr_null(strstr(text, "<u>"));
	ck_assert_ptr_null(strstr(text, "<i>"));
	ck_assert_ptr_null(strpbrk(text, "\r\n"));
	free(text);
}

TEST(a_limit_is_shown_where_it_is_nearest)
{
	char *text;

	entries_begin();
	entries_add("web1", "sse", 7, WELL ",\"limits\":{\"hold.max\":[1,10]}");
	entries_add("web2", "poll", 8,
		    WELL ",\"limits\":{\"hold.max\":[9,10]}");
	text = written(status_put_main);
	assert_in(text, "<td class=\"line\">hold.max</td>"
			"<td class=\"name\">poll");
	assert_in(text, "value=\"90.0\"");
	ck_assert_ptr_null(strstr(text, "value=\"10.0\""));
	free(text);
}

/* --- units ---------------------------------------------------------------- */

static void
assert_unit(void (*put)(struct buf *out, uint64_t n), uint64_t n,
	    const char *want)
{
	struct buf out;

	buf_init(&out, 100);
	put(&out, n);
	buf_putc(&out, '\0');
	ck_assert_str_eq(out.bytes, want);
	buf_free(&out);
}

TEST(numbers_have_commas)
{
	assert_unit(units_put_number, 0, "0");
	assert_unit(units_put_number, 999, "999");
	assert_unit(units_put_number, 1000, "1,000");
	assert_unit(units_put_number, 1234567, "1,234,567");
	assert_unit(units_put_number, UINT64_MAX, "18,446,744,073,709,551,615");
}

TEST(bytes_have_three_digits_at_most)
{
	assert_unit(units_put_bytes, 0, "0 B");
	assert_unit(units_put_bytes, 999, "999 B");
	assert_unit(units_put_bytes, 1000, "1.0 kB");
	assert_unit(units_put_bytes, 9949, "9.9 kB");
	assert_unit(units_put_bytes, 9950, "10 kB");
	assert_unit(units_put_bytes, 999499, "999 kB");
	assert_unit(units_put_bytes, 999500, "1.0 MB");
	assert_unit(units_put_bytes, UINT64_C(1) << 40, "1.1 TB");
}
