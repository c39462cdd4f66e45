/* SPDX-License-Identifier: MIT */
/*
 * conn_http.c - a connection that has just come, and what comes in on one that
 * speaks HTTP/1.1: one request, which asks for an upgrade or is refused.
 */
#include "config.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/conn.h"
#include "shared/net/conn_private.h"
#include "shared/wire/http_head.h"

enum { FASTCGI_FIRST_BYTE = 1 }; /* FCGI_VERSION_1: no HTTP begins so */

static void
refuse(struct conn *conn, const struct problem *p)
{
	conn_become(conn, CONN_SERVING);
	conn->conns->handler->bad_head(conn->conns->arg, conn, p);
}

static void
give_request(struct conn *conn, size_t len)
{
	struct buf *bytes = &conn->input->bytes;
	struct http_head head = {.variables = NULL};
	struct request r;
	struct problem p;

	if (!http_head_read(&head, bytes->bytes, len, &p)) {
		refuse(conn, &p);
	} else if (len < bytes->len) {
		problem_set(&p, 400,
			    "Something follows the request before it was "
			    "answered.");
		refuse(conn, &p);
		http_head_free(&head);
	} else {
		r.variables = head.variables;
		conn_become(conn, CONN_SERVING);
		conn->conns->handler->request(conn->conns->arg, conn, &r);
		http_head_free(&head);
	}
	if (conn->state == CONN_GONE)
		return;
	conn_forget_input(conn);
	if (conn->state == CONN_SERVING)
		wheel_clear(conn->conns->wheel, &conn->timer);
}

static void
add_to_head(struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct conn_input *in = conn_need_input(conn);
	size_t seen, head;

	if (in == NULL)
		return;
	seen = in->bytes.len;
	buf_put(&in->bytes, bytes, len);
	if (!buf_ok(&in->bytes)) {
		conn_out_of_memory(conn);
		return;
	}
	head = http_head_length(in->bytes.bytes, in->bytes.len, seen);
	if (head > conn->conns->max_head ||
	    (head == 0 && in->bytes.len > conn->conns->max_head))
		conn_refuse_head(conn);
	else if (head > 0)
		give_request(conn, head);
}

void
conn_read_raw(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct conn *conn = watcher->data;
	ssize_t n = read(conn->in, conn->conns->scratch, CONN_READ_SIZE);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		conn_go(conn);
	else if (conn->state == CONN_READING)
		add_to_head(conn, conn->conns->scratch, (size_t)n);
	else
		conn_give_piece(conn, conn->conns->scratch, (size_t)n);
}

static void
first_byte_came(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct conn *conn = watcher->data;
	uint8_t first;
	ssize_t n = recv(conn->in, &first, 1, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_go(conn);
		return;
	}
	if (first != FASTCGI_FIRST_BYTE)
		conn->kind = CONN_HTTP;
	ev_set_cb(watcher,
		  conn->kind == CONN_HTTP ? conn_read_raw : conn_read_fastcgi);
	ev_invoke(loop, watcher, revents);
}

void
conn_new_connection(struct conns *conns, int fd)
{
	struct conn *conn = conn_new(conns, CONN_FASTCGI, fd, fd);

	if (conn == NULL) {
		close(fd);
		return;
	}
	ev_io_init(&conn->reading,
		   conns->http ? first_byte_came : conn_read_fastcgi, fd,
		   EV_READ);
	ev_io_start(conns->loop, &conn->reading);
	wheel_set(conns->wheel, &conn->timer, conns->timeout * 1000ull);
}
