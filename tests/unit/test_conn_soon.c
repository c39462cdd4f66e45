/* SPDX-License-Identifier: MIT */
/* Conns whose requests are answered soon (answers_soon of shared/net/conn.h).
 */
#include "config.h"

#include "shared/net/conn.h"

#include <fastcgi.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/peer.h"
#include "tests/unit/record_text.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

enum { MORE_MS = CONN_SOON_MS + 300 };

static struct host host;
static struct buf in;
static int fd;

static void
start(void)
{
	skip_only();
	host_init(&host);
	host.conns.answers_soon = true;
	buf_init(&in, 1 << 20);
}

static void
stop(void)
{
	host_free(&host);
	buf_free(&in);
}

static void
send_request(uint8_t flags)
{
	add_head(&in, 1, flags, "q");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q");
}

static void
respond(const char *text)
{
	chain_clear(&host.chain);
	chain_add(&host.chain, text, strlen(text));
	chain_end(&host.chain);
	conn_send(host.conn, &host.chain);
	conn_finish(host.conn);
}

TEST(a_client_that_left_is_noticed_a_moment_later)
{
	start();
	fd = host_connect(&host);
	send_request(0);
	close(fd);
	host_run(&host);
	host_assert_events(&host, "");
	skip_ms(MORE_MS);
	host_run(&host);
	host_assert_events(&host, "closed");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(after_that_moment_it_is_noticed_at_once)
{
	start();
	fd = host_connect(&host);
	send_request(0);
	skip_ms(MORE_MS);
	host_run(&host);
	host_assert_events(&host, "");
	close(fd);
	host_run(&host);
	host_assert_events(&host, "closed");
	stop();
}

TEST(a_request_that_comes_later_is_served)
{
	start();
	fd = host_connect(&host);
	host_run(&host);
	send_request(0);
	close(fd);
	host_run(&host);
	host_assert_events(&host, "closed");
	stop();
}

TEST(a_response_within_the_moment_closes_the_conn)
{
	start();
	fd = host_connect(&host);
	send_request(0);
	respond("hello");
	peer_assert(&host, fd, "out1:hello out1. end1:0 eof");
	ck_assert_uint_eq(host.conns.count, 0);
	close(fd);
	stop();
}

TEST(a_kept_connection_reads_its_next_request)
{
	start();
	fd = host_connect(&host);
	for (int i = 0; i < 3; i++) {
		send_request(FCGI_KEEP_CONN);
		respond("hello");
		peer_assert(&host, fd, "out1:hello out1. end1:0");
	}
	close(fd);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_client_that_leaves_a_queued_response_is_noticed_at_once)
{
	static char large[15000];

	memset(large, 'x', sizeof(large) - 1);
	start();
	host.sndbuf = 1;
	fd = host_connect(&host);
	send_request(0);
	respond(large);
	ck_assert_uint_eq(host.conns.count, 1);
	close(fd);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_body_is_read)
{
	start();
	host.body_max = 100;
	fd = host_connect(&host);
	add_head(&in, 1, 0, "q");
	peer_send(&host, fd, &in);
	add_text(&in, FCGI_STDIN, 1, "text");
	add_text(&in, FCGI_STDIN, 1, "");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q body:text");
	close(fd);
	host_run(&host);
	host_assert_events(&host, "closed");
	stop();
}
