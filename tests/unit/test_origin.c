/* SPDX-License-Identifier: MIT */
/* shared/access/origin.c */
#include "config.h"

#include "shared/access/origin.h"

#include <string.h>

#include "tests/unit/suite.h"

static bool
same(const char *origin, const char *host)
{
	return origin_is_same(text_of(origin), text_of(host), "");
}

static void
assert_same(const char *origin, const char *host)
{
	ck_assert_msg(same(origin, host), "%s at %s", origin, host);
}

static void
assert_other(const char *origin, const char *host)
{
	ck_assert_msg(!same(origin, host), "%s at %s", origin, host);
}

TEST(host_and_port_must_be_the_same)
{
	assert_same("http://example.org", "example.org");
	assert_same("https://example.org", "example.org");
	assert_same("http://example.org:8080", "example.org:8080");
	assert_same("http://192.0.2.1:8080", "192.0.2.1:8080");
	assert_same("http://my_host", "my_host");
	assert_other("http://example.org", "example.com");
	assert_other("http://example.org", "www.example.org");
	assert_other("http://www.example.org", "example.org");
	assert_other("http://example.org:8080", "example.org:8081");
	assert_other("http://example.org:8080", "example.org");
	assert_other("http://example.org", "example.org:8080");
}

TEST(case_does_not_matter)
{
	assert_same("http://EXAMPLE.org", "example.ORG");
	assert_same("HTTP://example.org", "example.org:80");
	assert_same("HttpS://example.org", "example.org:443");
}

TEST(a_missing_port_is_that_of_the_scheme_of_the_origin)
{
	assert_same("http://example.org", "example.org:80");
	assert_same("http://example.org:80", "example.org");
	assert_same("https://example.org", "example.org:443");
	assert_same("https://example.org:443", "example.org");
	assert_other("http://example.org", "example.org:443");
	assert_other("http://example.org:443", "example.org");
	assert_other("https://example.org", "example.org:80");
	assert_other("https://example.org:80", "example.org");
}

TEST(a_port_is_a_number)
{
	assert_same("http://example.org:", "example.org");
	assert_same("http://example.org", "example.org:");
	assert_same("http://example.org:0080", "example.org:80");
	assert_same("http://example.org:65535", "example.org:65535");
	assert_same("http://example.org:0", "example.org:0");
	assert_other("http://example.org:65536", "example.org:65536");
	assert_other("http://example.org:65616", "example.org:80");
	assert_other("http://example.org:18446744073709551696",
		     "example.org:80");
	assert_other("http://example.org:x", "example.org:x");
	assert_other("http://example.org:+80", "example.org:80");
	assert_other("http://example.org: 80", "example.org:80");
	assert_other("http://example.org:80:80", "example.org:80:80");
}

TEST(a_dot_at_the_end_makes_another_host)
{
	assert_same("http://example.org.", "example.org.:80");
	assert_other("http://example.org.", "example.org");
	assert_other("http://example.org", "example.org.");
}

TEST(ipv6_addresses_are_compared_as_addresses)
{
	assert_same("http://[::1]", "[::1]:80");
	assert_same("http://[::1]:8080", "[0:0:0:0:0:0:0:1]:8080");
	assert_same("https://[2001:DB8::a]", "[2001:db8:0::A]");
	assert_same("http://[::ffff:192.0.2.1]", "[::ffff:c000:201]");
	assert_other("http://[::1]", "[::2]");
	assert_other("http://[::1]:80", "[::1]:81");
	assert_other("http://[::ffff:192.0.2.1]", "192.0.2.1");
}

TEST(an_ipv6_address_stands_in_brackets)
{
	static const char *const wrong[] = {
	    "::1",    "[::1",	 "::1]",    "[]",     "[:]",
	    "[::1]]", "[[::1]]", "[::1]80", "[::g]",  "[::1%eth0]",
	    "[1]",    "[a.b]",	 "[::1 ]",  "[::1.]", "x[::1]"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char origin[64] = "http://";

		strcat(origin, wrong[i]);
		assert_other(origin, wrong[i]);
	}
}

TEST(null_is_the_same_as_nothing)
{
	assert_other("null", "null");
	assert_other("null", "");
	assert_other("http://null", "");
	assert_same("http://null", "null");
	ck_assert_uint_eq(origin_listed("null", text_of("null")).len, 0);
}

TEST(a_text_that_is_no_origin_is_the_same_as_nothing)
{
	static const char *const wrong[] = {"",
					    "example.org",
					    "//example.org",
					    "http:example.org",
					    "http:/example.org",
					    "http//example.org",
					    "://example.org",
					    " http://example.org",
					    "http://example.org ",
					    "http://example.org/",
					    "http://example.org?",
					    "http://example.org#",
					    "http://example.org\\",
					    "http://user@example.org",
					    "http://example.org:80@",
					    "http://http://example.org",
					    "http://example.org, http://b",
					    "http://example.org http://b",
					    "ftp://example.org",
					    "ws://example.org",
					    "httpx://example.org",
					    "file://",
					    "chrome-extension://example.org",
					    "http://evil.example://example.org",
					    "http://example.org.evil.example",
					    "http://example%2Eorg",
					    "http://example.org\x01",
					    "http://ex\xc3\xa4mple.org"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *host = strstr(wrong[i], "://");

		assert_other(wrong[i], "example.org");
		assert_other(wrong[i], "example.org:80");
		if (host != NULL && strncmp(wrong[i], "http://", 7) == 0 &&
		    strcmp(wrong[i], "http://example.org.evil.example") != 0)
			assert_other(wrong[i], host + 3);
	}
	ck_assert(!origin_is_same((struct text){"http://a\0b", 10},
				  (struct text){"a\0b", 3}, ""));
	ck_assert(!origin_is_same((struct text){"http://[::1\0]", 13},
				  (struct text){"[::1\0]", 6}, ""));
}

TEST(a_host_that_is_missing_or_invalid_is_no_origin)
{
	static const char *const wrong[] = {"",	      ":",   ":80", "a b",
					    "a,b",    "a/b", "a@b", "http://a",
					    "[::1]a", "a:b", "*"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_other("http://", wrong[i]);
		assert_other("http://a", wrong[i]);
		assert_other("http://:80", wrong[i]);
	}
}

TEST(a_known_scheme_is_compared)
{
	struct text http = text_of("http://example.org");
	struct text https = text_of("https://example.org");
	struct text host = text_of("example.org");

	ck_assert(origin_is_same(http, host, "http"));
	ck_assert(!origin_is_same(http, host, "https"));
	ck_assert(origin_is_same(https, host, "https"));
	ck_assert(!origin_is_same(https, host, "http"));
	ck_assert(!origin_is_same(text_of("http://example.org:443"),
				  text_of("example.org:443"), "https"));
}

/* --- a list --------------------------------------------------------------- */

static const char list[] =
    "https://shop.example http://www.example:8443 http://[::1] https://a:443";

static void
assert_listed(const char *origin, const char *want)
{
	struct text found = origin_listed(list, text_of(origin));

	suite_assert_same(found.bytes, found.len, want, strlen(want));
	ck_assert(found.bytes >= list && found.bytes < list + sizeof(list));
}

static void
assert_not_listed(const char *origin)
{
	ck_assert_msg(origin_listed(list, text_of(origin)).len == 0, "%s",
		      origin);
}

TEST(an_origin_is_found_as_the_list_has_it)
{
	assert_listed("https://shop.example", "https://shop.example");
	assert_listed("HTTPS://Shop.example:443", "https://shop.example");
	assert_listed("http://www.example:8443", "http://www.example:8443");
	assert_listed("http://[0::1]:80", "http://[::1]");
	assert_listed("https://a", "https://a:443");
}

TEST(scheme_host_and_port_must_be_listed_together)
{
	assert_not_listed("");
	assert_not_listed("null");
	assert_not_listed("http://shop.example");
	assert_not_listed("http://shop.example:443");
	assert_not_listed("https://shop.example:80");
	assert_not_listed("https://shop.example:8443");
	assert_not_listed("https://shop.exampl");
	assert_not_listed("https://shop.example.");
	assert_not_listed("https://www.example:8443");
	assert_not_listed("https://shop.example http://www.example:8443");
	assert_not_listed("https://a:443 ");
}

TEST(an_empty_list_has_no_origin)
{
	ck_assert_uint_eq(origin_listed("", text_of("http://a")).len, 0);
	ck_assert_uint_eq(origin_listed(" ", text_of("http://")).len, 0);
}

TEST(an_invalid_origin_of_a_list_is_skipped)
{
	struct text found = origin_listed("https://[ http://a:b:c  https://a",
					  text_of("https://a"));

	suite_assert_same(found.bytes, found.len, "https://a", 9);
	ck_assert_uint_eq(origin_listed("https://[", text_of("https://[")).len,
			  0);
}
