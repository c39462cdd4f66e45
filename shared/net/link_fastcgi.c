/* SPDX-License-Identifier: MIT */
/*
 * link_fastcgi.c - what comes in on a FastCGI connection, record by record.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/link.h"
#include "shared/net/link_private.h"
#include "shared/base/log.h"

static void
give_request(struct link *l)
{
	struct request r;

	if (!buf_ok(&l->input->bytes)) {
		link_out_of_memory(l);
		return;
	}
	if (!request_open(&r, &l->input->bytes)) {
		log_warn("request", "reason=\"libfcgi cannot read this head\"");
		link_go(l);
		return;
	}
	link_become(l, LINK_SERVING);
	buf_clear(&l->input->bytes); /* the body comes there */
	l->links->handler->request(l->links->arg, l, &r);
	request_close(&r);
	if (l->state == LINK_SERVING && !l->input->wants_body)
		wheel_clear(l->links->wheel, &l->timer);
}

static void
begin(struct link *l)
{
	if (link_need_input(l) == NULL)
		return;
	buf_clear(&l->input->bytes);
	record_put_begin(&l->input->bytes, l->record.id);
}

static void
end_params(struct link *l)
{
	struct record_piece nothing = {.bytes = NULL, .len = 0};

	if (l->state != LINK_READING)
		return;
	record_put_params(&l->input->bytes, l->record.id, &nothing);
	give_request(l);
}

static void
add_params(struct link *l, const struct record_piece *piece)
{
	struct link_input *in = l->input;

	if (l->state != LINK_READING)
		return; /* too large: answered, the rest is read away */
	if (in->bytes.len + piece->len > l->links->max_head) {
		link_refuse_head(l);
		return;
	}
	record_put_params(&in->bytes, l->record.id, piece);
}

/* Sends a few bytes that belong to no answer. They are never queued behind
 * one: a peer that does not take them is closed. */
static void
reply(struct link *l, const void *bytes, size_t len)
{
	if (!link_is_drained(l) ||
	    send(l->out, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) !=
		(ssize_t)len)
		link_go(l);
}

static void
reply_values(struct link *l, const struct record_piece *piece, bool known)
{
	struct buf out;

	buf_init(&out, LINK_READ_SIZE);
	if (known)
		record_put_values(&out, piece, l->links->max_conns);
	else
		record_put_unknown(&out, piece->type);
	if (buf_ok(&out))
		reply(l, out.bytes, out.len);
	else
		link_out_of_memory(l);
	buf_free(&out);
}

static void
refuse(struct link *l, uint16_t id, enum record_status status)
{
	uint8_t bytes[RECORD_END_SIZE];

	record_end(bytes, id, status);
	reply(l, bytes, sizeof(bytes));
}

static void
end_body(struct link *l)
{
	if (l->state == LINK_LINGERING ||
	    (l->state == LINK_SERVING && l->hears))
		link_go(l); /* that was all: nothing is lost by closing */
	else
		link_give_body(l);
}

static void
take(struct link *l, enum record_event event, const struct record_piece *piece)
{
	switch (event) {
	case RECORD_BEGIN:
		begin(l);
		break;
	case RECORD_PARAMS:
		add_params(l, piece);
		break;
	case RECORD_PARAMS_END:
		end_params(l);
		break;
	case RECORD_STDIN:
		if (l->hears)
			link_give_piece(l, piece->bytes, piece->len);
		else
			link_add_body(l, piece->bytes, piece->len);
		break;
	case RECORD_STDIN_END:
		end_body(l);
		break;
	case RECORD_GET_VALUES:
	case RECORD_UNKNOWN:
		reply_values(l, piece, event == RECORD_GET_VALUES);
		break;
	case RECORD_SECOND:
		refuse(l, piece->id, RECORD_CANT_MPX_CONN);
		break;
	case RECORD_BAD_ROLE:
		refuse(l, piece->id, RECORD_UNKNOWN_ROLE);
		if (l->state == LINK_READING && !l->record.keep_conn)
			link_linger(l);
		break;
	case RECORD_BAD:
		log_warn("protocol", "reason=\"this is not FastCGI\"");
		link_go(l);
		break;
	case RECORD_ABORT:
		link_go(l);
		break;
	case RECORD_MORE:
		break;
	}
}

/* The rest of a head or of a body that is wanted must still come. */
static bool
is_waiting(const struct link *l)
{
	if (l->state == LINK_READING)
		return l->record.id != 0;
	return l->state == LINK_SERVING && l->input != NULL &&
	       l->input->wants_body;
}

/* Keeps the start of a record until its rest comes. A link between records
 * that waits for nothing keeps nothing, and has all the time it likes. */
static void
stash(struct link *l, const uint8_t *at, const uint8_t *end)
{
	size_t len = (size_t)(end - at);

	if (len == 0 && !is_waiting(l)) {
		if (l->input != NULL &&
		    (l->state == LINK_READING || l->state == LINK_SERVING))
			wheel_clear(l->links->wheel, &l->timer);
		link_forget_input(l);
		return;
	}
	if (link_need_input(l) == NULL)
		return;
	memcpy(l->input->stash, at, len);
	l->input->stash_len = len;
}

void
link_read_fastcgi(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct link *l = watcher->data;
	const uint8_t *at = l->links->scratch, *end;
	size_t kept = l->input != NULL ? l->input->stash_len : 0;
	struct record_piece piece;
	enum record_event event;
	ssize_t n;

	(void)loop;
	(void)revents;
	if (kept > 0)
		memcpy(l->links->scratch, l->input->stash, kept);
	n = read(l->in, l->links->scratch + kept, LINK_READ_SIZE);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		link_go(l); /* the web server is gone, or says its client is */
		return;
	}
	end = at + kept + (size_t)n;
	do {
		event = record_next(&l->record, &at, end, &piece);
		take(l, event, &piece);
	} while (event != RECORD_MORE && l->state != LINK_GONE);
	if (l->state != LINK_GONE)
		stash(l, at, end);
}
