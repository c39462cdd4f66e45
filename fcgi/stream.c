/* SPDX-License-Identifier: MIT */
/*
 * stream.c - XHR and fetch streaming: a long response, one JSON line a message.
 *
 *	{"cursor":"…"}					the start
 *	{"id":"…","channel":"…","data":"…"}		a message
 *	{"gap":{…},"cursor":"…"}			messages are missing
 *						an empty line: heartbeat
 *	{"retry":2000}					reconnect after that, ms
 *
 * It starts with an empty line, for servers that send the headers with the
 * first byte of the body. padding= adds spaces before it, for browsers that
 * show nothing until they have 1 KB.
 *
 * Source: https://github.com/ndjson/ndjson-spec
 * Tests:  tests/unit/test_stream.c
 */
#include "config.h"

#include "fcgi/techniques.h"

#include "shared/model/end.h"

static void
stream_head(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "Content-Type: application/x-ndjson\r\n");
}

static void
stream_open(const struct format *format, struct buf *out)
{
	unsigned int i;

	for (i = 0; i < format->padding; i++)
		buf_putc(out, ' ');
	buf_putc(out, '\n');
}

static void
stream_cursor(const struct format *format, struct text cursor, struct buf *out)
{
	(void)format;
	buf_puts(out, "{\"cursor\":\"");
	buf_put(out, cursor.bytes, cursor.len);
	buf_puts(out, "\"}\n");
}

static void
stream_message(const struct format *format, const struct message *m,
	       struct buf *out)
{
	(void)format;
	message_put_json(out, m); /* stream_suffix() closes the brace */
}

static void
stream_suffix(const struct format *format, const struct message *m,
	      struct text cursor, struct buf *out)
{
	(void)m;
	if (format->many)
		message_put_cursor(out, cursor);
	buf_puts(out, "}\n");
}

static void
stream_gap(const struct format *format, const struct gap *g, struct text cursor,
	   struct buf *out)
{
	(void)format;
	gap_put_json(out, g, cursor);
	buf_putc(out, '\n');
}

static void
stream_presence(const struct format *format, const struct presence *p,
		struct buf *out)
{
	(void)format;
	presence_put_json(out, p);
	buf_putc(out, '\n');
}

static void
stream_end(const struct format *format, const struct end *end,
	   struct text cursor, struct buf *out)
{
	(void)format;
	end_put_json(out, end, cursor);
	buf_putc(out, '\n');
}

static void
stream_heartbeat(const struct format *format, struct buf *out)
{
	(void)format;
	buf_putc(out, '\n');
}

static void
stream_close(const struct format *format, enum close_reason reason,
	     unsigned int retry_ms, struct buf *out)
{
	(void)format;
	(void)reason;
	buf_puts(out, "{\"retry\":");
	buf_put_u64(out, retry_ms);
	buf_puts(out, "}\n");
}

static const struct technique_stream stream = {
    .open = stream_open,
    .cursor = stream_cursor,
    .message = stream_message,
    .suffix = stream_suffix,
    .gap = stream_gap,
    .presence = stream_presence,
    .end = stream_end,
    .heartbeat = stream_heartbeat,
    .close = stream_close,
};

const struct technique technique_stream = {
    .name = "stream",
    .takes = FORMAT_PADDING | FORMAT_PRESENCE,
    .opening = FORMAT_PADDING,
    .head = stream_head,
    .stream = &stream,
};
