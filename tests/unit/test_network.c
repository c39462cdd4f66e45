/* SPDX-License-Identifier: MIT */
/* shared/base/network.c */
#include "config.h"

#include "shared/base/network.h"

#include <string.h>

#include "tests/unit/suite.h"

static bool
listed(const char *list, const char *address)
{
	return network_listed(list, text_of(address));
}

TEST(an_address_is_in_a_list_that_names_it)
{
	ck_assert(listed("10.0.0.1", "10.0.0.1"));
	ck_assert(listed("192.0.2.1 10.0.0.1", "10.0.0.1"));
	ck_assert(listed("2001:db8::1", "2001:DB8:0::1"));
	ck_assert(!listed("10.0.0.1", "10.0.0.2"));
	ck_assert(!listed("10.0.0.1", "10.0.0.10"));
	ck_assert(!listed("", "10.0.0.1"));
}

TEST(a_network_contains_the_addresses_with_its_first_bits)
{
	ck_assert(listed("10.0.0.0/8", "10.255.1.2"));
	ck_assert(!listed("10.0.0.0/8", "11.0.0.0"));
	ck_assert(listed("10.1.2.3/8", "10.9.9.9"));
	ck_assert(listed("192.0.2.128/25", "192.0.2.129"));
	ck_assert(!listed("192.0.2.128/25", "192.0.2.127"));
	ck_assert(listed("192.0.2.1/32", "192.0.2.1"));
	ck_assert(!listed("192.0.2.1/32", "192.0.2.0"));
	ck_assert(listed("fe80::/10", "febf::1"));
	ck_assert(!listed("fe80::/10", "fec0::1"));
	ck_assert(listed("2001:db8::1/128", "2001:db8::1"));
	ck_assert(!listed("2001:db8::1/128", "2001:db8::"));
}

static void
assert_one_host(const char *a, const char *b, bool same)
{
	uint8_t one[NETWORK_HOST_SIZE], other[NETWORK_HOST_SIZE];

	ck_assert(network_host(one, text_of(a)));
	ck_assert(network_host(other, text_of(b)));
	ck_assert_msg((memcmp(one, other, sizeof(one)) == 0) == same, "%s %s",
		      a, b);
}

TEST(a_host_is_an_ipv4_address_or_64_bits_of_an_ipv6_address)
{
	uint8_t host[NETWORK_HOST_SIZE];

	assert_one_host("192.0.2.1", "192.0.2.2", false);
	assert_one_host("192.0.2.1", "::ffff:192.0.2.1", true);
	assert_one_host("2001:db8::1", "2001:db8::ffff:0:0:2", true);
	assert_one_host("2001:db8::1", "2001:db8:0:1::1", false);
	assert_one_host("fe80::1", "fe80::1%eth0", true);
	ck_assert(!network_host(host, text_of("")));
	ck_assert(!network_host(host, text_of("%eth0")));
	ck_assert(!network_host(host, text_of("192.0.2.0/24")));
}

TEST(a_network_of_no_bits_contains_all_addresses_of_its_kind)
{
	ck_assert(listed("0.0.0.0/0", "192.0.2.1"));
	ck_assert(!listed("0.0.0.0/0", "2001:db8::1"));
	ck_assert(listed("::/0", "2001:db8::1"));
}

TEST(an_address_mapped_to_ipv6_is_the_one_of_ipv4)
{
	ck_assert(listed("10.0.0.0/8", "::ffff:10.0.0.1"));
	ck_assert(listed("::ffff:10.0.0.0/104", "10.0.0.1"));
	ck_assert(!listed("10.0.0.0/8", "::10.0.0.1"));
}

TEST(what_is_no_address_is_in_no_list)
{
	static const char *const others[] = {
	    "",		  "localhost",
	    "10.0.0",	  "10.0.0.1:80",
	    "[::1]",	  "10.0.0.1 ",
	    "10.0.0.0/8", "0000000000000000000000000000000000000000000000::1"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!listed("0.0.0.0/0 ::/0", others[i]), "%s",
			      others[i]);
	ck_assert(!network_listed("::/0", (struct text){"::1\0", 4}));
}

TEST(what_is_no_network_contains_nothing)
{
	ck_assert(!listed("10.0.0.1/33 localhost 10.0.0.1/", "10.0.0.1"));
	ck_assert(listed("10.0.0.1/33 10.0.0.1", "10.0.0.1"));
}

TEST(a_network_has_at_most_the_bits_of_an_address)
{
	ck_assert(network_is_valid(text_of("10.0.0.0/32")));
	ck_assert(!network_is_valid(text_of("10.0.0.0/33")));
	ck_assert(network_is_valid(text_of("::/128")));
	ck_assert(!network_is_valid(text_of("::/129")));
	ck_assert(!network_is_valid(text_of("10.0.0.0/")));
	ck_assert(!network_is_valid(text_of("/8")));
	ck_assert(!network_is_valid(text_of("10.0.0.0/99999999999999999999")));
}

TEST(loopback_is_127_and_1_also_mapped_to_ipv6)
{
	static const char *const loopback[] = {"127.0.0.1", "127.255.0.9",
					       "::1", "::ffff:127.0.0.1"};
	static const char *const others[] = {
	    "",	   "10.0.0.1",	      "0.0.0.0",     "::",
	    "::2", "::ffff:10.0.0.1", "127.0.0.1/8", "localhost"};

	for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++)
		ck_assert(network_is_loopback(text_of(loopback[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert(!network_is_loopback(text_of(others[i])));
}
