/* SPDX-License-Identifier: MIT */
/* Clients whose sockets were handed off (shared/net/conn_handoff.c). */
#include "config.h"

#include "shared/net/conn_handoff.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/pair.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

TEST(the_socket_neither_blocks_nor_waits_for_more)
{
	int flags, nodelay = 0;
	socklen_t len = sizeof(nodelay);

	pair_start();
	flags = fcntl(pair.server, F_GETFL);
	ck_assert_int_eq(fcntl(pair.server, F_SETFL, flags & ~O_NONBLOCK), 0);
	pair_remember(&pair, "q");
	pair_hand_off(&pair);
	host_assert_events(&host, "request:q");
	ck_assert(fcntl(host.conn->out, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(host.conn->out, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(getsockopt(host.conn->out, IPPROTO_TCP, TCP_NODELAY,
				    &nodelay, &len),
			 0);
	ck_assert(nodelay);
	pair_stop();
}

TEST(the_head_of_a_response_is_left_out)
{
	pair_start_held();
	chain_clear(&host.chain);
	chain_add(&host.chain, "Status: 200 OK\r\n\r\n", 18);
	chain_end_head(&host.chain);
	chain_add(&host.chain, "body", 4);
	conn_send(host.conn, &host.chain);
	PAIR_UNTIL(pair_read() != 0 || pair_got_len == 4);
	ck_assert_str_eq(pair_got, "body");
	pair_stop();
}

TEST(a_client_that_leaves_is_seen_at_once)
{
	pair_start_held();
	close(pair.client);
	pair.client = -1;
	PAIR_UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	pair_stop();
}

/* libev would make its epoll anew for a number that is closed while Apache has
 * the socket, too. */
TEST(a_socket_that_apache_may_still_have_is_closed_a_moment_later)
{
	int fd;

	pair_start_held();
	fd = host.conn->out;
	close(pair.client);
	pair.client = -1;
	PAIR_UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	skip_ms(1000);
	PAIR_UNTIL(fcntl(fd, F_GETFD) < 0);
	pair_stop();
}

TEST(a_socket_that_apache_has_forgotten_is_closed_at_once)
{
	int fd;

	pair_start_held();
	fd = host.conn->out;
	skip_ms(5000);
	close(pair.client);
	pair.client = -1;
	PAIR_UNTIL(host.events[0] != '\0');
	ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
	host_assert_events(&host, "closed");
	pair_stop();
}

TEST(a_client_that_ends_its_side_is_seen_at_once)
{
	pair_start_held();
	ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
	PAIR_UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	PAIR_UNTIL(pair_read() == 1);
	pair_stop();
}

TEST(a_client_that_resets_is_seen_at_once)
{
	pair_start_held();
	tcp_reset(pair.client);
	pair.client = -1;
	PAIR_UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	pair_stop();
}

/* The client sends so many bytes, while the host reads. */
static void
say(size_t len)
{
	static char bytes[CONN_HANDOFF_INPUT_MAX];
	size_t sent = 0;
	ssize_t n;

	while (sent < len) {
		n = send(pair.client, bytes, len - sent, MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		host_run(&host);
	}
}

TEST(what_a_client_sends_is_dropped)
{
	pair_start_held();
	say(1000);
	PAIR_UNTIL(host.conn->dropped == 1000);
	host_assert_events(&host, "");
	host_send(&host, "hello");
	PAIR_UNTIL(pair_read() != 0 || pair_got_len == 5);
	pair_stop();
}

TEST(a_client_that_goes_on_sending_is_cut)
{
	pair_start_held();
	say(CONN_HANDOFF_INPUT_MAX);
	PAIR_UNTIL(host.conn->dropped == CONN_HANDOFF_INPUT_MAX);
	host_assert_events(&host, "");
	say(1);
	PAIR_UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	pair_stop();
}

/* A socket that is closed with unread input resets the connection, and the
 * client may lose what it has not read. */
TEST(a_client_that_has_sent_more_gets_all_of_a_response_and_a_clean_end)
{
	static char body[HOST_MAX_BACKLOG];

	pair_start_held();
	memset(body, 'x', sizeof(body) - 1);
	ck_assert_int_eq(send(pair.client, "GET /next", 9, 0), 9);
	host_send(&host, body);
	conn_finish(host.conn);
	ck_assert_int_eq(send(pair.client, "GET /more", 9, 0), 9);
	PAIR_UNTIL(pair_read() != 0);
	ck_assert_uint_eq(pair_got_len, sizeof(body) - 1);
	ck_assert_int_eq(pair_read(), 1);
	ck_assert_int_eq(send(pair.client, "!", 1, MSG_NOSIGNAL), 1);
	close(pair.client);
	pair.client = -1;
	PAIR_UNTIL(host.conns.count == 0);
	pair_stop();
}

TEST(a_client_that_does_not_close_after_its_response_is_closed)
{
	pair_start_held();
	host_send(&host, "bye");
	conn_finish(host.conn);
	PAIR_UNTIL(pair_read() == 1);
	ck_assert_uint_eq(host.conns.count, 1);
	skip_ms(3000);
	PAIR_UNTIL(host.conns.count == 0);
	pair_stop();
}

TEST(a_client_that_is_cut_gets_what_was_sent_before)
{
	pair_start_held();
	host_send(&host, "retry: 2000\n");
	conn_cut(host.conn);
	PAIR_UNTIL(pair_read() == 1);
	ck_assert_str_eq(pair_got, "retry: 2000\n");
	pair_stop();
}

TEST(a_slow_client_has_the_backlog_of_others)
{
	static char message[HOST_MAX_BACKLOG / 2];
	int small = 4096;

	pair_start();
	setsockopt(pair.server, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(pair.client, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	pair_remember(&pair, "q");
	pair_hand_off(&pair);
	host_assert_events(&host, "request:q");
	memset(message, 'x', sizeof(message) - 1);
	for (int i = 0; i < 100 && host.events[0] == '\0'; i++) {
		host_send(&host, message);
		host_run(&host);
	}
	host_assert_events(&host, "closed");
	pair_stop();
}

TEST(what_is_still_open_at_the_end_is_closed)
{
	int apache;

	pair_start_held();
	apache = descriptors_connect(&host.conns);
	pair_remember_for(&(struct tcp_identity){.peer_port = 1}, "left");
	pair_stop();
	close(apache);
}
