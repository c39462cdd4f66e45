/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_cgi.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "shared/net/conn_input.h"
#include "shared/net/conn_late.h"

enum { CHECK_MS = 1000 };

/* The web server closes its end of our output when the client is gone. The end
 * of our input means nothing: some servers close it at once. */
static void
check_client(struct conn *conn)
{
	struct pollfd out = {.fd = conn->out};

	if (poll(&out, 1, 0) == 1 && out.revents & (POLLERR | POLLHUP))
		conn_close(conn);
	else
		conn_set_timer(conn, CHECK_MS);
}

static void
start_checking(struct conn *conn)
{
	if (conn->state == CONN_CLOSED || conn->state == CONN_LINGERING)
		return;
	conn_set_timer(conn, CHECK_MS);
}

static size_t
next_size(const struct conn_input *in)
{
	return in->cgi_left < CONN_READ_SIZE ? in->cgi_left : CONN_READ_SIZE;
}

static void
read_body(struct conn *conn)
{
	struct conn_input *in = conn->input;
	bool ended;
	size_t n = conn_input_read_to_end(conn, next_size(in), &ended);

	if (n == 0 && !ended)
		return;
	in->cgi_left = ended ? 0 : in->cgi_left - n;
	conn_input_body(conn, conn->conns->scratch, n);
	if (conn->state == CONN_CLOSED || conn->state == CONN_LINGERING)
		return;
	if (in->cgi_left > 0 && conn_input_awaits_body(conn))
		return;
	conn_stop_reading(conn);
	if (in->cgi_left == 0)
		conn_input_body_end(conn);
	start_checking(conn);
}

/* The rest of a body that nobody wants. */
static void
read_rest(struct conn *conn)
{
	struct conn_input *in = conn->input;
	size_t n = conn_input_read(conn, 0, next_size(in));

	if (n == 0)
		return;
	in->cgi_left -= n;
	if (in->cgi_left == 0)
		conn_close(conn);
}

static void
readable(struct conn *conn)
{
	size_t n;

	if (conn->state == CONN_LINGERING) {
		read_rest(conn);
		return;
	}
	if (!conn->reads_data) {
		read_body(conn);
		return;
	}
	n = conn_input_read(conn, 0, CONN_READ_SIZE);
	if (n > 0)
		conn_input_data(conn, conn->conns->scratch, n);
}

static void
timed_out(struct conn *conn)
{
	if (conn->state == CONN_LINGERING)
		conn_close(conn);
	else if (conn_input_awaits_body(conn))
		conn_late(conn);
	else
		check_client(conn);
}

/* mod_cgid's input and output are one socket. What is not read of it resets it,
 * and then the web server cuts the response off. */
static void
finished(struct conn *conn)
{
	if (conn->cut || conn->input == NULL || conn->input->cgi_left == 0) {
		conn_close(conn);
		return;
	}
	conn_linger_for_body(conn);
	conn_start_reading(conn);
}

/* Descriptor 1 may be a terminal that others use too. */
static void
release(struct conn *conn)
{
	conn_input_forget(conn);
	fcntl(conn->out, F_SETFL, conn->out_flags);
}

static const struct conn_kind conn_cgi = {
    .readable = readable,
    .finished = finished,
    .timed_out = timed_out,
    .release = release,
    .cgi = true,
    .way = STATS_CGI,
    .checks_client = true,
    .needs_length = true,
};

/* What the request came with, together; the process has other variables, too.
 */
static size_t
head_size(const struct request *r)
{
	size_t size = 0;

	for (char *const *v = r->variables; *v != NULL; v++)
		size += strlen(*v);
	return size;
}

/* Bytes that may come. Of a body whose length is unknown (RFC 9112, section 6)
 * nothing is used, but all is read. */
static size_t
body_size(const struct request *r)
{
	if (!request_has_content_length(r) &&
	    request_get(r, "HTTP_TRANSFER_ENCODING")[0] != '\0')
		return SIZE_MAX;
	return request_content_length(r);
}

void
conn_cgi_open(struct conns *conns, const struct request *r)
{
	struct conn *conn =
	    conn_new(conns, &conn_cgi, STDIN_FILENO, STDOUT_FILENO);

	conn->out_flags = fcntl(conn->out, F_GETFL);
	fcntl(conn->out, F_SETFL, conn->out_flags | O_NONBLOCK);
	conn_input_need(conn)->cgi_left = body_size(r);
	if (head_size(r) > conns->max_head)
		conn_input_refuse_large(conn);
	else
		conn_input_request(conn, r);
	if (conn->state == CONN_SERVING && conn->reads_data)
		conn_start_reading(conn);
	if (!conn_input_awaits_body(conn)) {
		start_checking(conn);
	} else if (conn->input->cgi_left == 0) {
		conn_input_body_end(conn);
		start_checking(conn);
	} else {
		conn_start_reading(conn);
	}
}
