/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_input.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/xalloc.h"

enum { SPARE_MAX = 16 * 1024 /* bytes that one keeps */ };

/* A request that comes in one read needs an input for the time of that read. So
 * one is enough for all of them. */
static struct conn_input *
take_spare(struct conns *conns)
{
	struct conn_input *in = conns->spare;

	conns->spare = NULL;
	if (in != NULL)
		return in;
	in = xcalloc(1, sizeof(*in));
	/* the callers check max_head and max_body, which decide the response */
	buf_init(&in->bytes, SIZE_MAX / 2);
	return in;
}

static void
drop(struct conn_input *in)
{
	buf_free(&in->bytes);
	free(in);
}

void
conn_input_limit_time(struct conn *conn)
{
	conn_set_timer(conn, conn->conns->timeout * 1000ull);
}

struct conn_input *
conn_input_need(struct conn *conn)
{
	if (conn->input != NULL)
		return conn->input;
	conn->input = take_spare(conn->conns);
	if (conn->timer == NULL && conn->state != CONN_DRAINING)
		conn_input_limit_time(conn);
	return conn->input;
}

void
conn_input_forget(struct conn *conn)
{
	struct conn_input *in = conn->input;

	if (in == NULL)
		return;
	conn->input = NULL;
	if (conn->conns->spare != NULL || in->bytes.room > SPARE_MAX) {
		drop(in);
		return;
	}
	buf_clear(&in->bytes);
	in->reads_body = false;
	in->max_body = in->cgi_left = in->stash_len = 0;
	conn->conns->spare = in;
}

void
conn_input_release(struct conn *conn)
{
	conn_input_forget(conn);
	close(conn->out);
}

static size_t
read_some(struct conn *conn, size_t at, size_t max, bool *ended)
{
	ssize_t n = read(conn->reading.fd, conn->conns->scratch + at, max);

	*ended = n == 0;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		conn_close(conn);
	return n > 0 ? (size_t)n : 0;
}

size_t
conn_input_read(struct conn *conn, size_t at, size_t max)
{
	bool ended;
	size_t n = read_some(conn, at, max, &ended);

	if (ended)
		conn_close(conn);
	return n;
}

size_t
conn_input_read_to_end(struct conn *conn, size_t max, bool *ended)
{
	return read_some(conn, 0, max, ended);
}

void
conn_input_request(struct conn *conn, const struct request *r)
{
	conn_become(conn, CONN_SERVING);
	conn->conns->handler->request(conn->conns->arg, conn, r);
}

void
conn_input_refuse(struct conn *conn, const struct problem *p)
{
	conn_become(conn, CONN_SERVING);
	conn->conns->handler->bad_head(conn->conns->arg, conn, p);
}

void
conn_input_refuse_large(struct conn *conn)
{
	struct problem p;

	problem_set(&p, 431,
		    "The request's headers are larger than %zu bytes "
		    "(request.max_head).",
		    conn->conns->max_head);
	conn_input_refuse(conn, &p);
}

bool
conn_input_awaits_body(const struct conn *conn)
{
	return conn->state == CONN_SERVING && conn->input != NULL &&
	       conn->input->reads_body;
}

void
conn_input_body(struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct conn_input *in = conn->input;

	if (!conn_input_awaits_body(conn))
		return;
	if (len > in->max_body - in->bytes.len) {
		in->reads_body = false;
		conn->conns->handler->body_too_large(conn->conns->arg, conn);
		return;
	}
	buf_put(&in->bytes, bytes, len);
}

void
conn_input_body_end(struct conn *conn)
{
	struct conn_input *in = conn->input;

	if (!conn_input_awaits_body(conn))
		return;
	conn_clear_timer(conn);
	in->reads_body = false;
	buf_putc(&in->bytes, '\0'); /* the handler may need a NUL after it */
	in->bytes.len--;
	conn->conns->handler->body(conn->conns->arg, conn, &in->bytes);
}

void
conn_input_data(struct conn *conn, const uint8_t *bytes, size_t len)
{
	if (conn->state == CONN_SERVING && conn->reads_data)
		conn->conns->handler->data(conn->conns->arg, conn, bytes, len);
}

void
conn_linger_for_body(struct conn *conn)
{
	conn_linger(conn);
	if (!conn->late)
		conn_input_limit_time(conn);
}
