/* SPDX-License-Identifier: MIT */
/*
 * websocket.c - a WebSocket, both directions.
 *
 * Output, each in a text message of its own:
 *
 *	{"cursor":"…"}				the start
 *	{"id":"…","channel":"…","data":"…"}	a message
 *	{"gap":{…},"cursor":"…"}		messages are missing
 *	{"presence":{…}}			with presence=1
 *	{"ok":"publish",…}  {"error":"…",…}	replies (command.h)
 *	{"retry":2000}				reconnect after that, ms
 *
 * With the subprotocol push.raw the output is the data of messages only, and
 * there is no input.
 *
 * With several channels a message ends in the cursor, which differs between
 * subscribers: it is sent in two fragments, of which all share the first.
 *
 * Source: RFC 6455, RFC 7692 (permessage-deflate)
 * Config: websocket.may_publish, websocket.max_rate, websocket.deflate_min,
 *         access.origins in push.conf(5)
 * Tests:  tests/unit/test_websocket.c, tests/fuzz/fuzz_ws_input.c
 */
#include "config.h"

#include "fcgi/techniques.h"

#include <stdio.h>

#include "shared/model/end.h"
#include "shared/wire/ws_deflate.h"
#include "shared/wire/ws_frame.h"
#include "shared/wire/ws_handshake.h"
#include "shared/wire/ws_input.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

/* --- the handshake -------------------------------------------------------- */

/* Bytes of data from which on messages are compressed. 0: none is, because no
 * message can be that large. */
static unsigned int
deflate_from(const struct conf *conf)
{
	unsigned int min = conf->websocket_deflate_min;

	if (min > conf->message_max_bytes)
		return 0;
	return min > 0 ? min : 1;
}

static bool
websocket_upgrade(const struct request *r, const struct conf *conf,
		  struct format *format, char line[TECHNIQUE_LINE_SIZE],
		  struct problem *p)
{
	struct ws_handshake handshake;

	if (!ws_handshake_read(&handshake, r, p))
		return false;
	format->raw = handshake.raw;
	format->deflate = handshake.deflate ? deflate_from(conf) : 0;
	snprintf(line, TECHNIQUE_LINE_SIZE, "Sec-WebSocket-Accept: %s\r\n",
		 handshake.accept);
	return true;
}

static void
websocket_head(const struct format *format, struct buf *out)
{
	buf_puts(out, "Upgrade: websocket\r\n"
		      "Connection: Upgrade\r\n");
	if (format->raw)
		buf_puts(out,
			 "Sec-WebSocket-Protocol: " WS_PROTOCOL_RAW "\r\n");
	if (format->deflate > 0)
		buf_puts(out,
			 "Sec-WebSocket-Extensions: " WS_DEFLATE_AGREED "\r\n");
}

/* --- out ------------------------------------------------------------------ */

/* True: message() is the first fragment, suffix() the second. */
static bool
has_suffix(const struct format *format)
{
	return format->many && !format->raw;
}

/* The same for message() and suffix(). */
static bool
is_deflated(const struct format *format, const struct message *m)
{
	return format->deflate > 0 && m->data.len >= format->deflate;
}

static void
put_text(struct buf *out, const struct buf *text)
{
	if (!buf_ok(text))
		out->bad = true;
	else
		ws_put_frame(out, WS_FIN | WS_TEXT, text->bytes, text->len);
}

static void
put_message(const struct format *format, const struct message *m,
	    struct text text, struct buf *out)
{
	unsigned int first = WS_TEXT | (has_suffix(format) ? 0 : WS_FIN);
	struct buf packed;

	if (!is_deflated(format, m)) {
		ws_put_frame(out, first, text.bytes, text.len);
		return;
	}
	buf_init(&packed, TEXT_MAX);
	ws_deflate(&packed, text.bytes, text.len, has_suffix(format));
	if (buf_ok(&packed))
		ws_put_frame(out, first | WS_RSV1, packed.bytes, packed.len);
	else
		out->bad = true;
	buf_free(&packed);
}

static void
websocket_message(const struct format *format, const struct message *m,
		  struct buf *out)
{
	struct buf json;

	if (format->raw) {
		put_message(format, m, m->data, out);
		return;
	}
	buf_init(&json, TEXT_MAX);
	message_put_json(&json, m);
	if (!has_suffix(format))
		buf_putc(&json, '}');
	if (buf_ok(&json))
		put_message(format, m, (struct text){json.bytes, json.len},
			    out);
	else
		out->bad = true;
	buf_free(&json);
}

/* ,"cursor":"…"} */
static void
put_end(struct buf *out, struct text cursor)
{
	message_put_cursor(out, cursor);
	buf_putc(out, '}');
}

static void
put_deflated_end(struct buf *out, struct text cursor)
{
	struct buf text, packed;

	buf_init(&text, TEXT_MAX);
	buf_init(&packed, TEXT_MAX);
	put_end(&text, cursor);
	if (buf_ok(&text))
		ws_deflate_end(&packed, text.bytes, text.len);
	if (buf_ok(&text) && buf_ok(&packed))
		ws_put_frame(out, WS_FIN | WS_CONTINUATION, packed.bytes,
			     packed.len);
	else
		out->bad = true;
	buf_free(&text);
	buf_free(&packed);
}

static void
websocket_suffix(const struct format *format, const struct message *m,
		 struct text cursor, struct buf *out)
{
	enum { AROUND = sizeof(",\"cursor\":\"\"}") - 1 };

	if (!has_suffix(format))
		return;
	if (is_deflated(format, m)) {
		put_deflated_end(out, cursor);
		return;
	}
	ws_put_head(out, WS_FIN | WS_CONTINUATION, AROUND + cursor.len);
	put_end(out, cursor);
}

static void
websocket_cursor(const struct format *format, struct text cursor,
		 struct buf *out)
{
	struct buf text;

	if (format->raw)
		return;
	buf_init(&text, TEXT_MAX);
	buf_puts(&text, "{\"cursor\":\"");
	buf_put(&text, cursor.bytes, cursor.len);
	buf_puts(&text, "\"}");
	put_text(out, &text);
	buf_free(&text);
}

static void
websocket_gap(const struct format *format, const struct gap *g,
	      struct text cursor, struct buf *out)
{
	struct buf text;

	if (format->raw)
		return;
	buf_init(&text, TEXT_MAX);
	gap_put_json(&text, g, cursor);
	put_text(out, &text);
	buf_free(&text);
}

static void
websocket_presence(const struct format *format, const struct presence *p,
		   struct buf *out)
{
	struct buf text;

	if (format->raw)
		return;
	buf_init(&text, TEXT_MAX);
	presence_put_json(&text, p);
	put_text(out, &text);
	buf_free(&text);
}

static void
websocket_end(const struct format *format, const struct end *end,
	      struct text cursor, struct buf *out)
{
	struct buf text;

	if (format->raw)
		return;
	buf_init(&text, TEXT_MAX);
	end_put_json(&text, end, cursor);
	put_text(out, &text);
	buf_free(&text);
}

static void
websocket_heartbeat(const struct format *format, struct buf *out)
{
	(void)format;
	ws_put_frame(out, WS_FIN | WS_PING, NULL, 0);
}

static void
websocket_close(const struct format *format, enum close_reason reason,
		unsigned int retry_ms, struct buf *out)
{
	struct buf text;

	if (!format->raw) {
		buf_init(&text, TEXT_MAX);
		buf_printf(&text, "{\"retry\":%u}", retry_ms);
		put_text(out, &text);
		buf_free(&text);
	}
	switch (reason) {
	case CLOSE_AGAIN:
		ws_put_close(out, WS_CLOSE_GOING_AWAY, "Reconnect.");
		break;
	case CLOSE_LATER:
		ws_put_close(out, WS_CLOSE_TRY_AGAIN_LATER,
			     "No room, or Redis is down; retry later.");
		break;
	case CLOSE_EXPIRED:
		ws_put_close(out, WS_CLOSE_EXPIRED, "The right has expired.");
		break;
	case CLOSE_KICKED:
		ws_put_close(out, WS_CLOSE_KICKED,
			     "Disconnected by an administrator.");
		break;
	case CLOSE_UNFINISHED:
		ws_put_close(out, WS_CLOSE_POLICY,
			     "The message was not finished in time.");
		break;
	case CLOSE_CHURN:
		ws_put_close(out, WS_CLOSE_POLICY,
			     "Too many changes of channels.");
		break;
	}
}

static void
websocket_reply(const struct format *format, const struct reply *reply,
		struct buf *out)
{
	struct buf text;

	(void)format;
	buf_init(&text, TEXT_MAX);
	reply_put_json(&text, reply);
	put_text(out, &text);
	buf_free(&text);
}

/* --- in ------------------------------------------------------------------- */

static enum duplex_event
fail(struct duplex_read *read, uint16_t code, const char *reason)
{
	ws_put_close(read->out, code, reason);
	read->fault = reason;
	return DUPLEX_FAULT;
}

static enum duplex_event
take_text(struct duplex_read *read, struct text text, struct command *command,
	  struct problem *p)
{
	if (read->format->raw)
		return fail(read, WS_CLOSE_POLICY,
			    "push.raw accepts no messages");
	return command_read(command, text, p) ? DUPLEX_COMMAND : DUPLEX_REFUSED;
}

/* Control frames are answered; DUPLEX_MORE: goes on. */
static enum duplex_event
take_control(struct duplex_read *read, enum ws_input_event event,
	     const struct ws_item *item)
{
	switch (event) {
	case WS_INPUT_PING:
		ws_put_frame(read->out, WS_FIN | WS_PONG, item->payload.bytes,
			     item->payload.len);
		if (buf_ok(read->out))
			return DUPLEX_MORE;
		read->fault = "too many pings";
		return DUPLEX_FAULT;
	case WS_INPUT_CLOSE:
		ws_put_close(read->out, item->code, "");
		return DUPLEX_END;
	case WS_INPUT_BAD:
		return fail(read, item->code, item->reason);
	default:
		return DUPLEX_MORE;
	}
}

static enum duplex_event
websocket_next(struct duplex_client *client, struct duplex_read *read,
	       struct command *command, struct problem *p)
{
	struct ws_input in = {.max_text = read->text_max,
			      .deflate = read->format->deflate > 0,
			      .frames_left = client->frames_left,
			      .bytes_left = client->bytes_left,
			      .partial = client->partial};
	enum duplex_event result = DUPLEX_MORE;
	enum ws_input_event event;
	struct ws_item item;

	do {
		event = ws_input_next(&in, &read->at, read->end, &item);
		client->frames_left = in.frames_left;
		client->bytes_left = in.bytes_left;
		client->partial = in.partial;
		if (event == WS_INPUT_TEXT)
			return take_text(read, item.payload, command, p);
		result = take_control(read, event, &item);
	} while (result == DUPLEX_MORE && event != WS_INPUT_MORE);
	return result;
}

static void
websocket_free(void *partial)
{
	ws_partial_free(partial);
}

static void
websocket_stop(void)
{
	ws_partial_free_spare();
	ws_deflate_free();
}

static const struct technique_stream stream = {
    .cursor = websocket_cursor,
    .message = websocket_message,
    .suffix = websocket_suffix,
    .gap = websocket_gap,
    .presence = websocket_presence,
    .end = websocket_end,
    .heartbeat = websocket_heartbeat,
    .close = websocket_close,
};

static const struct technique_duplex duplex = {
    .upgrade = websocket_upgrade,
    .next = websocket_next,
    .free = websocket_free,
    .stop = websocket_stop,
    .reply = websocket_reply,
};

const struct technique technique_websocket = {
    .name = "websocket",
    .takes = FORMAT_PRESENCE,
    .head = websocket_head,
    .stream = &stream,
    .duplex = &duplex,
};
