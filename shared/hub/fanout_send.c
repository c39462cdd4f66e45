/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/fanout_send.h"

#include <stdlib.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/xalloc.h"
#include "shared/model/cursor.h"
#include "shared/stats/stats.h"

enum { TEXT_MAX = 64 * 1024, CURSORS_MAX = 256 * 1024 * 1024 };

static struct text
cursor_text(const struct fanout *f, const struct cursor_part *parts,
	    struct buf *out)
{
	buf_clear(out);
	cursor_put(out, parts, f->set.channel_count);
	return (struct text){.bytes = out->bytes, .len = out->len};
}

/* --- what is counted ------------------------------------------------------ */

static uint64_t
time_after(struct fanout_time *time, size_t sends)
{
	time->sends += sends;
	if (time->sends >= FANOUT_TIME_OLD) {
		time->now_ms = clock_unix_ms();
		time->sends = 0;
	}
	return time->now_ms;
}

/* `members` were given what is pending, from `from` up to `to`. */
static void
count_sent(const struct fanout *f, size_t from, size_t to, size_t members,
	   struct fanout_time *time)
{
	uint64_t now = time_after(time, members);
	size_t messages = 0, gaps = 0;

	for (size_t i = from; i < to; i++) {
		const struct delivery *d = f->pending[i].delivery;
		const struct message *m = d->message;

		if (m != NULL)
			stats_time(STATS_DELIVERY, stats_age_us(m->id.ms, now),
				   members);
		messages += m != NULL;
		gaps += m == NULL && d->presence == NULL;
	}
	stats_add(STATS_MESSAGES_OUT, messages * members);
	stats_add(STATS_GAPS, gaps * members);
}

/* --- streams -------------------------------------------------------------- */

/* What is pending from `from` on; `parts` is the position before it. */
static void
build_stream(struct fanout *f, const struct technique_stream *stream,
	     size_t from, struct cursor_part *parts, struct chain *c)
{
	static struct buf cursor, suffix; /* scratch */
	size_t i;

	cursor.max = suffix.max = TEXT_MAX;
	for (i = from; i < f->pending_count; i++) {
		struct delivery *d = f->pending[i].delivery;
		struct text at;

		if (d->presence != NULL) {
			chain_add_rcbuf(
			    c, delivery_shared(d, stream, f->set.format));
			continue;
		}
		fanout_pass(f, parts, i);
		at = cursor_text(f, parts, &cursor);
		buf_clear(&suffix);
		if (d->message != NULL) {
			chain_add_rcbuf(
			    c, delivery_shared(d, stream, f->set.format));
			stream->suffix(f->set.format, d->message, at, &suffix);
		} else {
			stream->gap(f->set.format, &d->gap, at, &suffix);
		}
		chain_add_buf(c, &suffix);
	}
}

/* To members that have got the first `from` of what is pending. A conn that
 * fails reports it at the end of the loop turn, so nobody leaves meanwhile.
 *
 * With thousands of members their conns are in no cache: the next ones are
 * loaded while this one is written to. It stands here because gcc leaves out
 * the call of a function that does nothing else. */
static void
send_from(struct fanout *f, size_t from, struct member *const *to, size_t count,
	  const struct fanout_sender *by)
{
	enum { CONNS_AHEAD = 4, MEMBERS_AHEAD = 8 };
	struct cursor_part parts[CHANNELS_MAX];
	size_t i;

	if (count == 0 || from == f->pending_count)
		return;
	fanout_position(to[0], parts);
	chain_clear(by->scratch);
	build_stream(f, by->technique->stream, from, parts, by->scratch);
	for (i = 0; i < count; i++) {
		if (i + MEMBERS_AHEAD < count) {
			__builtin_prefetch(to[i + MEMBERS_AHEAD]);
			__builtin_prefetch(to[i + CONNS_AHEAD]->conn, 1);
		}
		conn_send_shared(to[i]->conn, by->scratch);
	}
	stats_add(STATS_BYTES_OUT, by->scratch->len * count);
	count_sent(f, from, f->pending_count, count, by->time);
}

static int
compare_ahead(const void *a, const void *b)
{
	const struct member *x = *(struct member *const *)a;
	const struct member *y = *(struct member *const *)b;

	return (x->ahead > y->ahead) - (x->ahead < y->ahead);
}

/* Some became live while something was pending. */
static void
send_each_its_part(struct fanout *f, const struct fanout_sender *by)
{
	size_t count = f->live.count, first = 0, late = count, i;
	struct member **to = xcalloc(count, sizeof(*to));

	for (i = 0; i < count; i++)
		to[f->live.at[i]->ahead == 0 ? first++ : --late] =
		    f->live.at[i];
	qsort(to + first, count - first, sizeof(struct member *),
	      compare_ahead);
	send_from(f, 0, to, first, by);
	for (; first < count; first = i) {
		for (i = first; i < count && to[i]->ahead == to[first]->ahead;)
			i++;
		send_from(f, to[first]->ahead, to + first, i - first, by);
	}
	free(to);
}

static void
send_stream(struct fanout *f, const struct fanout_sender *by)
{
	if (f->ahead == 0)
		send_from(f, 0, f->live.at, f->live.count, by);
	else
		send_each_its_part(f, by);
}

void
fanout_send_to(struct member *m, const struct fanout_sender *by)
{
	send_from(m->fanout, m->ahead, &m, 1, by);
	chain_clear(by->scratch);
	fanout_set_ahead(m, m->fanout->pending_count);
}

/* --- batches -------------------------------------------------------------- */

/* The response ends in what is so now, whether that changed or not: between two
 * requests a client has missed it. */
static size_t
fill_presences(const struct fanout *f, struct batch_item *items)
{
	struct presence *now[CHANNELS_MAX];
	size_t n = fanout_presences(f, now), i;

	for (i = 0; i < n; i++)
		items[i].presence = now[i];
	return n;
}

/* Fills up to `most` items, with at most BATCH_BYTES of data if they are
 * several messages; returns their number. `*taken` is how many of what is
 * pending that were. The texts of their cursors are written to `cursors`. */
static size_t
fill_items(struct fanout *f, struct batch_item *items, size_t most,
	   struct buf *cursors, size_t *taken)
{
	size_t bytes = 0, from = 0, n = 0, i;

	for (i = 0; i < f->pending_count && n < most; i++) {
		const struct delivery *d = f->pending[i].delivery;
		size_t at = cursors->len;
		size_t len = d->message != NULL ? d->message->data.len : 0;

		if (d->presence != NULL)
			continue;
		if (bytes > 0 && bytes + len > BATCH_BYTES)
			break;
		bytes += len;
		f->parts[f->pending[i].number].id = d->position;
		items[n].message = d->message;
		items[n].gap = d->message == NULL ? &d->gap : NULL;
		if (f->set.format->many || d->message == NULL)
			cursor_put(cursors, f->parts, f->set.channel_count);
		items[n++].cursor.len = cursors->len - at;
	}
	*taken = i;
	for (i = 0; i < n; i++) { /* the buffer moves no more */
		if (items[i].cursor.len > 0)
			items[i].cursor.bytes = cursors->bytes + from;
		from += items[i].cursor.len;
	}
	return n;
}

/* Returns how many of what is pending it contains. */
static size_t
build_response(struct fanout *f, const struct fanout_sender *by)
{
	size_t most = f->pending_count < f->set.format->limit
			  ? f->pending_count
			  : f->set.format->limit;
	struct batch_item *items =
	    xcalloc(most + f->set.channel_count, sizeof(*items));
	struct batch batch = {.items = items};
	struct buf cursors, cursor;
	size_t count;

	buf_init(&cursors, CURSORS_MAX);
	buf_init(&cursor, TEXT_MAX);
	batch.count = fill_items(f, items, most, &cursors, &count);
	batch.count += fill_presences(f, items + batch.count);
	batch.cursor = cursor_text(f, f->parts, &cursor);
	by->handler->respond(by->technique, f->set.format, &batch, by->scratch);
	buf_free(&cursors);
	buf_free(&cursor);
	free(items);
	return count;
}

/* fanouts.c frees no fanout that sends. */
static void
send_response(struct fanout *f, const struct fanout_sender *by)
{
	size_t members = f->live.count, count;

	chain_clear(by->scratch);
	count = build_response(f, by);
	while (f->live.count > 0) {
		struct member *m = f->live.at[f->live.count - 1];

		conn_send_shared(m->conn, by->scratch);
		conn_finish(m->conn);
		by->handler->responded(m);
	}
	stats_add(STATS_BYTES_OUT, by->scratch->len * members);
	count_sent(f, 0, count, members, by->time);
}

void
fanout_send(struct fanout *f, const struct fanout_sender *by)
{
	if (f->live.count > 0 && f->pending_count > 0) {
		if (by->technique->stream != NULL)
			send_stream(f, by);
		else
			send_response(f, by);
	}
	chain_clear(by->scratch);
	fanout_clear_pending(f);
}
