/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_http.h"

#include "shared/net/conn_input.h"
#include "shared/net/conn_late.h"
#include "shared/wire/http_head.h"

static void
read_request(struct conn *conn, size_t len)
{
	const struct buf *bytes = &conn->input->bytes;
	struct http_head head = {.variables = NULL};
	struct request r;
	struct problem p;

	if (!http_head_read(&head, bytes->bytes, len, &p)) {
		conn_input_refuse(conn, &p);
	} else if (len < bytes->len) {
		problem_set(&p, 400,
			    "There is data after the request head, before the "
			    "response.");
		conn_input_refuse(conn, &p);
	} else {
		r = (struct request){.variables = head.variables};
		conn_input_request(conn, &r);
	}
	http_head_free(&head);
	if (conn->state == CONN_CLOSED)
		return;
	conn_input_forget(conn);
	if (conn->state == CONN_SERVING)
		conn_clear_timer(conn);
}

static void
add_to_head(struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct conn_input *in = conn_input_need(conn);
	size_t seen = in->bytes.len, head;

	buf_put(&in->bytes, bytes, len);
	head = http_head_length(in->bytes.bytes, in->bytes.len, seen);
	if (head > conn->conns->max_head ||
	    (head == 0 && in->bytes.len > conn->conns->max_head))
		conn_input_refuse_large(conn);
	else if (head > 0)
		read_request(conn, head);
}

static void
readable(struct conn *conn)
{
	size_t n = conn_input_read(conn, 0, CONN_READ_SIZE);

	if (n == 0)
		return;
	if (conn->state == CONN_READING)
		add_to_head(conn, conn->conns->scratch, n);
	else
		conn_input_data(conn, conn->conns->scratch, n);
}

static void
finished(struct conn *conn)
{
	conn_input_forget(conn); /* of a head that was refused */
	conn_linger(conn);
}

const struct conn_kind conn_http = {
    .readable = readable,
    .finished = finished,
    .timed_out = conn_late,
    .release = conn_input_release,
    .http = true,
    .way = STATS_HTTP,
};
