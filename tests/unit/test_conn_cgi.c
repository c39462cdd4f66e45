/* SPDX-License-Identifier: MIT */
/* The one request of a plain CGI program (shared/net/conn_cgi.c): one fact per
 * test; the name is the fact. */
#include "config.h"

#include "shared/net/conn.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/peer.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

static struct host host;
static int saved[2];	/* the test's own descriptors 0 and 1 */
static int in_w, out_r; /* the web server's ends of the program's */

static void
start(void)
{
	int in[2], out[2];

	fflush(NULL);
	host_init(&host);
	saved[0] = dup(STDIN_FILENO);
	saved[1] = dup(STDOUT_FILENO);
	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(in[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(dup2(out[1], STDOUT_FILENO), STDOUT_FILENO);
	close(in[0]);
	close(out[1]);
	in_w = in[1];
	out_r = out[0];
	fcntl(out_r, F_SETFL, O_NONBLOCK);
}

static void
leave(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
stop(void)
{
	host_free(&host);
	leave(&in_w);
	leave(&out_r);
	dup2(saved[0], STDIN_FILENO);
	dup2(saved[1], STDOUT_FILENO);
	leave(&saved[0]);
	leave(&saved[1]);
}

/* The program's request, with this CONTENT_LENGTH. */
static void
params(const char *length)
{
	static char query[] = "QUERY_STRING=q";
	static char content_length[64];
	char *variables[] = {query, content_length, NULL};
	struct request r = {.variables = variables};

	snprintf(content_length, sizeof(content_length), "CONTENT_LENGTH=%s",
		 length);
	conn_new_cgi(&host.conns, &r);
	host_run(&host);
}

static void
give(const char *bytes)
{
	ck_assert_int_eq(write(in_w, bytes, strlen(bytes)),
			 (ssize_t)strlen(bytes));
	host_run(&host);
}

static void
assert_out(const char *want)
{
	char got[1000];
	ssize_t n;

	host_run(&host);
	n = read(out_r, got, sizeof(got));
	suite_assert_same(got, n > 0 ? (size_t)n : 0, want, strlen(want));
}

TEST(an_response_is_plain_bytes_and_then_it_is_over)
{
	start();
	host.response = "Status: 200 OK\r\n\r\nhello";
	params("");
	assert_out("Status: 200 OK\r\n\r\nhello");
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_told(&host, "request:q");
	stop();
}

TEST(a_cgi_request_is_told_at_once)
{
	static char query[] = "QUERY_STRING=q";
	char *variables[] = {query, NULL};
	struct request r = {.variables = variables};

	start();
	conn_new_cgi(&host.conns, &r);
	host_assert_told(&host, "request:q");
	ck_assert_uint_eq(host.conns.busy, 1);
	stop();
}

TEST(a_body_is_content_length_bytes_of_the_input)
{
	start();
	host.body_max = 100;
	params("7");
	give("one");
	host_assert_told(&host, "request:q");
	give(",two and more");
	host_assert_told(&host, "body:one,two");
	stop();
}

TEST(a_body_of_no_length_is_empty_and_the_input_not_read)
{
	start();
	host.body_max = 100;
	params("");
	host_assert_told(&host, "request:q body:");
	stop();
}

TEST(a_body_over_the_limit_is_told)
{
	start();
	host.body_max = 3;
	host.response = "413";
	params("1000");
	give("four");
	host_assert_told(&host, "request:q body_too_large");
	assert_out("413");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_length_that_is_no_number_is_a_body_over_any_limit)
{
	start();
	host.body_max = 3;
	params("many");
	give("four");
	host_assert_told(&host, "request:q body_too_large");
	stop();
}

TEST(less_than_content_length_is_a_client_that_left)
{
	start();
	host.body_max = 100;
	params("7");
	give("one");
	leave(&in_w);
	host_run(&host);
	host_assert_told(&host, "request:q gone");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_body_must_come_in_time)
{
	start();
	host.body_max = 100;
	params("7");
	skip_ms(HOST_TIMEOUT_MS + 1000);
	host_run(&host);
	host_assert_told(&host, "request:q gone");
	stop();
}

TEST(the_end_of_the_input_is_not_the_end_of_the_client)
{
	start();
	params("");
	leave(&in_w);
	skip_ms(5000);
	host_run(&host);
	host_send(&host, "still here", CONN_LIVE);
	assert_out("still here");
	stop();
}

TEST(a_held_cgi_request_has_all_the_time)
{
	start();
	params("");
	for (int i = 0; i < 20; i++) {
		skip_ms(HOST_TIMEOUT_MS);
		host_run(&host);
	}
	ck_assert_uint_eq(host.conns.count, 1);
	stop();
}

TEST(a_closed_output_is_noticed_in_silence)
{
	start();
	params("");
	leave(&out_r);
	skip_ms(2000);
	host_run(&host);
	host_assert_told(&host, "request:q gone");
	stop();
}

TEST(a_closed_output_is_noticed_after_a_body_too)
{
	start();
	host.body_max = 100;
	params("3");
	give("abc");
	leave(&out_r);
	skip_ms(2000);
	host_run(&host);
	host_assert_told(&host, "request:q body:abc gone");
	stop();
}

TEST(writing_to_a_closed_output_is_a_client_that_left)
{
	start();
	params("");
	leave(&out_r);
	host_send(&host, "x", CONN_LIVE);
	host_run(&host);
	host_assert_told(&host, "request:q gone");
	stop();
}

TEST(the_output_does_not_block_and_is_put_back_as_it_was)
{
	int before;

	start();
	before = fcntl(STDOUT_FILENO, F_GETFL);
	params("");
	ck_assert_int_ne(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
	conn_end(host.conn);
	host_run(&host);
	ck_assert_int_eq(fcntl(STDOUT_FILENO, F_GETFL), before);
	stop();
}

TEST(what_a_full_pipe_does_not_take_goes_out_later)
{
	static char much[200001];
	struct buf got;

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	params("");
	ck_assert_uint_eq(host.conns.count, 1);
	buf_init(&got, 1 << 20);
	ck_assert(peer_read(&host, out_r, &got) || got.len > 0);
	ck_assert_uint_eq(got.len, sizeof(much) - 1);
	ck_assert_uint_eq(host.conns.count, 0);
	buf_free(&got);
	stop();
}

TEST(a_slow_response_to_a_client_that_left_is_given_up)
{
	static char much[200001];

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	params("");
	leave(&out_r);
	skip_ms(2000);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

/* --- one that talks back: lighttpd's cgi.upgrade ----------------------------
 */

TEST(what_comes_in_is_told_as_it_comes)
{
	start();
	host.hears = true;
	params("");
	give("one");
	give("two");
	host_assert_told(&host, "request:q heard:one heard:two");
	host_send(&host, "out", CONN_LIVE);
	assert_out("out");
	stop();
}

TEST(what_was_there_before_the_request_is_told_after_it)
{
	start();
	host.hears = true;
	ck_assert_int_eq(write(in_w, "early", 5), 5);
	params("");
	host_assert_told(&host, "request:q heard:early");
	stop();
}

TEST(the_end_of_the_input_of_one_that_is_heard_is_its_own)
{
	start();
	host.hears = true;
	params("");
	leave(&in_w);
	host_run(&host);
	host_assert_told(&host, "request:q gone");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(one_that_is_heard_has_all_the_time)
{
	start();
	host.hears = true;
	params("");
	for (int i = 0; i < 20; i++) {
		skip_ms(HOST_TIMEOUT_MS);
		host_run(&host);
	}
	give("still");
	host_assert_told(&host, "request:q heard:still");
	stop();
}

TEST(a_closed_output_of_one_that_is_heard_is_noticed_in_silence)
{
	start();
	host.hears = true;
	params("");
	leave(&out_r);
	skip_ms(2000);
	host_run(&host);
	host_assert_told(&host, "request:q gone");
	stop();
}

TEST(one_that_is_cut_while_it_is_heard_is_over)
{
	start();
	host.hears = true;
	host.hears_until = 1;
	params("");
	give("one");
	host_assert_told(&host, "request:q heard:one");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}
