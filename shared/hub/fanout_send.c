/* SPDX-License-Identifier: MIT */
/*
 * fanout_send.c - the bytes of a fanout: put together once, sent to each.
 */
#include "config.h"

#include <stdlib.h>

#include "shared/hub/fanout.h"
#include "shared/hub/fanout_private.h"

enum { TEXT_MAX = 64 * 1024, RESPONSE_MAX = 256 * 1024 * 1024 };

static struct text
cursor_text(const struct fanout *fanout, struct buf *out)
{
	buf_clear(out);
	cursor_put(out, fanout->parts, fanout->key.count);
	return (struct text){.bytes = out->bytes, .len = out->len};
}

/* The bytes of a stream: of each message the shared body and this fanout's
 * suffix. */
static void
build_stream(struct fanout *fanout, struct chain *c)
{
	static struct buf cursor, suffix; /* scratch */
	const struct format *format = &fanout->key.format;
	const struct technique_stream *stream = fanout->all->technique->stream;
	size_t i;

	cursor.max = suffix.max = TEXT_MAX;
	for (i = 0; i < fanout->pending_count; i++) {
		struct delivery *d = fanout->pending[i].delivery;
		struct text at;

		fanout->parts[fanout->pending[i].number].id = d->position;
		at = cursor_text(fanout, &cursor);
		buf_clear(&suffix);
		if (d->message != NULL) {
			chain_add_rcbuf(c, delivery_shared(d, stream, format));
			stream->suffix(format, d->message, at, &suffix);
		} else {
			stream->gap(format, &d->gap, at, &suffix);
		}
		chain_add_buf(c, &suffix);
		if (!buf_ok(&cursor))
			c->bad = true;
	}
}

/* The first deliveries, up to what an answer holds. Each item's cursor is put
 * into `cursors`, of which it is given a piece when all are there. Returns how
 * many there are. */
static size_t
fill_items(struct fanout *fanout, struct batch_item *items, size_t most,
	   struct buf *cursors)
{
	size_t bytes = 0, from = 0, n, i;

	for (n = 0; n < most && bytes < BATCH_BYTES; n++) {
		const struct delivery *d = fanout->pending[n].delivery;
		size_t at = cursors->len;

		fanout->parts[fanout->pending[n].number].id = d->position;
		items[n].message = d->message;
		items[n].gap = d->message == NULL ? &d->gap : NULL;
		if (d->message != NULL)
			bytes += d->message->data.len;
		if (fanout->key.format.many || d->message == NULL)
			cursor_put(cursors, fanout->parts, fanout->key.count);
		items[n].cursor.len = cursors->len - at;
	}
	for (i = 0; i < n && buf_ok(cursors); i++) {
		if (items[i].cursor.len > 0)
			items[i].cursor.bytes = cursors->bytes + from;
		from += items[i].cursor.len;
	}
	return n;
}

/* The one answer of all members. */
static void
build_response(struct fanout *fanout, struct chain *c)
{
	const struct format *format = &fanout->key.format;
	size_t most = fanout->pending_count < format->limit
			  ? fanout->pending_count
			  : format->limit;
	struct batch_item *items = calloc(most, sizeof(*items));
	struct batch batch = {.items = items};
	struct buf cursors, cursor;

	buf_init(&cursors, RESPONSE_MAX);
	buf_init(&cursor, TEXT_MAX);
	if (items != NULL) {
		batch.count = fill_items(fanout, items, most, &cursors);
		batch.cursor = cursor_text(fanout, &cursor);
	}
	if (items != NULL && buf_ok(&cursors) && buf_ok(&cursor))
		fanout->all->handler->respond(fanout->all->technique, format,
					      &batch, c);
	else
		c->bad = true;
	buf_free(&cursors);
	buf_free(&cursor);
	free(items);
}

/* Thousands of conns are in no cache: the next ones are asked for while this
 * one is written to. */
static void
fetch_ahead(const struct members *ms, size_t i)
{
	enum { CONNS_AHEAD = 4, MEMBERS_AHEAD = 8 };

	if (i + MEMBERS_AHEAD >= ms->count)
		return;
	__builtin_prefetch(ms->at[i + MEMBERS_AHEAD]);
	__builtin_prefetch(ms->at[i + CONNS_AHEAD]->conn);
}

/* Everyone takes the same chain; conns that fail are told of at the end of
 * the turn, so the array stands still. */
static void
send_stream(struct fanout *fanout, struct chain *c)
{
	size_t i;

	build_stream(fanout, c);
	for (i = 0; i < fanout->live.count; i++) {
		fetch_ahead(&fanout->live, i);
		conn_send(fanout->live.at[i]->conn, c, CONN_LIVE);
	}
}

static void
send_response(struct fanout *fanout, struct chain *c)
{
	build_response(fanout, c);
	while (fanout->live.count > 0) {
		struct member *m = fanout->live.at[fanout->live.count - 1];

		conn_send(m->conn, c, CONN_LIVE);
		conn_finish(m->conn);
		fanout_leave(m);
		fanout->all->handler->answered(m);
	}
}

void
fanout_flush(struct fanout *fanout)
{
	struct chain *c = &fanout->all->chain;
	size_t i;

	fanout->users++;
	chain_clear(c);
	if (fanout->live.count > 0 && fanout->pending_count > 0) {
		if (fanout->all->technique->stream != NULL)
			send_stream(fanout, c);
		else
			send_response(fanout, c);
	}
	for (i = 0; i < fanout->pending_count; i++)
		fanout->parts[fanout->pending[i].number].id =
		    fanout->pending[i].delivery->position;
	chain_clear(c);
	fanout_forget_pending(fanout);
	fanout->users--;
}

void
fanouts_flush(struct fanouts *all)
{
	struct fanout *fanout;

	while ((fanout = all->touched) != NULL) {
		all->touched = fanout->next_touched;
		fanout_flush(fanout);
		fanout->touched = false;
		fanout_release(fanout);
	}
}
