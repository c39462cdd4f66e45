/* SPDX-License-Identifier: MIT */
/* shared/net/tcp_identity.c */
#include "config.h"

#include "shared/net/tcp_identity.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/handoff.h"
#include "tests/unit/suite.h"

static struct tcp_pair pair;

static const struct tcp_identity_texts four = {"192.0.2.1", "40312",
					       "198.51.100.1", "80"};

static struct tcp_identity
parsed(const struct tcp_identity_texts *texts)
{
	struct tcp_identity id = {.peer_port = 0};

	tcp_pair_open(&pair);
	ck_assert(tcp_identity_parse(&id, texts, pair.server));
	tcp_pair_close(&pair);
	return id;
}

static void
assert_refused(struct tcp_identity_texts texts)
{
	struct tcp_identity id;

	ck_assert_msg(!tcp_identity_parse(&id, &texts, 0), "%s %s %s %s",
		      texts.peer, texts.peer_port, texts.local,
		      texts.local_port);
}

/* --- texts ---------------------------------------------------------------- */

TEST(it_is_read_from_addresses_and_ports)
{
	char text[TCP_IDENTITY_TEXT_SIZE];
	struct tcp_identity id = parsed(&four);

	tcp_identity_text(text, &id);
	ck_assert_str_eq(text, "192.0.2.1 40312 198.51.100.1 80");
	id = parsed(&(struct tcp_identity_texts){"2001:db8::1", "1",
						 "2001:0db8:0:0::2", "65535"});
	tcp_identity_text(text, &id);
	ck_assert_str_eq(text, "2001:db8::1 1 2001:db8::2 65535");
}

TEST(ipv4_may_be_written_as_in_ipv6)
{
	struct tcp_identity a = parsed(&four);
	struct tcp_identity b = parsed(&(struct tcp_identity_texts){
	    "::ffff:192.0.2.1", "40312", "::ffff:c633:6401", "80"});

	ck_assert(tcp_identity_equals(&a, &b));
}

TEST(each_of_the_four_makes_it_another)
{
	struct tcp_identity a = parsed(&four), b;
	struct tcp_identity_texts texts = four;

	texts.peer = "192.0.2.2";
	b = parsed(&texts);
	ck_assert(!tcp_identity_equals(&a, &b));
	texts = four;
	texts.peer_port = "40313";
	b = parsed(&texts);
	ck_assert(!tcp_identity_equals(&a, &b));
	texts = four;
	texts.local = "198.51.100.2";
	b = parsed(&texts);
	ck_assert(!tcp_identity_equals(&a, &b));
	texts = four;
	texts.local_port = "8080";
	b = parsed(&texts);
	ck_assert(!tcp_identity_equals(&a, &b));
}

TEST(what_is_no_address_is_refused)
{
	static const char *const wrong[] = {
	    "",	     "192.0.2",	    "192.0.2.1 ",   "unix:",
	    "host",  "192.0.2.256", "fe80::1%eth0", "[::1]",
	    "::1%0", "1",	    "0x7f.0.0.1",   "192.0.2.1:80",
	    "*",     "192.0.2.01"};
	struct tcp_identity_texts texts;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		texts = four;
		texts.peer = wrong[i];
		assert_refused(texts);
		texts = four;
		texts.local = wrong[i];
		assert_refused(texts);
	}
}

TEST(what_is_no_port_is_refused)
{
	static const char *const wrong[] = {
	    "",	   "0",	  "65536", "-1",   "80 ",
	    " 80", "+80", "http",  "0x50", "99999999999999999999"};
	struct tcp_identity_texts texts;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		texts = four;
		texts.peer_port = wrong[i];
		assert_refused(texts);
		texts = four;
		texts.local_port = wrong[i];
		assert_refused(texts);
	}
}

/* --- sockets -------------------------------------------------------------- */

static void
assert_named(const char *peer, const char *local, uint16_t port)
{
	struct tcp_identity id = tcp_pair_identity(&pair), want;
	char peer_port[8], local_port[8];
	const struct tcp_identity_texts texts = {peer, peer_port, local,
						 local_port};

	snprintf(peer_port, sizeof(peer_port), "%u", id.peer_port);
	snprintf(local_port, sizeof(local_port), "%u", port);
	ck_assert(tcp_identity_parse(&want, &texts, pair.server));
	ck_assert(tcp_identity_equals(&id, &want));
}

static void
assert_a_client_is_named(const char *listens)
{
	uint16_t port;
	int listener = tcp_listen(listens, &port);

	tcp_pair_open_at(&pair, listener, port, 0);
	assert_named("127.0.0.1", "127.0.0.1", port);
	tcp_pair_close(&pair);
	close(listener);
}

TEST(a_socket_has_that_of_its_connection)
{
	assert_a_client_is_named("127.0.0.1");
}

TEST(a_client_with_ipv4_has_it_also_where_the_server_listens_on_ipv6)
{
	assert_a_client_is_named("::");
}

TEST(both_ends_of_a_connection_differ)
{
	struct tcp_identity a, b;

	tcp_pair_open(&pair);
	a = tcp_pair_identity(&pair);
	ck_assert_ptr_null(tcp_identity_of(&b, pair.client));
	ck_assert(!tcp_identity_equals(&a, &b));
	tcp_pair_close(&pair);
}

/* Owns `fd`. */
static void
assert_none(int fd, const char *why)
{
	struct tcp_identity id;
	const char *fault = tcp_identity_of(&id, fd);

	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(fault);
	ck_assert_msg(strstr(fault, why) != NULL, "%s", fault);
	ck_assert(!tcp_identity_is_established(fd));
	close(fd);
}

TEST(only_a_connected_tcp_socket_has_one)
{
	uint16_t port;
	int ends[2];

	assert_none(open("/dev/null", O_RDONLY), "not a socket");
	ck_assert_int_eq(pipe(ends), 0);
	assert_none(ends[0], "not a socket");
	close(ends[1]);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_none(ends[0], "not a TCP socket");
	close(ends[1]);
	assert_none(socket(AF_INET, SOCK_DGRAM, 0), "not a TCP socket");
	assert_none(socket(AF_INET, SOCK_STREAM, 0), "not connected");
	assert_none(tcp_listen("127.0.0.1", &port), "not connected");
}

TEST(a_connection_is_established_until_one_side_ends_it)
{
	struct pollfd waits;

	tcp_pair_open(&pair);
	ck_assert(tcp_identity_is_established(pair.server));
	ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
	waits = (struct pollfd){.fd = pair.server, .events = POLLRDHUP};
	ck_assert_int_eq(poll(&waits, 1, 30000), 1);
	ck_assert(!tcp_identity_is_established(pair.server));
	tcp_pair_close(&pair);

	tcp_pair_open(&pair);
	ck_assert_int_eq(shutdown(pair.server, SHUT_WR), 0);
	ck_assert(!tcp_identity_is_established(pair.server));
	tcp_pair_close(&pair);
}
