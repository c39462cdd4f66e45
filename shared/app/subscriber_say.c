/* SPDX-License-Identifier: MIT */
/*
 * subscriber_say.c - what is said to one subscriber alone.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "shared/app/subscriber.h"
#include "shared/app/subscriber_private.h"
#include "shared/http/response.h"
#include "shared/model/problem.h"
#include "shared/net/conn.h"

struct chain *
subscriber_scratch(struct subscriber *r)
{
	struct chain *c = &r->all->fanouts.chain;

	chain_clear(c);
	return c;
}

const struct format *
subscriber_format(const struct subscriber *r)
{
	return fanout_format(r->member.fanout);
}

/* The cursor of where the subscriber stands, in `out`. */
struct text
subscriber_cursor(const struct subscriber *r, struct buf *out)
{
	const struct fanout *fanout = r->member.fanout;

	buf_clear(out);
	cursor_put(out,
		   r->catching != NULL ? r->catching->catch_up.parts
				       : fanout_parts(fanout),
		   fanout_channel_count(fanout));
	return (struct text){.bytes = out->bytes, .len = out->len};
}

static void
refuse(struct subscriber *r, const struct problem *p)
{
	response_problem(r->member.conn, subscriber_scratch(r),
			 r->all->technique, p);
	subscriber_free(r);
}

void
subscriber_refuse_redis_down(struct subscriber *r)
{
	struct problem p;

	problem_set(&p, 503, "Redis is away. Try again in a moment.");
	p.retry_after = SUBSCRIBER_RETRY_AFTER;
	refuse(r, &p);
}

static void
refuse_nothing(struct subscriber *r)
{
	struct problem p;

	problem_set(&p, 404, "%s", r->all->technique->batch->nothing);
	refuse(r, &p);
}

/* The tag of an answer: where it ends, and how much it says. Answers of one URL
 * may begin at different places: a cursor may come in a header. */
static struct text
put_tag(struct buf *out, struct text cursor, size_t count)
{
	buf_put(out, cursor.bytes, cursor.len);
	if (count > 0) {
		buf_putc(out, '.');
		buf_put_u64(out, count);
	}
	return (struct text){.bytes = out->bytes, .len = out->len};
}

static void
put_batch(struct subscriber *r, struct response *a, struct text cursor,
	  struct buf *body, struct buf *tag)
{
	const struct catching *c = r->catching;
	struct batch batch = {.cursor = cursor};

	if (c != NULL) {
		batch.items = c->items;
		batch.count = c->count;
		a->head_only = c->head_only;
	}
	r->all->technique->batch->response(a->format, &batch, body);
	if (!r->all->technique->batch->validates)
		return;
	a->etag = put_tag(tag, cursor, batch.count);
	if (c != NULL && c->if_none_match != NULL &&
	    response_tag_matches(c->if_none_match, a->etag))
		a->status = 304;
}

/* Everything was said that there is: the whole answer, now. */
void
subscriber_response(struct subscriber *r, unsigned int retry_after)
{
	struct chain *c = subscriber_scratch(r);
	struct buf cursor, body, tag;
	struct response a = {.technique = r->all->technique,
			     .status = 200,
			     .format = subscriber_format(r),
			     .body = &body,
			     .retry_after = retry_after};

	if (r->all->technique->batch->nothing != NULL &&
	    r->catching->count == 0) {
		refuse_nothing(r);
		return;
	}
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	buf_init(&body, SUBSCRIBER_BYTES_MAX);
	buf_init(&tag, SUBSCRIBER_TEXT_MAX);
	put_batch(r, &a, subscriber_cursor(r, &cursor), &body, &tag);
	c->bad = !buf_ok(&cursor) || !buf_ok(&tag);
	response_put(c, &a);
	conn_send(r->member.conn, c, CONN_HISTORY);
	chain_clear(c);
	buf_free(&cursor);
	buf_free(&body);
	buf_free(&tag);
	subscriber_end(r);
}

void
subscriber_send(struct subscriber *r, struct buf *bytes, enum conn_send kind)
{
	struct chain *c = subscriber_scratch(r);

	chain_add_buf(c, bytes);
	conn_send(r->member.conn, c, kind);
	chain_clear(c);
	buf_free(bytes);
}

void
subscriber_say_open(struct subscriber *r, const char *line)
{
	struct buf out;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	response_put_stream_head(&out, r->member.conn, r->all->technique,
				 subscriber_format(r), line);
	if (r->all->technique->stream->open != NULL)
		r->all->technique->stream->open(subscriber_format(r), &out);
	subscriber_send(r, &out, CONN_HISTORY);
}

void
subscriber_say_reply(struct subscriber *r, const struct reply *o)
{
	struct buf out;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	r->all->technique->duplex->reply(subscriber_format(r), o, &out);
	subscriber_send(r, &out, CONN_LIVE);
}

void
subscriber_say_heartbeat(struct subscriber *r)
{
	struct buf out;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	r->all->technique->stream->heartbeat(subscriber_format(r), &out);
	subscriber_send(r, &out, CONN_HISTORY);
}

/* Some milliseconds to come back after, so that not all come at once. */
static unsigned int
jitter(unsigned int ms)
{
	return ms / 2 + (unsigned int)(((double)rand() / RAND_MAX) * ms);
}

void
subscriber_say_close(struct subscriber *r, enum close_reason reason, bool ends)
{
	struct chain *c = subscriber_scratch(r);
	struct buf out;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	if (r->all->technique->stream->close != NULL)
		r->all->technique->stream->close(
		    subscriber_format(r), reason,
		    jitter(r->all->conf->sse_retry), &out);
	chain_add_buf(c, &out);
	if (ends)
		chain_end(c);
	conn_send(r->member.conn, c, CONN_HISTORY);
	buf_free(&out);
}

/* So that one who is dropped before its first message loses nothing. */
void
subscriber_say_cursor(struct subscriber *r)
{
	struct buf out, cursor;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	r->all->technique->stream->cursor(subscriber_format(r),
					  subscriber_cursor(r, &cursor), &out);
	if (!buf_ok(&cursor))
		out.bad = true;
	buf_free(&cursor);
	subscriber_send(r, &out, CONN_HISTORY);
	r->catching->cursor_said = true;
}
