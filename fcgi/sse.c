/* SPDX-License-Identifier: MIT */
/*
 * sse.c - Server-Sent Events: one response, one block of lines per message.
 *
 *	retry: 2000		reconnection time, ms
 *	event: cursor		the start of a subscriber without a cursor
 *	data: {"cursor":"7-0"}
 *	id: 7-0
 *
 *	event: chat		only when the message has a type
 *	data: first line	one data line per line of the message
 *	data: second line
 *	id: 8-0			the cursor; sent back as Last-Event-ID
 *
 *	event: presence		with presence=1; without id, as it is no message
 *	data: {"presence":{"channel":"news","count":2}}
 *
 *	:			a heartbeat
 *
 * With envelope=json the data is the JSON of the message.
 *
 * No empty line follows retry and the heartbeat: some fetch clients take a
 * block without data for an empty message. None is needed: "Interpreting an
 * event stream" processes each line at its end, and the empty line only
 * dispatches data, event and id.
 *
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * Config: sse.retry in push.conf(5)
 * Tests:  tests/unit/test_sse.c
 */
#include "config.h"

#include "fcgi/techniques.h"

#include "shared/model/end.h"

static void
put_retry(struct buf *out, unsigned int retry_ms)
{
	buf_puts(out, "retry: ");
	buf_put_u64(out, retry_ms);
	buf_putc(out, '\n');
}

/* The end of a block: the cursor, and the empty line that dispatches it. */
static void
put_id(struct buf *out, struct text cursor)
{
	buf_puts(out, "id: ");
	buf_put(out, cursor.bytes, cursor.len);
	buf_puts(out, "\n\n");
}

/* The length of the line at `s`; stops before CR, LF or the end. */
static size_t
line_length(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && *p != '\r' && *p != '\n')
		p++;
	return (size_t)(p - s);
}

/* The length of the line break at `s`: CRLF is one break. */
static size_t
break_length(const char *s, const char *end)
{
	if (s == end)
		return 0;
	return (*s == '\r' && s + 1 < end && s[1] == '\n') ? 2 : 1;
}

static void
put_data(struct buf *out, const char *s, size_t len)
{
	const char *end = s + len;

	for (;;) {
		size_t line = line_length(s, end);
		size_t brk = break_length(s + line, end);

		buf_puts(out, "data: ");
		buf_put(out, s, line);
		buf_putc(out, '\n');
		if (brk == 0)
			return;
		s += line + brk;
	}
}

static void
sse_open(const struct format *format, struct buf *out)
{
	put_retry(out, format->retry_ms);
}

static void
sse_cursor(const struct format *format, struct text cursor, struct buf *out)
{
	(void)format;
	buf_puts(out, "event: cursor\ndata: {\"cursor\":\"");
	buf_put(out, cursor.bytes, cursor.len);
	buf_puts(out, "\"}\n");
	put_id(out, cursor);
}

static void
sse_message(const struct format *format, const struct message *m,
	    struct buf *out)
{
	if (m->event.len > 0) {
		buf_puts(out, "event: ");
		buf_put(out, m->event.bytes, m->event.len);
		buf_putc(out, '\n');
	}
	if (!format->envelope) {
		put_data(out, m->data.bytes, m->data.len);
		return;
	}
	buf_puts(out, "data: ");
	message_put_json(out, m); /* sse_suffix() closes the brace */
}

static void
sse_suffix(const struct format *format, const struct message *m,
	   struct text cursor, struct buf *out)
{
	(void)m;
	if (format->envelope) {
		if (format->many)
			message_put_cursor(out, cursor);
		buf_puts(out, "}\n");
	}
	put_id(out, cursor);
}

static void
sse_gap(const struct format *format, const struct gap *g, struct text cursor,
	struct buf *out)
{
	(void)format;
	buf_puts(out, "event: gap\ndata: ");
	gap_put_json(out, g, cursor);
	buf_putc(out, '\n');
	put_id(out, cursor);
}

static void
sse_presence(const struct format *format, const struct presence *p,
	     struct buf *out)
{
	(void)format;
	buf_puts(out, "event: presence\ndata: ");
	presence_put_json(out, p);
	buf_puts(out, "\n\n");
}

static void
sse_end(const struct format *format, const struct end *end, struct text cursor,
	struct buf *out)
{
	(void)format;
	buf_puts(out, "event: end\ndata: ");
	end_put_json(out, end, cursor);
	buf_putc(out, '\n');
	if (cursor.len > 0)
		put_id(out, cursor);
	else
		buf_putc(out, '\n'); /* an empty id is a position, too */
}

static void
sse_heartbeat(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, ":\n");
}

static void
sse_close(const struct format *format, enum close_reason reason,
	  unsigned int retry_ms, struct buf *out)
{
	(void)format;
	(void)reason;
	put_retry(out, retry_ms);
}

static void
sse_head(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "Content-Type: text/event-stream\r\n");
}

static const struct technique_stream stream = {
    .open = sse_open,
    .cursor = sse_cursor,
    .message = sse_message,
    .suffix = sse_suffix,
    .gap = sse_gap,
    .presence = sse_presence,
    .end = sse_end,
    .heartbeat = sse_heartbeat,
    .close = sse_close,
};

const struct technique technique_sse = {
    .name = "sse",
    .takes = FORMAT_ENVELOPE | FORMAT_PRESENCE,
    .head = sse_head,
    .stream = &stream,
};
