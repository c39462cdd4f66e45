/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_fastcgi.h"

#include <string.h>
#include <sys/socket.h>

#include "shared/base/log.h"
#include "shared/net/conn_input.h"
#include "shared/net/conn_late.h"
#include "shared/net/conn_room.h"
#include "shared/wire/record.h"

/* --- requests ------------------------------------------------------------- */

static void
begin(struct conn *conn)
{
	struct conn_input *in = conn_input_need(conn);

	conn->framing = conn->record.id;
	buf_clear(&in->bytes);
	record_put_begin(&in->bytes, conn->record.id);
}

static void
add_params(struct conn *conn, const struct record_piece *piece)
{
	struct conn_input *in = conn->input;

	if (conn->state != CONN_READING)
		return; /* refused: the rest is dropped */
	if (in->bytes.len + piece->len > conn->conns->max_head)
		conn_input_refuse_large(conn);
	else
		record_put_params(&in->bytes, conn->record.id, piece);
}

static void
end_params(struct conn *conn)
{
	const struct record_piece nothing = {.bytes = NULL, .len = 0};
	struct request r;

	if (conn->state != CONN_READING)
		return;
	record_put_params(&conn->input->bytes, conn->record.id, &nothing);
	if (!request_open(&r, &conn->input->bytes)) {
		log_warn("request", "reason=\"the parameters cannot be read\"");
		conn_close(conn);
		return;
	}
	buf_clear(&conn->input->bytes); /* for the body */
	conn_input_request(conn, &r);
	request_close(&r);
	if (conn->state == CONN_SERVING && !conn->input->reads_body)
		conn_clear_timer(conn);
}

static void
add_stdin(struct conn *conn, const struct record_piece *piece)
{
	if (conn->reads_data)
		conn_input_data(conn, piece->bytes, piece->len);
	else
		conn_input_body(conn, piece->bytes, piece->len);
}

/* A lingering conn was waiting for this. A client whose data is read has
 * closed. */
static void
end_stdin(struct conn *conn)
{
	if (conn->state == CONN_LINGERING ||
	    (conn->state == CONN_SERVING && conn->reads_data))
		conn_close(conn);
	else
		conn_input_body_end(conn);
}

/* --- records that belong to no response ----------------------------------- */

/* Never queued: a peer that does not take them is closed. */
static void
reply(struct conn *conn, const void *bytes, size_t len)
{
	if (!conn_is_drained(conn) ||
	    send(conn->out, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) !=
		(ssize_t)len)
		conn_close(conn);
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
	reply(conn, out.bytes, out.len);
	buf_free(&out);
}

static void
refuse(struct conn *conn, uint16_t id, enum record_status status)
{
	uint8_t bytes[RECORD_END_SIZE];

	record_end(bytes, id, status);
	reply(conn, bytes, sizeof(bytes));
}

/* --- an abort ------------------------------------------------------------- */

/* The owner forgets the request, as if the conn had closed. */
static void
take_from_owner(struct conn *conn)
{
	if (conn->owner != NULL)
		conn->conns->handler->closed(conn->conns->arg, conn);
	conn->owner = NULL;
}

/* Section 5.4: END_REQUEST, after what is queued. A connection that is not kept
 * has no other use. */
static void
abort_request(struct conn *conn)
{
	struct chain end;

	if (!conn->record.keep_conn || conn->cut ||
	    conn->state == CONN_LINGERING) {
		conn_close(conn);
	} else if (conn->state == CONN_READING) {
		refuse(conn, conn->record.id, RECORD_REQUEST_COMPLETE);
		record_finish(&conn->record);
		if (conn->input != NULL)
			buf_clear(&conn->input->bytes);
	} else if (conn->state == CONN_SERVING) {
		take_from_owner(conn);
		chain_init(&end);
		chain_end(&end);
		conn_send(conn, &end);
		chain_free(&end);
		conn_finish(conn);
	}
}

/* --- after the response --------------------------------------------------- */

/* Forgets the request, but not the begin of a record that came with it. */
static void
forget_request(struct conn *conn)
{
	struct conn_input *in = conn->input;

	if (in == NULL)
		return;
	if (in->stash_len == 0) {
		conn_input_forget(conn);
		return;
	}
	buf_free(&in->bytes);
	in->reads_body = false;
}

/* A kept connection may stay idle for as long as the web server likes, but the
 * rest of a record must come within the time limit. */
static void
await_request(struct conn *conn)
{
	record_finish(&conn->record);
	conn_become(conn, CONN_READING);
	conn->late = false;
	if (conn->input != NULL)
		conn_input_limit_time(conn);
}

/* mod_proxy_fcgi answers 503 when it cannot send the end of STDIN, whatever it
 * has got by then: also a conn that is cut waits for it. It has often come
 * together with the head. */
static void
finished(struct conn *conn)
{
	forget_request(conn);
	if (conn->record.keep_conn && !conn->cut)
		await_request(conn);
	else if (conn->record.stdin_done)
		conn_close(conn);
	else if (conn->takes_records)
		return; /* readable() calls again after the last of them */
	else if (conn->cut || conn->reads_data || conn->kind->authorizes)
		conn_linger(conn);
	else
		conn_linger_for_body(conn);
}

/* --- reading -------------------------------------------------------------- */

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
		add_stdin(conn, piece);
		break;
	case RECORD_STDIN_END:
		end_stdin(conn);
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
		log_warn("protocol", "reason=\"the peer does not speak "
				     "FastCGI\"");
		conn_close(conn);
		break;
	case RECORD_ABORT:
		abort_request(conn);
		break;
	case RECORD_MORE:
		break;
	}
}

/* A head or a body that the handler reads is incomplete. */
static bool
awaits_more(const struct conn *conn)
{
	if (conn->state == CONN_READING)
		return conn->record.id != 0;
	return conn_input_awaits_body(conn);
}

/* The event loop has not been told of the conn yet. */
static void
watch_later(struct conn *conn)
{
	conn->unwatched = true;
	conn_stop_reading(conn);
	conn_set_timer(conn, CONN_SOON_MS);
}

/* Keeps the begin of a record until the rest of it comes. A conn that is
 * between records and awaits nothing keeps no input and has no time limit. */
static void
stash(struct conn *conn, const uint8_t *at, const uint8_t *end)
{
	size_t len = (size_t)(end - at);
	struct conn_input *in;

	if (len == 0 && !awaits_more(conn)) {
		if (conn->input != NULL && !conn->kind->authorizes &&
		    (conn->state == CONN_READING ||
		     conn->state == CONN_SERVING))
			conn_clear_timer(conn);
		conn_input_forget(conn);
		if (conn->is_new && conn->state == CONN_SERVING &&
		    !conn->reads_data)
			watch_later(conn);
		return;
	}
	in = conn_input_need(conn);
	memcpy(in->stash, at, len);
	in->stash_len = len;
}

static void
readable(struct conn *conn)
{
	uint8_t *scratch = conn->conns->scratch;
	const uint8_t *at = scratch, *end;
	size_t kept = conn->input != NULL ? conn->input->stash_len : 0, n;
	struct record_piece piece;
	enum record_event event;

	if (kept > 0)
		memcpy(scratch, conn->input->stash, kept);
	n = conn_input_read(conn, kept, CONN_READ_SIZE);
	if (n == 0) {
		conn->is_new = false;
		return;
	}
	end = at + kept + n;
	conn->takes_records = true;
	do {
		event = record_next(&conn->record, &at, end, &piece);
		take(conn, event, &piece);
	} while (event != RECORD_MORE && conn->state != CONN_CLOSED);
	conn->takes_records = false;
	if (conn->state == CONN_DRAINING && conn_is_drained(conn))
		finished(conn);
	if (conn->state != CONN_CLOSED)
		stash(conn, at, end);
	conn->is_new = false;
}

static void
release_authorizer(struct conn *conn)
{
	conn_room_asked(conn);
	conn_input_release(conn);
}

const struct conn_kind conn_fastcgi = {
    .readable = readable,
    .finished = finished,
    .timed_out = conn_late,
    .release = conn_input_release,
    .way = STATS_FASTCGI,
};

const struct conn_kind conn_authorizer = {
    .readable = readable,
    .finished = finished,
    .timed_out = conn_late,
    .release = release_authorizer,
    .authorizes = true,
    .way = STATS_FASTCGI,
};
