/* SPDX-License-Identifier: MIT */
/* Links (shared/net/conn.c) when memory runs out: one client is closed, nothing
 * leaks. One fact per test; the name is the fact. */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/nomem.h"
#include "tests/unit/peer.h"
#include "tests/unit/suite.h"
#include "tests/unit/telling.h"

static struct host host;
static char bytes[2000]; /* what the peer says; no allocation */
static size_t len;

static void
keep(struct buf *in)
{
	ck_assert(buf_ok(in) && in->len <= sizeof(bytes));
	memcpy(bytes, in->bytes, in->len);
	len = in->len;
	buf_free(in);
}

/* A client that is held while the other's memory runs out. */
static int
hold_another(void)
{
	const char *response = host.response;
	size_t body_max = host.body_max;
	int fd = host_connect(&host);
	struct buf in;

	host.response = NULL;
	host.body_max = 0;
	buf_init(&in, 1000);
	add_head(&in, 1, 0, "other");
	peer_send(&host, fd, &in);
	buf_free(&in);
	host.response = response;
	host.body_max = body_max;
	host_assert_told(&host, "request:other");
	return fd;
}

/* A connection before it is a conn: checks, so not without memory. */
static void
make_ends(int ends[2])
{
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	if (host.sndbuf > 0)
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &host.sndbuf,
			   sizeof(host.sndbuf));
}

static void
write_in_steps(int fd, size_t step)
{
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;

		if (write(fd, bytes + at, n) != (ssize_t)n)
			return;
		host_run(&host);
	}
}

/* What happens to a client with `n` allocations; false when they were enough.
 * The one beside it must live on. */
static bool
serve_with(size_t n, size_t step)
{
	struct conn *other_conn;
	int ends[2], other = hold_another();
	bool refused;

	other_conn = host.conn;
	make_ends(ends);
	nomem_after(n);
	conn_new_connection(&host.conns, ends[0]);
	write_in_steps(ends[1], step);
	close(ends[1]);
	host_run(&host);
	chain_free(&host.chain);
	refused = nomem_off();
	ck_assert_uint_eq(nomem_live(), 0);
	ck_assert_uint_eq(host.conns.count, 1);
	ck_assert_int_eq(other_conn->state, CONN_SERVING);
	host.conn = other_conn;
	host_send(&host, "fine", CONN_LIVE);
	peer_assert(&host, other, "out1:fine");
	close(other);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	return refused;
}

/* With ever more memory, until it is enough; `want` is then told. */
static void
serve_until_enough(size_t step, const char *want)
{
	size_t n;

	for (n = 0; serve_with(n, step); n++)
		host.told[0] = '\0';
	ck_assert_uint_gt(n, 2);
	host_assert_told(&host, want);
}

TEST(a_request_with_a_body_when_memory_runs_out)
{
	struct buf in;

	host_init(&host);
	host.body_max = 100;
	host.response = "hello";
	buf_init(&in, 2000);
	add_head(&in, 1, FCGI_KEEP_CONN, "q");
	add_text(&in, FCGI_STDIN, 1, "body");
	add_text(&in, FCGI_STDIN, 1, "");
	keep(&in);
	serve_until_enough(sizeof(bytes), "request:q body:body gone");
	serve_until_enough(7, "request:q body:body gone");
	host_free(&host);
}

TEST(a_slow_peer_when_memory_runs_out)
{
	static char much[30000];
	struct buf in;

	memset(much, 'x', sizeof(much) - 1);
	host_init(&host);
	host.sndbuf = 1;
	host.response = much;
	buf_init(&in, 1000);
	add_head(&in, 1, 0, "q");
	keep(&in);
	serve_until_enough(sizeof(bytes), "request:q gone");
	host_free(&host);
}

TEST(values_asked_for_when_memory_runs_out)
{
	struct buf in;

	host_init(&host);
	buf_init(&in, 1000);
	add(&in, FCGI_GET_VALUES, 0, "\017\0FCGI_MPXS_CONNS", 17, 0);
	keep(&in);
	serve_until_enough(5, "gone");
	host_free(&host);
}

TEST(without_memory_a_connection_is_closed_at_once)
{
	int ends[2];

	host_init(&host);
	make_ends(ends);
	nomem_after(0);
	conn_new_connection(&host.conns, ends[0]);
	nomem_off();
	peer_assert(&host, ends[1], "eof");
	ck_assert_uint_eq(host.conns.count, 0);
	close(ends[1]);
	host_free(&host);
}

TEST(without_memory_there_are_no_conns)
{
	struct conns conns = {.loop = NULL};
	bool ok;

	nomem_after(0);
	ok = conns_init(&conns);
	nomem_off();
	ck_assert(!ok);
}
