/* SPDX-License-Identifier: MIT */
/*
 * subscriber_catching.c - from a subscriber's cursor to its first live message.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/app/subscriber.h"
#include "shared/app/subscriber_private.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/net/conn.h"

static void
drop_item(const struct batch_item *item)
{
	message_unref((struct message *)(uintptr_t)item->message);
	free((struct gap *)(uintptr_t)item->gap);
	free((char *)(uintptr_t)item->cursor.bytes);
}

static void
out_of_memory(struct subscriber *r)
{
	log_error("memory", "client=%s reason=\"out of memory\"", r->client);
	conn_abort(r->member.conn);
	subscriber_free(r);
}

static bool
make_room(struct catching *c)
{
	struct batch_item *items;
	size_t room = c->room ? 2 * c->room : 16;

	if (c->count < c->room)
		return true;
	items = realloc(c->items, room * sizeof(*items));
	if (items == NULL)
		return false;
	c->items = items;
	c->room = room;
	return true;
}

/* Where the subscriber stands after an item, if its id does not say it. False:
 * no memory. */
static bool
set_cursor(const struct subscriber *r, struct batch_item *item)
{
	struct buf out;
	struct text cursor;

	if (item->gap == NULL && !subscriber_format(r)->many)
		return true;
	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	cursor = subscriber_cursor(r, &out);
	if (!buf_ok(&out)) {
		buf_free(&out);
		return false;
	}
	item->cursor = cursor; /* and the bytes are the item's from here */
	return true;
}

/* Keeps what the answer will say, and answers when that is all it may hold.
 * False: the subscriber is gone. */
static bool
keep(struct subscriber *r, struct batch_item item)
{
	struct catching *c = r->catching;

	if (!make_room(c) || !set_cursor(r, &item)) {
		drop_item(&item);
		out_of_memory(r);
		return false;
	}
	c->items[c->count++] = item;
	if (item.message != NULL)
		c->bytes += item.message->data.len;
	if (r->all->technique->batch
		->newest) /* it was given no more than is wanted */
		return true;
	if (c->count < subscriber_format(r)->limit && c->bytes < BATCH_BYTES)
		return true;
	subscriber_response(r, 0);
	return false;
}

/* Streams gather a page in the scratch chain; more() sends it. */
static bool
stream_message(struct subscriber *r, const struct message *m)
{
	struct chain *c = &r->all->fanouts.chain;
	struct format format = *subscriber_format(r);
	struct buf out, cursor;

	format.deflate =
	    0; /* for one subscriber alone it would cost too much */
	buf_init(&out, SUBSCRIBER_BYTES_MAX);
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	r->all->technique->stream->message(&format, m, &out);
	r->all->technique->stream->suffix(&format, m,
					  subscriber_cursor(r, &cursor), &out);
	chain_add_buf(c, &out);
	if (!buf_ok(&cursor))
		c->bad = true;
	buf_free(&out);
	buf_free(&cursor);
	return true;
}

static bool
message_came(void *owner, struct message *m)
{
	struct subscriber *r = owner;

	if (r->all->technique->stream != NULL)
		return stream_message(r, m);
	return keep(r, (struct batch_item){.message = message_ref(m)});
}

static bool
stream_gap(struct subscriber *r, const struct gap *g)
{
	struct buf out, cursor;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	r->all->technique->stream->gap(subscriber_format(r), g,
				       subscriber_cursor(r, &cursor), &out);
	chain_add_buf(&r->all->fanouts.chain, &out);
	buf_free(&out);
	buf_free(&cursor);
	return true;
}

static bool
gap_came(void *owner, const struct gap *g)
{
	struct subscriber *r = owner;
	struct gap *copy;

	if (r->all->technique->stream != NULL)
		return stream_gap(r, g);
	copy = malloc(sizeof(*copy));
	if (copy == NULL) {
		out_of_memory(r);
		return false;
	}
	*copy = *g;
	return keep(r, (struct batch_item){.gap = copy});
}

/* A subscriber whose cursor nobody could read may have missed anything. */
static bool
say_lost(struct subscriber *r)
{
	const struct fanout *fanout = r->member.fanout;
	size_t i;

	for (i = 0; i < fanout_channel_count(fanout); i++) {
		struct channel *c = fanout_channel(fanout, i);
		struct gap gap = {.channel = *channel_name(c),
				  .before = channel_tip(c)};

		if (!gap_came(r, &gap))
			return false;
	}
	return true;
}

/* What another subscriber left in the scratch chain is not this one's. */
static void
begin(void *owner)
{
	subscriber_scratch(owner);
}

/* Sends what a stream has gathered. True when it has all left. */
static bool
more(void *owner)
{
	struct subscriber *r = owner;
	struct chain *c = &r->all->fanouts.chain;

	if (r->all->technique->stream == NULL)
		return true;
	conn_send(r->member.conn, c, CONN_HISTORY);
	chain_clear(c);
	return conn_is_drained(r->member.conn);
}

/* Everything that goes before the first live message has been said. */
static void
become_live(struct subscriber *r)
{
	struct catching *c = r->catching;

	fanouts_join(&r->member);
	if (r->all->technique->stream == NULL) {
		r->end_at = clock_ms() + c->wait_s * 1000ull;
		subscriber_set_timer(r, c->wait_s * 1000ull);
	}
	subscriber_free_catching(r);
}

static void
stream_done(struct subscriber *r)
{
	struct catching *c = r->catching;

	more(r);
	if (r->talking != NULL)
		subscriber_tell_changes(r);
	if ((c->catch_up.new_position || c->say_cursor) && !c->cursor_said)
		subscriber_say_cursor(r);
	if (c->hold) {
		become_live(r);
		return;
	}
	subscriber_finish(r);
}

static void
done(void *owner)
{
	struct subscriber *r = owner;
	struct catching *c = r->catching;

	if (c->cursor_unreadable && !c->cursor_said && !say_lost(r))
		return;
	if (r->all->technique->stream != NULL)
		stream_done(r);
	else if (c->count > 0 || c->catch_up.new_position || c->wait_s == 0)
		subscriber_response(r, 0);
	else if (c->hold)
		become_live(r);
	else
		subscriber_response(r, SUBSCRIBER_RETRY_AFTER);
}

static void
failed(void *owner)
{
	struct subscriber *r = owner;

	if (r->all->technique->stream == NULL)
		subscriber_refuse_redis_down(
		    r); /* a stream tries again at its heartbeat */
}

static const struct catch_up_handler catch_up_handler = {
    .begin = begin,
    .message = message_came,
    .gap = gap_came,
    .more = more,
    .done = done,
    .failed = failed,
};

void
subscriber_step(struct subscriber *r)
{
	subscriber_scratch(r);
	catch_up_step(&r->catching->catch_up);
}

void
subscriber_free_catching(struct subscriber *r)
{
	struct catching *c = r->catching;
	size_t i;

	if (c == NULL)
		return;
	catch_up_cancel(&c->catch_up);
	for (i = 0; i < c->count; i++)
		drop_item(&c->items[i]);
	free(c->items);
	free(c->if_none_match);
	free(c);
	r->catching = NULL;
}

bool
subscriber_start_catching(struct subscriber *r, const struct params *params)
{
	const struct technique_batch *batch = r->all->technique->batch;
	struct catching *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return false;
	r->catching = c;
	c->hold = r->counted;
	c->wait_s = batch != NULL && batch->waits ? params->wait : 0;
	c->cursor_unreadable = params->cursor_unreadable;
	c->head_only = params->head_only;
	if (batch != NULL && batch->validates &&
	    params->if_none_match[0] != '\0' &&
	    (c->if_none_match = strdup(params->if_none_match)) == NULL)
		return false;
	if (batch != NULL && batch->newest)
		catch_up_init_newest(&c->catch_up, r->member.fanout,
				     r->all->bus);
	else
		catch_up_init(&c->catch_up, r->member.fanout, r->all->bus,
			      &params->cursor);
	c->catch_up.handler = &catch_up_handler;
	c->catch_up.owner = r;
	return true;
}
