/* SPDX-License-Identifier: MIT */
/*
 * conn_cgi.c - the one request of a plain CGI program: descriptors 0 and 1.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "shared/net/conn.h"
#include "shared/net/conn_private.h"

enum { LOOK_MS = 1000 }; /* is the client still there? */

/* The web server closes its end of our output when the client has left. Its
 * end of our input says nothing: some close that at once. */
static void
look_for_client(void *arg)
{
	struct conn *conn = arg;
	struct pollfd out = {.fd = conn->out};

	if (poll(&out, 1, 0) == 1 && out.revents & (POLLERR | POLLHUP))
		conn_go(conn);
	else
		wheel_set(conn->conns->wheel, &conn->timer, LOOK_MS);
}

static void
watch_for_client(struct conn *conn)
{
	if (conn->state == CONN_GONE)
		return;
	conn->timer.fire = look_for_client;
	wheel_set(conn->conns->wheel, &conn->timer, LOOK_MS);
}

static void
readable_cgi(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct conn *conn = watcher->data;
	size_t left = conn->input->cgi_left;
	ssize_t n = read(conn->in, conn->conns->scratch,
			 left < CONN_READ_SIZE ? left : CONN_READ_SIZE);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_go(conn); /* less came than CONTENT_LENGTH says */
		return;
	}
	conn->input->cgi_left -= (size_t)n;
	left = conn->input->cgi_left;
	conn_add_body(conn, conn->conns->scratch, (size_t)n);
	if (left > 0 && conn->state == CONN_SERVING)
		return; /* and more is to come */
	ev_io_stop(loop, &conn->reading);
	if (left == 0)
		conn_give_body(conn);
	watch_for_client(conn);
}

static void
start_reading(struct conn *conn, void (*readable)(struct ev_loop *loop,
						  ev_io *watcher, int revents))
{
	ev_io_init(&conn->reading, readable, conn->in, EV_READ);
	ev_io_start(conn->conns->loop, &conn->reading);
}

void
conn_new_cgi(struct conns *conns, const struct request *r)
{
	struct conn *conn =
	    conn_new(conns, CONN_CGI, STDIN_FILENO, STDOUT_FILENO);
	size_t length = request_content_length(r);

	if (conn == NULL)
		return;
	conn->out_flags = fcntl(conn->out, F_GETFL);
	fcntl(conn->out, F_SETFL, conn->out_flags | O_NONBLOCK);
	if (conn_need_input(conn) == NULL)
		return;
	conn_become(conn, CONN_SERVING);
	conns->handler->request(conns->arg, conn, r);
	if (conn->state == CONN_SERVING && conn->hears)
		start_reading(conn, conn_read_raw);
	if (conn->state != CONN_SERVING || !conn->input->wants_body) {
		watch_for_client(conn);
		return;
	}
	conn->input->cgi_left = length;
	if (length == 0) {
		conn_give_body(conn);
		watch_for_client(conn);
		return;
	}
	start_reading(conn, readable_cgi);
}
