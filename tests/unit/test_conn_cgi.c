/* SPDX-License-Identifier: MIT */
/* The one request of a plain CGI program (shared/net/conn_cgi.c). */
#include "config.h"

#include "shared/net/conn.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/net/conn_cgi.h"
#include "tests/unit/peer.h"
#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

static struct host host;
static int saved[2];	/* the test's own descriptors 0 and 1 */
static int in_w, out_r; /* the web server's ends of them */

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
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
stop(void)
{
	host_free(&host);
	close_end(&in_w);
	close_end(&out_r);
	dup2(saved[0], STDIN_FILENO);
	dup2(saved[1], STDOUT_FILENO);
	close_end(&saved[0]);
	close_end(&saved[1]);
}

/* Opens the conn for a request with this CONTENT_LENGTH. */
static void
request(const char *length)
{
	static char query[] = "QUERY_STRING=q";
	static char content_length[64];
	char *variables[] = {query, content_length, NULL};
	struct request r = {.variables = variables};

	snprintf(content_length, sizeof(content_length), "CONTENT_LENGTH=%s",
		 length);
	conn_cgi_open(&host.conns, &r);
	host_run(&host);
}

static void
send_in(const char *bytes)
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

TEST(a_response_is_raw_bytes_and_ends_the_conn)
{
	start();
	host.response = "Status: 200 OK\r\n\r\nhello";
	request("");
	assert_out("Status: 200 OK\r\n\r\nhello");
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_events(&host, "request:q");
	stop();
}

TEST(a_body_that_nobody_wants_is_read_before_the_end)
{
	start();
	host.response = "Status: 401 Unauthorized\r\n\r\nno";
	request("5");
	assert_out("Status: 401 Unauthorized\r\n\r\nno");
	ck_assert_uint_eq(host.conns.count, 1);
	send_in("hel");
	ck_assert_uint_eq(host.conns.count, 1);
	send_in("lo");
	ck_assert_uint_eq(host.conns.count, 0);
	host_assert_events(&host, "request:q");
	stop();
}

TEST(request_is_called_at_once)
{
	static char query[] = "QUERY_STRING=q";
	char *variables[] = {query, NULL};
	struct request r = {.variables = variables};

	start();
	conn_cgi_open(&host.conns, &r);
	host_assert_events(&host, "request:q");
	ck_assert_uint_eq(host.conns.busy, 1);
	stop();
}

TEST(a_body_has_content_length_bytes)
{
	start();
	host.body_max = 100;
	request("7");
	send_in("one");
	host_assert_events(&host, "request:q");
	send_in(",two and more");
	host_assert_events(&host, "body:one,two");
	stop();
}

TEST(without_content_length_the_body_is_empty)
{
	start();
	host.body_max = 100;
	request("");
	host_assert_events(&host, "request:q body:");
	stop();
}

TEST(a_body_over_the_limit_is_refused)
{
	start();
	host.body_max = 3;
	host.response = "413";
	request("1000");
	send_in("four");
	host_assert_events(&host, "request:q body_too_large");
	assert_out("413");
	close_end(&in_w);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_body_that_nobody_wants_has_a_time_limit)
{
	start();
	host.response = "401";
	request("7");
	skip_ms(HOST_TIMEOUT_MS + 1000);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(an_invalid_content_length_is_a_body_over_the_limit)
{
	start();
	host.body_max = 3;
	request("many");
	send_in("four");
	host_assert_events(&host, "request:q body_too_large");
	stop();
}

TEST(a_body_that_ends_early_is_short)
{
	start();
	host.body_max = 100;
	host.response = "400";
	request("7");
	send_in("one");
	close_end(&in_w);
	host_run(&host);
	host_assert_events(&host, "request:q body:one");
	assert_out("400");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(a_body_has_a_time_limit)
{
	start();
	host.body_max = 100;
	host.response = "408";
	request("7");
	skip_ms(HOST_TIMEOUT_MS + 1000);
	host_run(&host);
	host_assert_events(&host, "request:q body_late");
	assert_out("408");
	skip_ms(3000);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

static void
request_of(char *const *variables)
{
	struct request r = {.variables = variables};

	conn_cgi_open(&host.conns, &r);
	host_run(&host);
}

TEST(a_body_of_unknown_length_is_read_to_its_end)
{
	static char coding[] = "HTTP_TRANSFER_ENCODING=chunked";
	char *const variables[] = {coding, NULL};

	start();
	host.response = "411";
	request_of(variables);
	assert_out("411");
	send_in("some");
	ck_assert_uint_eq(host.conns.count, 1);
	close_end(&in_w);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(variables_over_max_head_are_431)
{
	static char much[HOST_MAX_HEAD + 2];
	char *const variables[] = {much, NULL};

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = "431";
	request_of(variables);
	host_assert_events(&host, "bad_head:431");
	assert_out("431");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(the_end_of_the_input_does_not_close_the_conn)
{
	start();
	request("");
	close_end(&in_w);
	skip_ms(5000);
	host_run(&host);
	host_send(&host, "still here");
	assert_out("still here");
	stop();
}

TEST(a_held_request_has_no_time_limit)
{
	start();
	request("");
	for (int i = 0; i < 20; i++) {
		skip_ms(HOST_TIMEOUT_MS);
		host_run(&host);
	}
	ck_assert_uint_eq(host.conns.count, 1);
	stop();
}

TEST(a_closed_output_is_noticed_without_a_write)
{
	start();
	request("");
	close_end(&out_r);
	skip_ms(2000);
	host_run(&host);
	host_assert_events(&host, "request:q closed");
	stop();
}

TEST(a_closed_output_is_noticed_after_a_body)
{
	start();
	host.body_max = 100;
	request("3");
	send_in("abc");
	close_end(&out_r);
	skip_ms(2000);
	host_run(&host);
	host_assert_events(&host, "request:q body:abc closed");
	stop();
}

TEST(a_write_to_a_closed_output_closes_the_conn)
{
	start();
	request("");
	close_end(&out_r);
	host_send(&host, "x");
	host_run(&host);
	host_assert_events(&host, "request:q closed");
	stop();
}

TEST(the_output_is_nonblocking_until_the_conn_ends)
{
	int before;

	start();
	before = fcntl(STDOUT_FILENO, F_GETFL);
	request("");
	ck_assert_int_ne(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
	conn_finish(host.conn);
	host_run(&host);
	ck_assert_int_eq(fcntl(STDOUT_FILENO, F_GETFL), before);
	stop();
}

TEST(a_full_pipe_is_written_to_later)
{
	static char much[200001];
	struct buf got;

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	request("");
	ck_assert_uint_eq(host.conns.count, 1);
	buf_init(&got, 1 << 20);
	ck_assert(peer_read(&host, out_r, &got) || got.len > 0);
	ck_assert_uint_eq(got.len, sizeof(much) - 1);
	ck_assert_uint_eq(host.conns.count, 0);
	buf_free(&got);
	stop();
}

TEST(a_queued_response_to_a_closed_output_is_dropped)
{
	static char much[200001];

	memset(much, 'x', sizeof(much) - 1);
	start();
	host.response = much;
	request("");
	close_end(&out_r);
	skip_ms(2000);
	host_run(&host);
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

/* --- data: lighttpd's cgi.upgrade ----------------------------------------- */

TEST(data_is_called_for_each_read)
{
	start();
	host.reads_data = true;
	request("");
	send_in("one");
	send_in("two");
	host_assert_events(&host, "request:q data:one data:two");
	host_send(&host, "out");
	assert_out("out");
	stop();
}

TEST(early_data_comes_after_the_request)
{
	start();
	host.reads_data = true;
	ck_assert_int_eq(write(in_w, "early", 5), 5);
	request("");
	host_assert_events(&host, "request:q data:early");
	stop();
}

TEST(the_end_of_the_data_closes_the_conn)
{
	start();
	host.reads_data = true;
	request("");
	close_end(&in_w);
	host_run(&host);
	host_assert_events(&host, "request:q closed");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}

TEST(reading_data_has_no_time_limit)
{
	start();
	host.reads_data = true;
	request("");
	for (int i = 0; i < 20; i++) {
		skip_ms(HOST_TIMEOUT_MS);
		host_run(&host);
	}
	send_in("still");
	host_assert_events(&host, "request:q data:still");
	stop();
}

TEST(a_closed_output_is_noticed_while_data_is_read)
{
	start();
	host.reads_data = true;
	request("");
	close_end(&out_r);
	skip_ms(2000);
	host_run(&host);
	host_assert_events(&host, "request:q closed");
	stop();
}

TEST(conn_cut_in_data_closes_the_conn)
{
	start();
	host.reads_data = true;
	host.cut_after = 1;
	request("");
	send_in("one");
	host_assert_events(&host, "request:q data:one");
	ck_assert_uint_eq(host.conns.count, 0);
	stop();
}
