/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_accept.h"

#include <errno.h>
#include <sys/socket.h>

#include "shared/net/conn_fastcgi.h"
#include "shared/net/conn_http.h"
#include "shared/net/conn_input.h"
#include "shared/net/conn_late.h"
#include "shared/net/conn_room.h"

enum {
	FASTCGI_FIRST_BYTE = 1, /* FCGI_VERSION_1: no HTTP method */
	/* Apache has the whole request when it connects. */
	AUTHORIZER_TIMEOUT_MS = 2000
};

static void
read_first_byte(struct conn *conn)
{
	uint8_t first;
	ssize_t n = recv(conn->reading.fd, &first, 1, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(conn);
		return;
	}
	conn->kind = first == FASTCGI_FIRST_BYTE ? &conn_fastcgi : &conn_http;
	conn->kind->readable(conn);
}

/* It is READING, so it never finishes a response. */
static const struct conn_kind unknown = {
    .readable = read_first_byte,
    .timed_out = conn_late,
    .release = conn_input_release,
};

static struct conn *
accept_as(struct conns *conns, const struct conn_kind *kind, int fd)
{
	struct conn *conn = conn_new(conns, kind, fd, fd);

	conn->record.authorizer = kind->authorizes;
	conn_start_reading(conn);
	conn_input_limit_time(conn);
	conn->is_new = conns->answers_soon;
	if (conn->is_new) /* its request is mostly there already */
		ev_feed_event(conns->loop, &conn->reading, EV_READ);
	return conn;
}

void
conn_accept(struct conns *conns, int fd)
{
	accept_as(conns, conns->http ? &unknown : &conn_fastcgi, fd);
}

/* Mostly the request is there, and then it is answered at once: many that come
 * together take one descriptor after the other. */
void
conn_accept_authorizer(struct conns *conns, int fd)
{
	struct conn *conn = accept_as(conns, &conn_authorizer, fd);

	conn_set_timer(conn, AUTHORIZER_TIMEOUT_MS);
	conn_room_ask(conn);
	conn->kind->readable(conn);
}
