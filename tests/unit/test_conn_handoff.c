/* SPDX-License-Identifier: MIT */
/* The sockets that Apache passes, and whose requests they are
 * (shared/net/conn_handoff.c). */
#include "config.h"

#include "shared/net/conn_handoff.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/pair.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

static void
assert_reset(void)
{
	int end;

	PAIR_UNTIL((end = pair_read()) != 0);
	ck_assert_int_eq(end, -1);
	ck_assert_str_eq(pair_got, "");
}

/* --- the match ------------------------------------------------------------ */

TEST(a_socket_gets_the_request_of_its_connection)
{
	pair_start_held();
	ck_assert_ptr_eq(host.conn->kind, &conn_handoff);
	host_send(&host, "hello");
	PAIR_UNTIL(pair_read() != 0 || pair_got_len == 5);
	ck_assert_str_eq(pair_got, "hello");
	pair_stop();
}

TEST(a_socket_may_come_after_apache_has_connected)
{
	int apache;

	pair_start();
	pair_remember(&pair, "q");
	apache = descriptors_connect(&host.conns);
	host_run(&host);
	host_assert_events(&host, "");
	descriptors_send(apache, &pair.server, 1);
	host_run(&host);
	host_assert_events(&host, "request:q");
	close(apache);
	pair_stop();
}

TEST(a_socket_without_a_request_is_reset)
{
	pair_start();
	pair_hand_off(&pair);
	assert_reset();
	host_assert_events(&host, "");
	pair_stop();
}

TEST(a_request_that_comes_after_the_socket_is_never_answered_on_it)
{
	struct tcp_identity id;

	pair_start();
	id = tcp_pair_identity(&pair);
	pair_hand_off(&pair);
	pair_remember_for(&id, "later");
	assert_reset();
	host_assert_events(&host, "");
	pair_stop();
}

TEST(a_request_is_answered_once)
{
	struct tcp_pair again = {.client = -1};

	pair_start();
	again.server = dup(pair.server);
	pair_remember(&pair, "q");
	pair_hand_off(&pair);
	host_assert_events(&host, "request:q");
	pair_hand_off(&again);
	host_assert_events(&host, "");
	pair_stop();
}

TEST(a_connection_that_carried_other_requests_before_gets_its_own)
{
	char bytes[16];

	pair_start();
	ck_assert_int_eq(send(pair.client, "GET /page", 9, 0), 9);
	PAIR_UNTIL(recv(pair.server, bytes, sizeof(bytes), 0) == 9);
	ck_assert_int_eq(send(pair.server, "page", 4, 0), 4);
	PAIR_UNTIL(pair_read() != 0 || pair_got_len == 4);
	pair_remember(&pair, "its own");
	pair_hand_off(&pair);
	host_assert_events(&host, "request:its own");
	ck_assert_uint_eq(host.conns.pending.count, 0);
	pair_stop();
}

TEST(a_client_that_left_before_is_closed_and_leaves_the_request_of_the_next)
{
	struct tcp_identity id;

	pair_start();
	id = tcp_pair_identity(&pair);
	close(pair.client);
	pair.client = -1;
	PAIR_UNTIL(!tcp_identity_is_established(pair.server));
	pair_remember_for(&id, "of the next");
	pair_hand_off(&pair);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.pending.count, 1);
	pair_stop();
}

/* A client that left, and the next one from its port. */
static void
open_from_one_port(struct tcp_pair *first, struct tcp_pair *second)
{
	uint16_t port, from;
	int listener = tcp_listen("127.0.0.1", &port);

	tcp_pair_open_at(first, listener, port, 0);
	from = tcp_pair_identity(first).peer_port;
	tcp_reset(first->client);
	first->client = -1;
	PAIR_UNTIL(!tcp_identity_is_established(first->server));
	tcp_pair_open_at(second, listener, port, from);
	ck_assert_uint_eq(tcp_pair_identity(second).peer_port, from);
	close(listener);
}

/* Both sockets are open at Apache: the first client left, and the second, maybe
 * another behind the same address, got the same port. Apache reads what the
 * first one sent as long as it likes. */
TEST(on_a_port_used_again_no_request_counts_that_may_be_of_who_left)
{
	struct tcp_pair first, second;

	for (int swapped = 0; swapped < 2; swapped++) {
		pair_start();
		open_from_one_port(&first, &second);
		pair_remember(&second,
			      swapped ? "of the second" : "of the first");
		pair_remember(&second,
			      swapped ? "of the first" : "of the second");
		pair_hand_off(&first);
		pair_hand_off(&second);
		host_assert_events(&host, "");
		tcp_pair_close(&second);
		pair_stop();
	}
}

TEST(on_a_port_used_again_a_request_of_its_own_counts)
{
	struct tcp_pair first, second;

	pair_start();
	open_from_one_port(&first, &second);
	pair_remember(&second, "of the second");
	pair_hand_off(&first);
	pair_hand_off(&second);
	host_assert_events(&host, "request:of the second");
	tcp_pair_close(&second);
	pair_stop();
}

TEST(two_virtual_hosts_behind_one_proxy_are_told_apart)
{
	uint16_t ports[2], from;
	int listeners[2] = {tcp_listen("127.0.0.1", &ports[0]),
			    tcp_listen("127.0.0.1", &ports[1])};
	struct tcp_pair a, b;

	pair_start();
	tcp_pair_open_at(&a, listeners[0], ports[0], 0);
	from = tcp_pair_identity(&a).peer_port;
	tcp_pair_open_at(&b, listeners[1], ports[1], from);
	pair_remember(&a, "a");
	pair_remember(&b, "b");
	pair_hand_off(&b);
	host_assert_events(&host, "request:b");
	pair_hand_off(&a);
	host_assert_events(&host, "request:a");
	tcp_pair_close(&a);
	tcp_pair_close(&b);
	close(listeners[0]);
	close(listeners[1]);
	pair_stop();
}

TEST(a_client_with_ipv4_is_found_also_on_a_socket_for_ipv6)
{
	uint16_t port;
	int listener = tcp_listen("::", &port);
	char peer_port[8], local_port[8];
	const struct tcp_identity_texts texts = {
	    "127.0.0.1", peer_port, "::ffff:127.0.0.1", local_port};
	struct tcp_pair over;
	struct tcp_identity id;

	pair_start();
	tcp_pair_open_at(&over, listener, port, 0);
	snprintf(peer_port, sizeof(peer_port), "%u",
		 tcp_pair_identity(&over).peer_port);
	snprintf(local_port, sizeof(local_port), "%u", port);
	ck_assert(tcp_identity_parse(&id, &texts, over.server));
	pair_remember_for(&id, "q");
	pair_hand_off(&over);
	host_assert_events(&host, "request:q");
	tcp_pair_close(&over);
	close(listener);
	pair_stop();
}

TEST(many_in_any_order_get_their_own)
{
	enum { PAIRS = 200 };
	static struct tcp_pair pairs[PAIRS];
	char query[16], want[32];

	pair_start();
	for (int i = 0; i < PAIRS; i++) {
		tcp_pair_open(&pairs[i]);
		snprintf(query, sizeof(query), "%d", i);
		pair_remember(&pairs[i], query);
	}
	for (int i = 0; i < PAIRS; i++) {
		int which = i * 77 % PAIRS;

		pair_hand_off(&pairs[which]);
		snprintf(want, sizeof(want), "request:%d", which);
		host_assert_events(&host, want);
	}
	for (int i = 0; i < PAIRS; i++)
		tcp_pair_close(&pairs[i]);
	pair_stop();
}

/* --- what comes instead of a socket --------------------------------------- */

/* Runs the host, and returns what it has written to the log. */
static const char *
run_for_log(void)
{
	static char text[1024];
	int ends[2], stderr_of_test = dup(STDERR_FILENO);
	ssize_t len;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	dup2(ends[1], STDERR_FILENO);
	host_run(&host);
	dup2(stderr_of_test, STDERR_FILENO);
	close(stderr_of_test);
	len = recv(ends[0], text, sizeof(text) - 1, MSG_DONTWAIT);
	text[len > 0 ? len : 0] = '\0';
	close(ends[0]);
	close(ends[1]);
	return text;
}

TEST(who_sends_nothing_is_closed_after_the_time_limit)
{
	const char *log;
	char byte;
	int apache;

	pair_start();
	apache = descriptors_connect(&host.conns);
	host_run(&host);
	ck_assert_int_eq(recv(apache, &byte, 1, 0), -1);
	skip_ms(HOST_TIMEOUT_MS + 1000);
	log = run_for_log();
	ck_assert_msg(
	    strstr(log, "event=timeout reason=\"no descriptor came\"") != NULL,
	    "%s", log);
	ck_assert_int_eq(recv(apache, &byte, 1, 0), 0);
	close(apache);
	pair_stop();
}

static void
assert_closes(int apache)
{
	char byte;

	host_run(&host);
	ck_assert_int_eq(recv(apache, &byte, 1, 0), 0);
	host_assert_events(&host, "");
	close(apache);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
}

TEST(a_byte_without_a_descriptor_is_refused)
{
	int apache;

	pair_start();
	apache = descriptors_connect(&host.conns);
	descriptors_send(apache, NULL, 0);
	assert_closes(apache);
	pair_stop();
}

TEST(who_leaves_without_sending_is_forgotten)
{
	pair_start();
	close(descriptors_connect(&host.conns));
	host_run(&host);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	pair_stop();
}

/* How many descriptors this process has. */
static int
count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

TEST(several_descriptors_at_once_are_all_closed)
{
	static const size_t counts[] = {2, 4, 5, 6, 16};
	int fds[16], apache, before;

	pair_start();
	pair_remember(&pair, "q");
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		fds[i] = pair.server;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		before = count_open();
		apache = descriptors_connect(&host.conns);
		descriptors_send(apache, fds, counts[i]);
		assert_closes(apache);
		ck_assert_int_eq(count_open(), before);
	}
	pair_stop();
}

/* Closes `fd`. */
static void
assert_refused(int fd)
{
	int before = count_open();
	struct tcp_pair wrong = {.client = -1, .server = fd};

	ck_assert_int_ge(fd, 0);
	tcp_pair_hand_off(&wrong, &host.conns);
	host_run(&host);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	ck_assert_int_eq(count_open(), before - 1);
}

TEST(what_is_no_connected_tcp_socket_is_closed)
{
	uint16_t port;
	int ends[2];

	pair_start();
	assert_refused(open("/dev/null", O_RDWR));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_refused(ends[0]);
	close(ends[1]);
	assert_refused(socket(AF_INET, SOCK_DGRAM, 0));
	assert_refused(socket(AF_INET, SOCK_STREAM, 0));
	assert_refused(tcp_listen("127.0.0.1", &port));
	pair_stop();
}
