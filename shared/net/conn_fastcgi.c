/* SPDX-License-Identifier: MIT */
/*
 * conn_fastcgi.c - what comes in on a FastCGI connection, record by record.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/net/conn.h"
#include "shared/net/conn_private.h"

static void
give_request(struct conn *conn)
{
	struct request r;

	if (!buf_ok(&conn->input->bytes)) {
		conn_out_of_memory(conn);
		return;
	}
	if (!request_open(&r, &conn->input->bytes)) {
		log_warn("request", "reason=\"libfcgi cannot read this head\"");
		conn_go(conn);
		return;
	}
	conn_become(conn, CONN_SERVING);
	buf_clear(&conn->input->bytes); /* the body comes there */
	conn->conns->handler->request(conn->conns->arg, conn, &r);
	request_close(&r);
	if (conn->state == CONN_SERVING && !conn->input->wants_body)
		wheel_clear(conn->conns->wheel, &conn->timer);
}

static void
begin(struct conn *conn)
{
	if (conn_need_input(conn) == NULL)
		return;
	buf_clear(&conn->input->bytes);
	record_put_begin(&conn->input->bytes, conn->record.id);
}

static void
end_params(struct conn *conn)
{
	struct record_piece nothing = {.bytes = NULL, .len = 0};

	if (conn->state != CONN_READING)
		return;
	record_put_params(&conn->input->bytes, conn->record.id, &nothing);
	give_request(conn);
}

static void
add_params(struct conn *conn, const struct record_piece *piece)
{
	struct conn_input *in = conn->input;

	if (conn->state != CONN_READING)
		return; /* too large: answered, the rest is read away */
	if (in->bytes.len + piece->len > conn->conns->max_head) {
		conn_refuse_head(conn);
		return;
	}
	record_put_params(&in->bytes, conn->record.id, piece);
}

/* Sends a few bytes that belong to no answer. They are never queued behind
 * one: a peer that does not take them is closed. */
static void
reply(struct conn *conn, const void *bytes, size_t len)
{
	if (!conn_is_drained(conn) ||
	    send(conn->out, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) !=
		(ssize_t)len)
		conn_go(conn);
}

static void
reply_values(struct conn *conn, const struct record_piece *piece, bool known)
{
	struct buf out;

	buf_init(&out, CONN_READ_SIZE);
	if (known)
		record_put_values(&out, piece, conn->conns->max_conns);
	else
		record_put_unknown(&out, piece->type);
	if (buf_ok(&out))
		reply(conn, out.bytes, out.len);
	else
		conn_out_of_memory(conn);
	buf_free(&out);
}

static void
refuse(struct conn *conn, uint16_t id, enum record_status status)
{
	uint8_t bytes[RECORD_END_SIZE];

	record_end(bytes, id, status);
	reply(conn, bytes, sizeof(bytes));
}

static void
end_body(struct conn *conn)
{
	if (conn->state == CONN_LINGERING ||
	    (conn->state == CONN_SERVING && conn->hears))
		conn_go(conn); /* that was all: nothing is lost by closing */
	else
		conn_give_body(conn);
}

static void
take(struct conn *conn, enum record_event event,
     const struct record_piece *piece)
{
	switch (event) {
	case RECORD_BEGIN:
		begin(conn);
		break;
	case RECORD_PARAMS:
		add_params(conn, piece);
		break;
	case RECORD_PARAMS_END:
		end_params(conn);
		break;
	case RECORD_STDIN:
		if (conn->hears)
			conn_give_piece(conn, piece->bytes, piece->len);
		else
			conn_add_body(conn, piece->bytes, piece->len);
		break;
	case RECORD_STDIN_END:
		end_body(conn);
		break;
	case RECORD_GET_VALUES:
	case RECORD_UNKNOWN:
		reply_values(conn, piece, event == RECORD_GET_VALUES);
		break;
	case RECORD_SECOND:
		refuse(conn, piece->id, RECORD_CANT_MPX_CONN);
		break;
	case RECORD_BAD_ROLE:
		refuse(conn, piece->id, RECORD_UNKNOWN_ROLE);
		if (conn->state == CONN_READING && !conn->record.keep_conn)
			conn_linger(conn);
		break;
	case RECORD_BAD:
		log_warn("protocol", "reason=\"this is not FastCGI\"");
		conn_go(conn);
		break;
	case RECORD_ABORT:
		conn_go(conn);
		break;
	case RECORD_MORE:
		break;
	}
}

/* The rest of a head or of a body that is wanted must still come. */
static bool
is_waiting(const struct conn *conn)
{
	if (conn->state == CONN_READING)
		return conn->record.id != 0;
	return conn->state == CONN_SERVING && conn->input != NULL &&
	       conn->input->wants_body;
}

/* Keeps the start of a record until its rest comes. A conn between records
 * that waits for nothing keeps nothing, and has all the time it likes. */
static void
stash(struct conn *conn, const uint8_t *at, const uint8_t *end)
{
	size_t len = (size_t)(end - at);

	if (len == 0 && !is_waiting(conn)) {
		if (conn->input != NULL && (conn->state == CONN_READING ||
					    conn->state == CONN_SERVING))
			wheel_clear(conn->conns->wheel, &conn->timer);
		conn_forget_input(conn);
		return;
	}
	if (conn_need_input(conn) == NULL)
		return;
	memcpy(conn->input->stash, at, len);
	conn->input->stash_len = len;
}

void
conn_read_fastcgi(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct conn *conn = watcher->data;
	const uint8_t *at = conn->conns->scratch, *end;
	size_t kept = conn->input != NULL ? conn->input->stash_len : 0;
	struct record_piece piece;
	enum record_event event;
	ssize_t n;

	(void)loop;
	(void)revents;
	if (kept > 0)
		memcpy(conn->conns->scratch, conn->input->stash, kept);
	n = read(conn->in, conn->conns->scratch + kept, CONN_READ_SIZE);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_go(
		    conn); /* the web server is gone, or says its client is */
		return;
	}
	end = at + kept + (size_t)n;
	do {
		event = record_next(&conn->record, &at, end, &piece);
		take(conn, event, &piece);
	} while (event != RECORD_MORE && conn->state != CONN_GONE);
	if (conn->state != CONN_GONE)
		stash(conn, at, end);
}
