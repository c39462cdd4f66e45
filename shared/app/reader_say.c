/* SPDX-License-Identifier: MIT */
/*
 * reader_say.c - what is said to one reader alone.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "shared/http/answer.h"
#include "shared/net/link.h"
#include "shared/model/problem.h"
#include "shared/app/reader.h"
#include "shared/app/reader_private.h"

struct chain *
reader_scratch(struct reader *r)
{
	struct chain *c = &r->all->groups.chain;

	chain_clear(c);
	return c;
}

const struct format *
reader_format(const struct reader *r)
{
	return group_format(r->member.group);
}

/* The cursor of where the reader stands, in `out`. */
struct text
reader_cursor(const struct reader *r, struct buf *out)
{
	const struct group *g = r->member.group;

	buf_clear(out);
	cursor_put(out,
		   r->catching != NULL ? r->catching->catch_up.parts
				       : group_parts(g),
		   group_channel_count(g));
	return (struct text){.bytes = out->bytes, .len = out->len};
}

static void
refuse(struct reader *r, const struct problem *p)
{
	answer_problem(r->member.link, reader_scratch(r), p);
	reader_free(r);
}

void
reader_refuse_redis_away(struct reader *r)
{
	struct problem p;

	problem_set(&p, 503, "Redis is away. Try again in a moment.");
	p.retry_after = READER_RETRY_AFTER;
	refuse(r, &p);
}

static void
refuse_nothing(struct reader *r)
{
	struct problem p;

	problem_set(&p, 404, "%s", technique.nothing);
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
put_batch(struct reader *r, struct answer *a, struct text cursor,
	  struct buf *body, struct buf *tag)
{
	const struct catching *c = r->catching;
	struct batch batch = {.cursor = cursor};

	if (c != NULL) {
		batch.items = c->items;
		batch.count = c->count;
		a->head_only = c->head_only;
	}
	technique.answer(a->format, &batch, body);
	if (!technique.validates)
		return;
	a->etag = put_tag(tag, cursor, batch.count);
	if (c != NULL && c->if_none_match != NULL &&
	    answer_tag_matches(c->if_none_match, a->etag))
		a->status = 304;
}

/* Everything was said that there is: the whole answer, now. */
void
reader_answer(struct reader *r, unsigned int retry_after)
{
	struct chain *c = reader_scratch(r);
	struct buf cursor, body, tag;
	struct answer a = {.status = 200,
			   .format = reader_format(r),
			   .body = &body,
			   .retry_after = retry_after};

	if (technique.nothing != NULL && r->catching->count == 0) {
		refuse_nothing(r);
		return;
	}
	buf_init(&cursor, READER_TEXT_MAX);
	buf_init(&body, READER_BYTES_MAX);
	buf_init(&tag, READER_TEXT_MAX);
	put_batch(r, &a, reader_cursor(r, &cursor), &body, &tag);
	c->bad = !buf_ok(&cursor) || !buf_ok(&tag);
	answer_put(c, &a);
	link_send(r->member.link, c, LINK_HISTORY);
	chain_clear(c);
	buf_free(&cursor);
	buf_free(&body);
	buf_free(&tag);
	reader_end(r);
}

void
reader_send(struct reader *r, struct buf *bytes, enum link_send kind)
{
	struct chain *c = reader_scratch(r);

	chain_add_buf(c, bytes);
	link_send(r->member.link, c, kind);
	chain_clear(c);
	buf_free(bytes);
}

void
reader_say_open(struct reader *r, const char *line)
{
	struct buf out;

	buf_init(&out, READER_TEXT_MAX);
	answer_put_stream_head(&out, r->member.link, reader_format(r), line);
	if (technique.open != NULL)
		technique.open(reader_format(r), &out);
	reader_send(r, &out, LINK_HISTORY);
}

void
reader_say_told(struct reader *r, const struct outcome *o)
{
	struct buf out;

	buf_init(&out, READER_TEXT_MAX);
	technique.told(reader_format(r), o, &out);
	reader_send(r, &out, LINK_LIVE);
}

void
reader_say_beat(struct reader *r)
{
	struct buf out;

	buf_init(&out, READER_TEXT_MAX);
	technique.beat(reader_format(r), &out);
	reader_send(r, &out, LINK_HISTORY);
}

/* Some milliseconds to come back after, so that not all come at once. */
static unsigned int
jitter(unsigned int ms)
{
	return ms / 2 + (unsigned int)(((double)rand() / RAND_MAX) * ms);
}

void
reader_say_close(struct reader *r, enum close_reason reason, bool ends)
{
	struct chain *c = reader_scratch(r);
	struct buf out;

	buf_init(&out, READER_TEXT_MAX);
	if (technique.close != NULL)
		technique.close(reader_format(r), reason,
				jitter(r->all->conf->sse_retry), &out);
	chain_add_buf(c, &out);
	if (ends)
		chain_end(c);
	link_send(r->member.link, c, LINK_HISTORY);
	buf_free(&out);
}

/* So that one who is dropped before its first message loses nothing. */
void
reader_say_cursor(struct reader *r)
{
	struct buf out, cursor;

	buf_init(&out, READER_TEXT_MAX);
	buf_init(&cursor, READER_TEXT_MAX);
	technique.cursor(reader_format(r), reader_cursor(r, &cursor), &out);
	if (!buf_ok(&cursor))
		out.bad = true;
	buf_free(&cursor);
	reader_send(r, &out, LINK_HISTORY);
	r->catching->cursor_said = true;
}
