/* SPDX-License-Identifier: MIT */
/* The descriptors of a process that has clients handed off
 * (shared/net/conn_room.c), and who may keep one at its authorizer. */
#include "config.h"

#include "shared/net/conn_room.h"

#include <fastcgi.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/conn_accept.h"
#include "tests/unit/peer.h"
#include "tests/unit/record_text.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

enum { MAX = 3 };

static struct host host;
static struct buf in;

/* Returns the end of whoever asks. */
static int
connect_to_authorizer(void)
{
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	conn_accept_authorizer(&host.conns, fds[0]);
	host_run(&host);
	return fds[1];
}

static bool
is_closed(int fd)
{
	char bytes[1024];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		;
	return n == 0;
}

static void
start(void)
{
	host_init(&host);
	buf_init(&in, 1 << 16);
}

static void
stop(void)
{
	host_free(&host);
	buf_free(&in);
}

TEST(it_is_crowded_above_the_first_limit_and_full_above_the_second)
{
	int fds[MAX];

	start();
	host.conns.room.crowded = 1;
	host.conns.room.full = 2;
	for (int i = 0; i < MAX; i++) {
		fds[i] = connect_to_authorizer();
		ck_assert_int_eq(conn_room_is_crowded(&host.conns), i >= 1);
		ck_assert_int_eq(conn_room_is_full(&host.conns), i >= 2);
	}
	for (int i = 0; i < MAX; i++)
		close(fds[i]);
	host_run(&host);
	ck_assert(!conn_room_is_crowded(&host.conns));
	stop();
}

TEST(descriptors_that_are_closed_later_count)
{
	start();
	host.conns.room.full = 1;
	late_close_add(&host.conns.late, dup(STDIN_FILENO));
	ck_assert(!conn_room_is_full(&host.conns));
	late_close_add(&host.conns.late, dup(STDIN_FILENO));
	ck_assert(conn_room_is_full(&host.conns));
	stop();
}

TEST(above_the_limit_who_waits_longest_at_the_authorizer_is_closed)
{
	int fds[MAX + 1];

	start();
	host.conns.room.max_asking = MAX;
	for (int i = 0; i <= MAX; i++)
		fds[i] = connect_to_authorizer();
	ck_assert(is_closed(fds[0]));
	for (int i = 1; i <= MAX; i++)
		ck_assert(!is_closed(fds[i]));
	ck_assert_uint_eq(host.conns.count, MAX);
	for (int i = 0; i <= MAX; i++)
		close(fds[i]);
	stop();
}

TEST(a_request_that_is_there_is_answered_when_its_connection_is_accepted)
{
	int fds[2];

	start();
	host.response = "Status: 403\r\n\r\n";
	add(&in, FCGI_BEGIN_REQUEST, 1, "\0\2\0\0\0\0\0\0", 8, 0);
	add(&in, FCGI_PARAMS, 1, "", 0, 0);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(send(fds[1], in.bytes, in.len, 0), (ssize_t)in.len);
	conn_accept_authorizer(&host.conns, fds[0]);
	ck_assert(is_closed(fds[1]));
	host_run(&host);
	close(fds[1]);
	stop();
}

TEST(the_authorizer_keeps_no_connection)
{
	int fd;

	start();
	host.response = "Status: 403\r\n\r\n";
	fd = connect_to_authorizer();
	add(&in, FCGI_BEGIN_REQUEST, 1, "\0\2\1\0\0\0\0\0", 8, 0);
	add(&in, FCGI_PARAMS, 1, "", 0, 0);
	peer_send(&host, fd, &in);
	ck_assert(is_closed(fd));
	close(fd);
	stop();
}

TEST(the_authorizer_waits_two_seconds_whatever_else_comes)
{
	int fd;

	start();
	fd = connect_to_authorizer();
	add(&in, FCGI_GET_VALUES, 0, "\016\0FCGI_MAX_CONNS", 16, 0);
	ck_assert_int_eq(send(fd, in.bytes, 5, 0), 5);
	host_run(&host);
	ck_assert_int_eq(send(fd, in.bytes + 5, in.len - 5, 0),
			 (ssize_t)in.len - 5);
	host_run(&host);
	ck_assert(!is_closed(fd));
	skip_ms(3000);
	host_run(&host);
	ck_assert(is_closed(fd));
	close(fd);
	stop();
}
