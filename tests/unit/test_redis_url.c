/* SPDX-License-Identifier: MIT */
/* shared/conf/redis_url.c */
#include "config.h"

#include "shared/conf/redis_url.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

/* `want` as host|port|path|user|password|db. */
static void
assert_url(const char *text, const char *want)
{
	struct redis_url url;
	char got[5 * REDIS_URL_MAX];
	const char *fault;

	memset(&url, 0x5a, sizeof(url));
	fault = redis_url_parse(&url, text);
	ck_assert_msg(fault == NULL, "%s: %s", text, fault);
	snprintf(got, sizeof(got), "%s|%u|%s|%s|%s|%u", url.host, url.port,
		 url.path, url.user, url.password, url.db);
	ck_assert_str_eq(got, want);
}

/* The fault begins with `want`. */
static void
assert_fault(const char *text, const char *want)
{
	struct redis_url url;
	const char *fault = redis_url_parse(&url, text);

	ck_assert_msg(fault != NULL, "%s is accepted", text);
	ck_assert_msg(strncmp(fault, want, strlen(want)) == 0, "%s: %s", text,
		      fault);
}

TEST(host_port_and_db)
{
	assert_url("redis://127.0.0.1:6379/0", "127.0.0.1|6379||||0");
	assert_url("redis://redis.example.org:7000/15",
		   "redis.example.org|7000||||15");
	assert_url("redis://h:65535/9999", "h|65535||||9999");
}

TEST(port_and_db_are_optional)
{
	assert_url("redis://localhost", "localhost|6379||||0");
	assert_url("redis://localhost/", "localhost|6379||||0");
	assert_url("redis://localhost/3", "localhost|6379||||3");
	assert_url("redis://localhost:1", "localhost|1||||0");
}

TEST(an_ipv6_address_is_in_brackets)
{
	assert_url("redis://[::1]", "::1|6379||||0");
	assert_url("redis://u:p@[2001:db8::7]:7000/2",
		   "2001:db8::7|7000||u|p|2");
	assert_fault("redis://[::1", "missing ]");
	assert_fault("redis://[]", "invalid IPv6");
	assert_fault("redis://[localhost]", "invalid IPv6");
	assert_fault("redis://::1", "missing host");
	assert_fault("redis://[::1]6379", "expected :port");
}

TEST(user_and_password_precede_the_host)
{
	assert_url("redis://app:secret@h", "h|6379||app|secret|0");
	assert_url("redis://:secret@h", "h|6379|||secret|0");
	assert_url("redis://app:@h", "h|6379||app||0");
	assert_url("redis://app:a:b@h", "h|6379||app|a:b|0");
	assert_fault("redis://secret@h", "expected user:password");
	assert_fault("redis://a:b@c@h", "more than one @");
}

TEST(user_and_password_may_be_percent_encoded)
{
	assert_url("redis://%61pp:p%40ss%2Fw%3ard%25@h",
		   "h|6379||app|p@ss/w:rd%|0");
	assert_url("redis://:%c3%A4@h", "h|6379|||\xc3\xa4|0");
	assert_fault("redis://:50%@h", "expected two hex digits");
	assert_fault("redis://:%4@h", "expected two hex digits");
	assert_fault("redis://:%zz@h", "expected two hex digits");
	assert_fault("redis://:a%00b@h", "%00");
}

TEST(a_unix_socket_has_an_absolute_path)
{
	assert_url("unix:///run/redis.sock", "|0|/run/redis.sock|||0");
	assert_url("unix:///run/redis.sock?db=7", "|0|/run/redis.sock|||7");
	assert_url("unix://app:secret@/run/r.sock?db=0",
		   "|0|/run/r.sock|app|secret|0");
	assert_url("unix:///a%20b@c", "|0|/a b@c|||0");
	assert_fault("unix://run/redis.sock", "expected an absolute path");
	assert_fault("unix://", "expected an absolute path");
	assert_fault("unix://u:p@host/run/r.sock", "expected an absolute path");
}

TEST(only_the_db_may_follow_the_path)
{
	assert_fault("unix:///r?", "expected nothing or ?db=N");
	assert_fault("unix:///r?database=1", "expected nothing or ?db=N");
	assert_fault("unix:///r#1", "expected nothing or ?db=N");
	assert_fault("unix:///r?db=", "db must be");
	assert_fault("unix:///r?db=10000", "db must be");
	assert_fault("unix:///r?db=1&x=2", "db must be");
}

TEST(a_path_too_long_for_a_socket_is_refused)
{
	char text[200] = "unix:///";
	struct redis_url url;

	memset(text + 8, 'a', 106);
	ck_assert_ptr_null(redis_url_parse(&url, text));
	ck_assert_uint_eq(strlen(url.path), 107);
	strcat(text, "a");
	assert_fault(text, "path too long");
}

TEST(only_the_db_may_follow_the_host)
{
	assert_fault("redis://h/10000", "expected nothing or /db");
	assert_fault("redis://h/1/", "expected nothing or /db");
	assert_fault("redis://h/-1", "expected nothing or /db");
	assert_fault("redis://h?db=1", "expected nothing or /db");
	assert_fault("redis://h/4294967296", "expected nothing or /db");
	assert_fault("redis://h#", "expected nothing or /db");
}

TEST(a_port_is_from_1_to_65535)
{
	assert_fault("redis://h:", "expected :port");
	assert_fault("redis://h:0", "expected :port");
	assert_fault("redis://h:65536", "expected :port");
	assert_fault("redis://h:63a", "expected :port");
	assert_fault("redis://h:+1", "expected :port");
	assert_fault("redis://h:1:2", "expected :port");
}

TEST(a_host_is_a_name_or_an_address)
{
	assert_fault("redis://", "missing host");
	assert_fault("redis:///0", "missing host");
	assert_fault("redis://a:b@", "missing host");
	assert_fault("redis://h%41", "invalid host");
	assert_fault("redis://a,b", "invalid host");
}

TEST(rediss_is_the_same_with_tls)
{
	struct redis_url url;

	assert_url("rediss://u:p@h:1/2", "h|1||u|p|2");
	ck_assert_ptr_null(redis_url_parse(&url, "rediss://h"));
	ck_assert(url.tls);
	ck_assert_ptr_null(redis_url_parse(&url, "redis://h"));
	ck_assert(!url.tls);
	ck_assert_ptr_null(redis_url_parse(&url, "unix:///h"));
	ck_assert(!url.tls);
	assert_fault("rediss://", "missing host");
}

TEST(another_scheme_is_refused)
{
	assert_fault("", "expected redis://");
	assert_fault("127.0.0.1:6379", "expected redis://");
	assert_fault("redis:/h", "expected redis://");
	assert_fault("http://h", "expected redis://");
	assert_fault("redissss://h", "expected redis://");
}

TEST(only_printable_ascii_without_spaces)
{
	assert_fault("redis://h ", "invalid character");
	assert_fault(" redis://h", "invalid character");
	assert_fault("redis://:a\tb@h", "invalid character");
	assert_fault("redis://:\xc3\xa4@h", "invalid character");
	assert_fault("redis://:\x7f@h", "invalid character");
}

TEST(at_most_512_bytes)
{
	char text[REDIS_URL_MAX + 2] = "redis://:";
	struct redis_url url;

	memset(text + 9, 'p', REDIS_URL_MAX - 11);
	strcpy(text + REDIS_URL_MAX - 2, "@h");
	ck_assert_uint_eq(strlen(text), REDIS_URL_MAX);
	ck_assert_ptr_null(redis_url_parse(&url, text));
	ck_assert_uint_eq(strlen(url.password), REDIS_URL_MAX - 11);
	strcat(text, "h");
	assert_fault(text, "longer than 512 bytes");
}

TEST(a_fault_never_contains_the_password)
{
	static const char *const wrong[] = {"redis://u:hunter2@",
					    "redis://u:hunter2@h:x",
					    "hunter2",
					    "redis://hunter2@h",
					    "redis://u:hunter2@h/x",
					    "unix://u:hunter2@r",
					    "redis://u:hunter2%@h"};
	struct redis_url url;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *fault = redis_url_parse(&url, wrong[i]);

		ck_assert_ptr_nonnull(fault);
		ck_assert_ptr_null(strstr(fault, "hunter2"));
	}
}
