/* SPDX-License-Identifier: MIT */
/* Clients whose sockets are handed off (shared/net/conn_handoff.c). */
#include "config.h"

#include "shared/net/conn_handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shared/net/pending_requests.h"
#include "tests/unit/handoff.h"
#include "tests/unit/peer.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

enum { GOT_MAX = 1 << 20, PATIENCE_S = 30 };

static struct host host;
static struct tcp_pair pair;
static char got[GOT_MAX]; /* by the client, with a NUL */
static size_t got_len;

static void
start(void)
{
	host_init(&host);
	got_len = 0;
	got[0] = '\0';
	tcp_pair_open(&pair);
}

static void
stop(void)
{
	tcp_pair_close(&pair);
	host_free(&host);
}

/* Bytes between two TCP sockets of a machine may take a moment. */
#define UNTIL(condition)                                                       \
	do {                                                                   \
		time_t begin = time(NULL);                                     \
		while (!(condition)) {                                         \
			host_run(&host);                                       \
			if (time(NULL) - begin > PATIENCE_S)                   \
				ck_abort_msg("never: %s", #condition);         \
		}                                                              \
	} while (0)

/* Reads what has come. 0: it goes on; 1: the end; -1: it was reset. */
static int
client_read(void)
{
	ssize_t n = recv(pair.client, got + got_len, GOT_MAX - 1 - got_len, 0);

	if (n > 0)
		got_len += (size_t)n;
	got[got_len] = '\0';
	if (n < 0 && errno == ECONNRESET)
		return -1;
	return n == 0 ? 1 : 0;
}

static void
assert_reset(void)
{
	int end;

	UNTIL((end = client_read()) != 0);
	ck_assert_int_eq(end, -1);
	ck_assert_str_eq(got, "");
}

static void
remember_for(const struct tcp_identity *id, const char *query)
{
	char variable[64], *variables[] = {variable, NULL};
	const struct request r = {.variables = variables};

	snprintf(variable, sizeof(variable), "QUERY_STRING=%s", query);
	pending_requests_add(&host.conns.pending, pending_request_new(id, &r));
}

static void
remember(const struct tcp_pair *p, const char *query)
{
	struct tcp_identity id = tcp_pair_identity(p);

	remember_for(&id, query);
}

static void
hand_off(struct tcp_pair *p)
{
	tcp_pair_hand_off(p, &host.conns);
	host_run(&host);
}

/* Its request is held. */
static void
start_held(void)
{
	start();
	remember(&pair, "q");
	hand_off(&pair);
	host_assert_events(&host, "request:q");
}

/* --- the match ------------------------------------------------------------ */

TEST(a_socket_gets_the_request_of_its_connection)
{
	start_held();
	ck_assert_ptr_eq(host.conn->kind, &conn_handoff);
	host_send(&host, "hello");
	UNTIL(client_read() != 0 || got_len == 5);
	ck_assert_str_eq(got, "hello");
	stop();
}

TEST(a_socket_may_come_after_apache_has_connected)
{
	int apache;

	start();
	remember(&pair, "q");
	apache = descriptors_connect(&host.conns);
	host_run(&host);
	host_assert_events(&host, "");
	descriptors_send(apache, &pair.server, 1);
	host_run(&host);
	host_assert_events(&host, "request:q");
	close(apache);
	stop();
}

TEST(a_socket_without_a_request_is_reset)
{
	start();
	hand_off(&pair);
	assert_reset();
	host_assert_events(&host, "");
	stop();
}

TEST(a_request_that_comes_after_the_socket_is_never_answered_on_it)
{
	struct tcp_identity id;

	start();
	id = tcp_pair_identity(&pair);
	hand_off(&pair);
	remember_for(&id, "later");
	assert_reset();
	host_assert_events(&host, "");
	stop();
}

TEST(a_request_is_answered_once)
{
	struct tcp_pair again = {.client = -1};

	start();
	again.server = dup(pair.server);
	remember(&pair, "q");
	hand_off(&pair);
	host_assert_events(&host, "request:q");
	hand_off(&again);
	host_assert_events(&host, "");
	stop();
}

TEST(a_connection_that_carried_other_requests_before_gets_its_own)
{
	char bytes[16];

	start();
	ck_assert_int_eq(send(pair.client, "GET /page", 9, 0), 9);
	UNTIL(recv(pair.server, bytes, sizeof(bytes), 0) == 9);
	ck_assert_int_eq(send(pair.server, "page", 4, 0), 4);
	UNTIL(client_read() != 0 || got_len == 4);
	remember(&pair, "its own");
	hand_off(&pair);
	host_assert_events(&host, "request:its own");
	ck_assert_uint_eq(host.conns.pending.count, 0);
	stop();
}

TEST(a_client_that_left_before_is_closed_and_leaves_the_request_of_the_next)
{
	struct tcp_identity id;

	start();
	id = tcp_pair_identity(&pair);
	close(pair.client);
	pair.client = -1;
	UNTIL(!tcp_identity_is_established(pair.server));
	remember_for(&id, "of the next");
	hand_off(&pair);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.pending.count, 1);
	stop();
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
	UNTIL(!tcp_identity_is_established(first->server));
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
		start();
		open_from_one_port(&first, &second);
		remember(&second, swapped ? "of the second" : "of the first");
		remember(&second, swapped ? "of the first" : "of the second");
		hand_off(&first);
		hand_off(&second);
		host_assert_events(&host, "");
		tcp_pair_close(&second);
		stop();
	}
}

TEST(on_a_port_used_again_a_request_of_its_own_counts)
{
	struct tcp_pair first, second;

	start();
	open_from_one_port(&first, &second);
	remember(&second, "of the second");
	hand_off(&first);
	hand_off(&second);
	host_assert_events(&host, "request:of the second");
	tcp_pair_close(&second);
	stop();
}

TEST(two_virtual_hosts_behind_one_proxy_are_told_apart)
{
	uint16_t ports[2], from;
	int listeners[2] = {tcp_listen("127.0.0.1", &ports[0]),
			    tcp_listen("127.0.0.1", &ports[1])};
	struct tcp_pair a, b;

	start();
	tcp_pair_open_at(&a, listeners[0], ports[0], 0);
	from = tcp_pair_identity(&a).peer_port;
	tcp_pair_open_at(&b, listeners[1], ports[1], from);
	remember(&a, "a");
	remember(&b, "b");
	hand_off(&b);
	host_assert_events(&host, "request:b");
	hand_off(&a);
	host_assert_events(&host, "request:a");
	tcp_pair_close(&a);
	tcp_pair_close(&b);
	close(listeners[0]);
	close(listeners[1]);
	stop();
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

	start();
	tcp_pair_open_at(&over, listener, port, 0);
	snprintf(peer_port, sizeof(peer_port), "%u",
		 tcp_pair_identity(&over).peer_port);
	snprintf(local_port, sizeof(local_port), "%u", port);
	ck_assert(tcp_identity_parse(&id, &texts, over.server));
	remember_for(&id, "q");
	hand_off(&over);
	host_assert_events(&host, "request:q");
	tcp_pair_close(&over);
	close(listener);
	stop();
}

TEST(many_in_any_order_get_their_own)
{
	enum { PAIRS = 200 };
	static struct tcp_pair pairs[PAIRS];
	char query[16], want[32];

	start();
	for (int i = 0; i < PAIRS; i++) {
		tcp_pair_open(&pairs[i]);
		snprintf(query, sizeof(query), "%d", i);
		remember(&pairs[i], query);
	}
	for (int i = 0; i < PAIRS; i++) {
		int which = i * 77 % PAIRS;

		hand_off(&pairs[which]);
		snprintf(want, sizeof(want), "request:%d", which);
		host_assert_events(&host, want);
	}
	for (int i = 0; i < PAIRS; i++)
		tcp_pair_close(&pairs[i]);
	stop();
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

	start();
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
	stop();
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

	start();
	apache = descriptors_connect(&host.conns);
	descriptors_send(apache, NULL, 0);
	assert_closes(apache);
	stop();
}

TEST(who_leaves_without_sending_is_forgotten)
{
	start();
	close(descriptors_connect(&host.conns));
	host_run(&host);
	host_assert_events(&host, "");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
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

	start();
	remember(&pair, "q");
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		fds[i] = pair.server;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		before = count_open();
		apache = descriptors_connect(&host.conns);
		descriptors_send(apache, fds, counts[i]);
		assert_closes(apache);
		ck_assert_int_eq(count_open(), before);
	}
	stop();
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

	start();
	assert_refused(open("/dev/null", O_RDWR));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_refused(ends[0]);
	close(ends[1]);
	assert_refused(socket(AF_INET, SOCK_DGRAM, 0));
	assert_refused(socket(AF_INET, SOCK_STREAM, 0));
	assert_refused(tcp_listen("127.0.0.1", &port));
	stop();
}

/* --- the client ----------------------------------------------------------- */

TEST(the_socket_neither_blocks_nor_waits_for_more)
{
	int flags, nodelay = 0;
	socklen_t len = sizeof(nodelay);

	start();
	flags = fcntl(pair.server, F_GETFL);
	ck_assert_int_eq(fcntl(pair.server, F_SETFL, flags & ~O_NONBLOCK), 0);
	remember(&pair, "q");
	hand_off(&pair);
	host_assert_events(&host, "request:q");
	ck_assert(fcntl(host.conn->out, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(host.conn->out, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(getsockopt(host.conn->out, IPPROTO_TCP, TCP_NODELAY,
				    &nodelay, &len),
			 0);
	ck_assert(nodelay);
	stop();
}

TEST(the_head_of_a_response_is_left_out)
{
	start_held();
	chain_clear(&host.chain);
	chain_add(&host.chain, "Status: 200 OK\r\n\r\n", 18);
	chain_end_head(&host.chain);
	chain_add(&host.chain, "body", 4);
	conn_send(host.conn, &host.chain);
	UNTIL(client_read() != 0 || got_len == 4);
	ck_assert_str_eq(got, "body");
	stop();
}

TEST(a_client_that_leaves_is_seen_at_once)
{
	start_held();
	close(pair.client);
	pair.client = -1;
	UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	stop();
}

/* libev would make its epoll anew for a number that is closed while Apache has
 * the socket, too. */
TEST(a_socket_that_apache_may_still_have_is_closed_a_moment_later)
{
	int fd;

	start_held();
	fd = host.conn->out;
	close(pair.client);
	pair.client = -1;
	UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	skip_ms(1000);
	UNTIL(fcntl(fd, F_GETFD) < 0);
	stop();
}

TEST(a_socket_that_apache_has_forgotten_is_closed_at_once)
{
	int fd;

	start_held();
	fd = host.conn->out;
	skip_ms(5000);
	close(pair.client);
	pair.client = -1;
	UNTIL(host.events[0] != '\0');
	ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
	host_assert_events(&host, "closed");
	stop();
}

TEST(a_client_that_ends_its_side_is_seen_at_once)
{
	start_held();
	ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
	UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	UNTIL(client_read() == 1);
	stop();
}

TEST(a_client_that_resets_is_seen_at_once)
{
	start_held();
	tcp_reset(pair.client);
	pair.client = -1;
	UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	stop();
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
	start_held();
	say(1000);
	UNTIL(host.conn->dropped == 1000);
	host_assert_events(&host, "");
	host_send(&host, "hello");
	UNTIL(client_read() != 0 || got_len == 5);
	stop();
}

TEST(a_client_that_goes_on_sending_is_cut)
{
	start_held();
	say(CONN_HANDOFF_INPUT_MAX);
	UNTIL(host.conn->dropped == CONN_HANDOFF_INPUT_MAX);
	host_assert_events(&host, "");
	say(1);
	UNTIL(host.events[0] != '\0');
	host_assert_events(&host, "closed");
	stop();
}

/* A socket that is closed with unread input resets the connection, and the
 * client may lose what it has not read. */
TEST(a_client_that_has_sent_more_gets_all_of_a_response_and_a_clean_end)
{
	static char body[HOST_MAX_BACKLOG];

	start_held();
	memset(body, 'x', sizeof(body) - 1);
	ck_assert_int_eq(send(pair.client, "GET /next", 9, 0), 9);
	host_send(&host, body);
	conn_finish(host.conn);
	ck_assert_int_eq(send(pair.client, "GET /more", 9, 0), 9);
	UNTIL(client_read() != 0);
	ck_assert_uint_eq(got_len, sizeof(body) - 1);
	ck_assert_int_eq(client_read(), 1);
	ck_assert_int_eq(send(pair.client, "!", 1, MSG_NOSIGNAL), 1);
	close(pair.client);
	pair.client = -1;
	UNTIL(host.conns.count == 0);
	stop();
}

TEST(a_client_that_does_not_close_after_its_response_is_closed)
{
	start_held();
	host_send(&host, "bye");
	conn_finish(host.conn);
	UNTIL(client_read() == 1);
	ck_assert_uint_eq(host.conns.count, 1);
	skip_ms(3000);
	UNTIL(host.conns.count == 0);
	stop();
}

TEST(a_client_that_is_cut_gets_what_was_sent_before)
{
	start_held();
	host_send(&host, "retry: 2000\n");
	conn_cut(host.conn);
	UNTIL(client_read() == 1);
	ck_assert_str_eq(got, "retry: 2000\n");
	stop();
}

TEST(a_slow_client_has_the_backlog_of_others)
{
	static char message[HOST_MAX_BACKLOG / 2];
	int small = 4096;

	start();
	setsockopt(pair.server, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(pair.client, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	remember(&pair, "q");
	hand_off(&pair);
	host_assert_events(&host, "request:q");
	memset(message, 'x', sizeof(message) - 1);
	for (int i = 0; i < 100 && host.events[0] == '\0'; i++) {
		host_send(&host, message);
		host_run(&host);
	}
	host_assert_events(&host, "closed");
	stop();
}

TEST(what_is_still_open_at_the_end_is_closed)
{
	int apache;

	start_held();
	apache = descriptors_connect(&host.conns);
	remember_for(&(struct tcp_identity){.peer_port = 1}, "left");
	stop();
	close(apache);
}
