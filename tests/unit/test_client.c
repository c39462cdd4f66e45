/* SPDX-License-Identifier: MIT */
/* shared/access/client.c */
#include "config.h"

#include "shared/access/client.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static char proxies[] = "10.0.0.0/8 2001:db8:1::/48";

static struct client_id
read_it(const char *address, const char *forwarded, const char *more)
{
	static const struct conf conf = {.access_proxies = proxies};
	char remote[80], header[400];
	char *list[] = {remote, header, (char *)(uintptr_t)more,
			(char *)(uintptr_t) "REMOTE_PORT=4000", NULL};
	struct client_id out;

	snprintf(remote, sizeof(remote), "REMOTE_ADDR=%s", address);
	snprintf(header, sizeof(header), "HTTP_X_FORWARDED_FOR=%s", forwarded);
	client_read(&out, &(struct request){.variables = list}, &conf);
	return out;
}

static void
assert_client(const char *address, const char *forwarded, const char *want)
{
	ck_assert_str_eq(read_it(address, forwarded, "A=").address, want);
}

TEST(without_a_proxy_it_is_the_address_of_the_connection)
{
	assert_client("192.0.2.1", "", "192.0.2.1");
	assert_client("2001:db8::1", "", "2001:db8::1");
	assert_client("", "", "");
}

TEST(a_client_that_is_no_proxy_cannot_state_another)
{
	assert_client("192.0.2.1", "198.51.100.1", "192.0.2.1");
	assert_client("192.0.2.1", "10.0.0.1", "192.0.2.1");
	assert_client("", "198.51.100.1", "");
}

TEST(who_states_a_proxy_s_client_a_second_time_is_not_believed)
{
	static const struct conf conf = {.access_proxies = proxies};
	const char *second = "HTTP_X_FORWARDED_FOR=192.0.2.1";
	char *list[] = {(char *)(uintptr_t) "REMOTE_ADDR=10.0.0.1",
			(char *)(uintptr_t)second, NULL};
	const struct request once = {.variables = list};

	ck_assert_str_eq(read_it("10.0.0.1", "198.51.100.1", second).address,
			 "10.0.0.1");
	ck_assert_str_eq(read_it("192.0.2.9", "198.51.100.1", second).address,
			 "192.0.2.9");
	ck_assert(!client_is_disputed(&once, &conf));
}

TEST(a_proxy_states_its_client)
{
	assert_client("10.0.0.1", "192.0.2.1", "192.0.2.1");
	assert_client("10.0.0.1", "  2001:db8::1\t", "2001:db8::1");
	assert_client("2001:db8:1::5", "192.0.2.1", "192.0.2.1");
	assert_client("10.0.0.1", "", "10.0.0.1");
}

TEST(what_the_client_itself_has_sent_does_not_count)
{
	assert_client("10.0.0.1", "198.51.100.1, 192.0.2.1", "192.0.2.1");
	assert_client("10.0.0.1", "10.0.0.9,192.0.2.1", "192.0.2.1");
}

TEST(several_proxies_are_passed)
{
	assert_client("10.0.0.1", "192.0.2.1, 10.0.0.3 ,10.0.0.2", "192.0.2.1");
	assert_client("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3");
}

TEST(what_is_no_address_ends_the_list)
{
	static const char *const invalid[] = {
	    "unknown", "10.0.0.0/8", ",",	  "a b",
	    " ",       "1.2.3",	     "[2001::1]", "1.1.1.1:80"};

	for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
		assert_client("10.0.0.1", invalid[i], "10.0.0.1");
	assert_client("10.0.0.1", "192.0.2.1, x, 10.0.0.2", "10.0.0.2");
}

TEST(at_most_16_proxies_are_passed)
{
	char list[300] = "192.0.2.1";

	for (int i = 0; i < 16; i++)
		strcat(list, ",10.0.0.2");
	assert_client("10.0.0.1", list, "10.0.0.2");
}

/* --- the connection ------------------------------------------------------- */

TEST(an_http2_connection_is_its_address_and_port)
{
	static const char *const http2[] = {"SERVER_PROTOCOL=HTTP/2.0",
					    "SERVER_PROTOCOL=HTTP/2", "H2=on",
					    "HTTP2=on"};

	for (size_t i = 0; i < sizeof http2 / sizeof *http2; i++)
		ck_assert_str_eq(read_it("192.0.2.1", "", http2[i]).connection,
				 "192.0.2.1 4000");
}

TEST(its_web_server_says_what_it_takes)
{
	struct mark mark =
	    read_it("192.0.2.1", "", "PUSH_BUDGET=worker class=100").mark;

	ck_assert_int_eq(mark.takes, MARK_WORKER);
	ck_assert_uint_eq(mark.class, 100);
}

TEST(its_web_server_says_what_it_takes_by_a_document_root)
{
	struct mark mark =
	    read_it("192.0.2.1", "", "DOCUMENT_ROOT=/PUSH_BUDGET=descriptors")
		.mark;

	ck_assert_int_eq(mark.takes, MARK_DESCRIPTORS);
}

TEST(another_document_root_says_nothing)
{
	struct mark mark =
	    read_it("192.0.2.1", "", "DOCUMENT_ROOT=/srv/PUSH_BUDGET=worker")
		.mark;

	ck_assert_int_eq(mark.takes, MARK_NOTHING);
	ck_assert(!mark.is_bad);
}

TEST(a_client_cannot_say_what_it_takes)
{
	struct mark mark =
	    read_it("192.0.2.1", "", "HTTP_PUSH_BUDGET=worker").mark;

	ck_assert_int_eq(mark.takes, MARK_NOTHING);
}

TEST(another_connection_does_not_count)
{
	ck_assert_str_eq(
	    read_it("192.0.2.1", "", "SERVER_PROTOCOL=HTTP/1.1").connection,
	    "");
	ck_assert_str_eq(
	    read_it("10.0.0.1", "192.0.2.1", "SERVER_PROTOCOL=HTTP/2.0")
		.connection,
	    "");
}

TEST(without_a_port_the_connection_is_unknown)
{
	static const char *const ports[] = {"0", "", "00", "x", "123456"};
	static const struct conf conf = {.access_proxies = proxies};
	struct client_id out;

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
		char port[40];
		char *list[] = {(char *)(uintptr_t) "REMOTE_ADDR=192.0.2.1",
				(char *)(uintptr_t) "SERVER_PROTOCOL=HTTP/2.0",
				port, NULL};

		snprintf(port, sizeof(port), "REMOTE_PORT=%s", ports[i]);
		client_read(&out, &(struct request){.variables = list}, &conf);
		ck_assert_str_eq(out.connection, "");
	}
}
