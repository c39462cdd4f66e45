/* SPDX-License-Identifier: MIT */
/*
 * group_send.c - the bytes of a group: put together once, sent to each.
 */
#include "config.h"

#include <stdlib.h>

#include "shared/http/answer.h"
#include "shared/hub/group.h"
#include "shared/hub/group_private.h"

enum { TEXT_MAX = 64 * 1024, ANSWER_MAX = 256 * 1024 * 1024 };

static struct text
cursor_text(const struct group *g, struct buf *out)
{
	buf_clear(out);
	cursor_put(out, g->parts, g->key.count);
	return (struct text){.bytes = out->bytes, .len = out->len};
}

/* The bytes of a stream: of each message the shared body and this group's
 * suffix. */
static void
build_stream(struct group *g, struct chain *c)
{
	static struct buf cursor, suffix; /* scratch */
	const struct format *format = &g->key.format;
	size_t i;

	cursor.max = suffix.max = TEXT_MAX;
	for (i = 0; i < g->pending_count; i++) {
		struct delivery *d = g->pending[i].delivery;
		struct text at;

		g->parts[g->pending[i].number].id = delivery_id(d);
		at = cursor_text(g, &cursor);
		buf_clear(&suffix);
		if (d->message != NULL) {
			chain_add_rcbuf(c, delivery_shared(d, format));
			technique.suffix(format, d->message, at, &suffix);
		} else {
			technique.gap(format, &d->gap, at, &suffix);
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
fill_items(struct group *g, struct batch_item *items, size_t most,
	   struct buf *cursors)
{
	size_t bytes = 0, from = 0, n, i;

	for (n = 0; n < most && bytes < BATCH_BYTES; n++) {
		const struct delivery *d = g->pending[n].delivery;
		size_t at = cursors->len;

		g->parts[g->pending[n].number].id = delivery_id(d);
		items[n].message = d->message;
		items[n].gap = d->message == NULL ? &d->gap : NULL;
		if (d->message != NULL)
			bytes += d->message->data_len;
		if (g->key.format.many || d->message == NULL)
			cursor_put(cursors, g->parts, g->key.count);
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
build_answer(struct group *g, struct chain *c)
{
	const struct format *format = &g->key.format;
	size_t most =
	    g->pending_count < format->limit ? g->pending_count : format->limit;
	struct batch_item *items = calloc(most, sizeof(*items));
	struct batch batch = {.items = items};
	struct buf cursors, cursor, body;

	buf_init(&cursors, ANSWER_MAX);
	buf_init(&cursor, TEXT_MAX);
	buf_init(&body, ANSWER_MAX);
	if (items != NULL) {
		batch.count = fill_items(g, items, most, &cursors);
		batch.cursor = cursor_text(g, &cursor);
	}
	if (items != NULL && buf_ok(&cursors) && buf_ok(&cursor)) {
		technique.answer(format, &batch, &body);
		answer_put(c, &(struct answer){.status = 200,
					       .format = format,
					       .body = &body});
	} else {
		c->bad = true;
	}
	buf_free(&cursors);
	buf_free(&cursor);
	buf_free(&body);
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
send_stream(struct group *g, struct chain *c)
{
	size_t i;

	build_stream(g, c);
	for (i = 0; i < g->live.count; i++) {
		fetch_ahead(&g->live, i);
		conn_send(g->live.at[i]->conn, c, CONN_LIVE);
	}
}

static void
send_answer(struct group *g, struct chain *c)
{
	build_answer(g, c);
	while (g->live.count > 0) {
		struct member *m = g->live.at[g->live.count - 1];

		conn_send(m->conn, c, CONN_LIVE);
		conn_end(m->conn);
		group_leave(m);
		g->all->handler->answered(m);
	}
}

void
group_flush(struct group *g)
{
	struct chain *c = &g->all->chain;
	size_t i;

	g->users++;
	chain_clear(c);
	if (g->live.count > 0 && g->pending_count > 0) {
		if (technique.hold == HOLD_STREAM)
			send_stream(g, c);
		else
			send_answer(g, c);
	}
	for (i = 0; i < g->pending_count; i++)
		g->parts[g->pending[i].number].id =
		    delivery_id(g->pending[i].delivery);
	chain_clear(c);
	group_forget_pending(g);
	g->users--;
}

void
groups_flush(struct groups *all)
{
	struct group *g;

	while ((g = all->touched) != NULL) {
		all->touched = g->next_touched;
		group_flush(g);
		g->touched = false;
		group_release(g);
	}
}
