/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/stream_notices.h"

static const struct technique_stream *
technique_of(const struct subscriber *s)
{
	return s->all->technique->stream;
}

void
stream_put_cursor(struct subscriber *s, struct chain *c)
{
	struct buf out, cursor;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	technique_of(s)->cursor(subscriber_format(s),
				subscriber_cursor(s, &cursor), &out);
	out.bad = out.bad || !buf_ok(&cursor);
	buf_free(&cursor);
	chain_add_buf(c, &out);
	buf_free(&out);
}

void
stream_send_presences(struct subscriber *s)
{
	struct presence *now[CHANNELS_MAX];
	size_t count = fanout_presences(s->member.fanout, now);
	struct buf out;

	if (count == 0)
		return;
	buf_init(&out, SUBSCRIBER_BYTES_MAX);
	for (size_t i = 0; i < count; i++)
		technique_of(s)->presence(subscriber_format(s), now[i], &out);
	subscriber_send(s, &out);
}

void
stream_send_end(struct subscriber *s, const struct end *end)
{
	struct text position = {NULL, 0};
	struct buf out, cursor;

	fanouts_settle(&s->member);
	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	if (subscriber_has_cursor(s))
		position = subscriber_cursor(s, &cursor);
	technique_of(s)->end(subscriber_format(s), end, position, &out);
	out.bad = out.bad || !buf_ok(&cursor);
	buf_free(&cursor);
	subscriber_send(s, &out);
}
