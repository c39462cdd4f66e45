/* SPDX-License-Identifier: MIT */
/* shared/access/local.c */
#include "config.h"

#include "shared/access/local.h"

#include <stdint.h>
#include <stdio.h>

#include "tests/unit/suite.h"

static bool
is_local(const char *address, const char *host, const char *more)
{
	char *list[] = {(char *)(uintptr_t)address, (char *)(uintptr_t)host,
			(char *)(uintptr_t)more, NULL};

	return local_is_client(&(struct request){.variables = list});
}

static bool
is_local_from(const char *address)
{
	char variable[80];

	snprintf(variable, sizeof(variable), "REMOTE_ADDR=%s", address);
	return is_local(variable, "HTTP_HOST=localhost", NULL);
}

static bool
is_local_at(const char *host)
{
	char variable[200];

	snprintf(variable, sizeof(variable), "HTTP_HOST=%s", host);
	return is_local("REMOTE_ADDR=127.0.0.1", variable, NULL);
}

/* --- the address of the client -------------------------------------------- */

TEST(loopback_is_127_and_1_in_ipv4_and_ipv6)
{
	static const char *const loopback[] = {"127.0.0.1", "127.255.0.9",
					       "::1", "::ffff:127.0.0.1"};

	for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
		ck_assert_msg(is_local_from(loopback[i]), "%s", loopback[i]);
}

TEST(other_addresses_are_not_loopback)
{
	static const char *const others[] = {
	    "192.168.1.1",     "128.0.0.1",  "126.255.255.255", "::2",
	    "::ffff:10.0.0.1", "::",	     "0.0.0.0",		"1.127.0.0",
	    "fe80::1",	       "::127.0.0.1"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_msg(!is_local_from(others[i]), "%s", others[i]);
}

/* lighttpd sends an empty address for a client on a unix socket. */
TEST(an_invalid_or_empty_address_is_not_loopback)
{
	static const char *const invalid[] = {
	    "", "localhost", "127.0.0.1 ", "127.1", "[::1]", "127.0.0.1:80"};

	for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
		ck_assert_msg(!is_local_from(invalid[i]), "%s", invalid[i]);
	ck_assert(!is_local("HTTP_HOST=localhost", NULL, NULL));
}

/* --- proxies -------------------------------------------------------------- */

TEST(what_came_through_a_proxy_is_not_local)
{
	static const char *const says_so[] = {
	    "HTTP_FORWARDED=for=192.0.2.1", "HTTP_X_FORWARDED_FOR=127.0.0.1",
	    "HTTP_X_REAL_IP=192.0.2.1", "HTTP_VIA=1.1 proxy"};

	for (size_t i = 0; i < sizeof says_so / sizeof *says_so; i++)
		ck_assert_msg(!is_local("REMOTE_ADDR=127.0.0.1",
					"HTTP_HOST=localhost", says_so[i]),
			      "%s", says_so[i]);
	ck_assert(is_local("REMOTE_ADDR=127.0.0.1", "HTTP_HOST=localhost",
			   "HTTP_VIA="));
}

/* --- the host ------------------------------------------------------------- */

TEST(the_host_is_a_name_or_an_address_of_loopback)
{
	static const char *const loopback[] = {
	    "localhost", "127.0.0.1",  "127.8.8.8",
	    "[::1]",	 "[0:0::0:1]", "[::ffff:127.0.0.1]"};

	for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
		ck_assert_msg(is_local_at(loopback[i]), "%s", loopback[i]);
}

/* DNS rebinding: the name of a foreign page has the address 127.0.0.1. */
TEST(another_host_is_not_local)
{
	static const char *const others[] = {
	    "evil.example",   "example.org",
	    "192.0.2.1",      "localhost.evil.example",
	    "evil.localhost", "localhost-",
	    "localhos",	      "127.0.0.1.evil.example",
	    "127.1",	      "0x7f.0.0.1",
	    "2130706433",     "[::2]",
	    "0.0.0.0",	      "[::]"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_msg(!is_local_at(others[i]), "%s", others[i]);
}

TEST(an_empty_or_missing_host_is_not_local)
{
	ck_assert(!is_local_at(""));
	ck_assert(!is_local_at("."));
	ck_assert(!is_local_at(":80"));
	ck_assert(!is_local_at("[]"));
	ck_assert(!is_local("REMOTE_ADDR=127.0.0.1", NULL, NULL));
}

TEST(the_port_of_the_host_does_not_matter)
{
	ck_assert(is_local_at("localhost:8080"));
	ck_assert(is_local_at("localhost:"));
	ck_assert(is_local_at("127.0.0.1:1"));
	ck_assert(is_local_at("[::1]:8080"));
	ck_assert(!is_local_at("evil.example:80"));
}

TEST(what_is_no_port_makes_the_host_invalid)
{
	ck_assert(!is_local_at("localhost:80.evil.example"));
	ck_assert(!is_local_at("localhost:80:80"));
	ck_assert(!is_local_at("[::1].evil.example"));
	ck_assert(!is_local_at("[::1]evil.example:80"));
}

TEST(a_dot_at_the_end_of_the_host_does_not_matter)
{
	ck_assert(is_local_at("localhost."));
	ck_assert(is_local_at("localhost.:80"));
	ck_assert(is_local_at("127.0.0.1."));
	ck_assert(!is_local_at("localhost.."));
}

TEST(case_of_the_host_does_not_matter)
{
	ck_assert(is_local_at("LocalHost:80"));
	ck_assert(is_local_at("[::FFFF:127.0.0.1]"));
}

TEST(brackets_hold_an_ipv6_address_and_nothing_else)
{
	ck_assert(!is_local_at("::1"));
	ck_assert(!is_local_at("[::1"));
	ck_assert(!is_local_at("::1]"));
	ck_assert(!is_local_at("[127.0.0.1]"));
	ck_assert(!is_local_at("[localhost]"));
}
