/* SPDX-License-Identifier: MIT */
/*
 * fuzz_responder.c - a whole responder on a fake bus and a fake clock.
 *
 * The bytes are a program. The first selects how it ends, the second the
 * technique, two more the settings; then each step is a byte, and bytes for its
 * operands: clients connect, send requests, frames and any bytes, read all,
 * little or nothing, and leave; messages are published, lost and trimmed; Redis
 * goes down and up, or is slow; time passes; the process gets SIGTERM.
 * STEP_SOON in the byte of a step: the next one comes in the same turn of the
 * loop.
 *
 * responder.c checks the responder after each turn, received.c what it sends.
 * At the end, unless the process stops with all still connected: who follows a
 * channel and reads everything is at its tip; every request is answered or held
 * as a stream; then all leave, and nothing is left of them.
 *
 * PUSHCGI_FUZZ_LOG=1 prints the log.
 */
#include "config.h"

#include <errno.h>
#include <fastcgi.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "shared/access/signature.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/conf/conf_set.h"
#include "shared/net/conn_accept.h"
#include "shared/wire/ws_frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/quiet_log.h"
#include "tests/fuzz/received.h"
#include "tests/fuzz/responder.h"
#include "tests/unit/fake_bus.h"

enum { STEP_SOON = 0x80, STEPS_MAX = 120, TURNS_MAX = 10000 };
enum { CLIENTS = 6, CHANNELS = 4, TEXT_MAX = 1 << 22, RAW_MAX = 64 };

static const struct technique *const techniques[] = {
    &technique_sse,    &technique_longpoll, &technique_websocket,
    &technique_poll,   &technique_http,	    &technique_stream,
    &technique_iframe, &technique_jsonp,    &technique_publish,
};

static const char origin[] = "https://example.org";
static const char *const channels[CHANNELS] = {"a", "b", "news", "\xc3\xa9"};

enum { TECHNIQUES = sizeof(techniques) / sizeof(techniques[0]) };

/* --- the program ---------------------------------------------------------- */

static struct {
	const uint8_t *at, *end;
} code;

/* 0 after its end. */
static unsigned int
next_byte(void)
{
	return code.at < code.end ? *code.at++ : 0;
}

static struct text
next_bytes(size_t len)
{
	struct text text = {(const char *)code.at, len};

	if (len > (size_t)(code.end - code.at))
		text.len = (size_t)(code.end - code.at);
	code.at += text.len;
	return text;
}

/* --- texts ---------------------------------------------------------------- */

/* Appends valid UTF-8 of about that many bytes. */
static void
put_data(struct buf *out, unsigned int kind, size_t len)
{
	static const char *const units[] = {
	    "x",
	    "\xc3\xa9",
	    "line\n",
	    "\"\\\r\n",
	    "\xf0\x9f\x98\x80",
	    "a\rb\n\n",
	    "data: x\nid: 9-9\n\n",
	    "<script>\xe2\x80\xa8",
	};
	const char *unit = units[kind % (sizeof(units) / sizeof(units[0]))];
	size_t n = strlen(unit), whole = len / n * n;
	char *to = buf_extend(out, whole);

	check(to != NULL);
	for (size_t at = 0; at < whole; at += n) {
		n = at == 0 ? n : at;
		n = n < whole - at ? n : whole - at;
		memcpy(to + at, at == 0 ? unit : to, n);
	}
}

static size_t
next_size(void)
{
	static const size_t sizes[] = {0, 1, 7, 100, 1023, 1024, 3000, 12000};

	return sizes[next_byte() & 7];
}

/* --- clients -------------------------------------------------------------- */

static struct client {
	int fd; /* -1: none */
	bool has_sent, ended;
	bool reads;	/* after each turn */
	bool keeps_up;	/* it has always read everything */
	bool is_polite; /* it has broken no rule */
	unsigned int id;
	size_t asked;	     /* requests */
	const char *channel; /* of its request, if it is the only one */
	struct received got;
} clients[CLIENTS];

static bool cuts_allowed; /* because of the limits */
static char last_cursor[RECEIVED_CURSOR_MAX + 1];

static void
close_client(struct client *c)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	received_free(&c->got);
	c->fd = -1;
}

/* A response may be cut only when limits or the client say so. */
static void
connection_ended(struct client *c)
{
	c->ended = true;
	if (!cuts_allowed && c->is_polite && c->keeps_up)
		check(received_is_whole(&c->got));
}

/* False: there is nothing more now. */
static bool
read_client(struct client *c, size_t max)
{
	static uint8_t bytes[1 << 14];
	size_t size = max < sizeof(bytes) ? max : sizeof(bytes);
	ssize_t n;

	if (c->fd < 0 || c->ended || size == 0)
		return false;
	n = recv(c->fd, bytes, size, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		connection_ended(c);
		return false;
	}
	c->got.sloppy = !c->is_polite || cuts_allowed;
	received_take(&c->got, bytes, (size_t)n);
	if (c->got.cursor[0] != '\0')
		memcpy(last_cursor, c->got.cursor, sizeof(last_cursor));
	return true;
}

/* True: somebody has got something. */
static bool
turn(void)
{
	bool any = false;

	responder_turn();
	cuts_allowed |= quiet_log_cuts() > 0;
	for (size_t i = 0; i < CLIENTS; i++)
		while (clients[i].reads && read_client(&clients[i], SIZE_MAX))
			any = true;
	return any;
}

/* Until nothing more happens: a question to the bus takes a few turns. */
static void
settle(void)
{
	int quiet = 0, turns = 0;

	for (; quiet < 8; quiet = turn() ? 0 : quiet + 1)
		check(turns++ < TURNS_MAX);
}

/* Not all may fit: a responder need not read. */
static void
send_bytes(struct client *c, const void *bytes, size_t len)
{
	const uint8_t *first = bytes;
	ssize_t n;

	if (c->fd < 0 || len == 0)
		return;
	if (!c->has_sent)
		c->got.fastcgi =
		    !responder.conns.http || *first == FCGI_VERSION_1;
	c->has_sent = true;
	n = send(c->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n != (ssize_t)len)
		c->is_polite = false;
}

/* In pieces of `size` bytes, each in a turn of its own; 0: whole. Frees. */
static void
send_buf(struct client *c, struct buf *b, size_t size)
{
	size_t n;

	check(buf_ok(b));
	for (size_t at = 0; at < b->len; at += n) {
		n = b->len - at;
		if (size > 0 && n > size && at < size * 8)
			n = size;
		send_bytes(c, b->bytes + at, n);
		if (n < b->len - at)
			turn();
	}
	buf_free(b);
}

static void
put_record(struct buf *out, unsigned int type, unsigned int id,
	   struct text content)
{
	uint8_t header[RECORD_HEADER_SIZE];
	size_t n = 0;

	do {
		content.bytes += n;
		content.len -= n;
		n = content.len < RECORD_CONTENT_MAX ? content.len
						     : RECORD_CONTENT_MAX;
		record_header(header, (uint8_t)type, (uint16_t)id, (uint16_t)n);
		buf_put(out, header, sizeof(header));
		buf_put(out, content.bytes, n);
	} while (n < content.len);
}

static struct text
text_in(const struct buf *b)
{
	check(buf_ok(b));
	return (struct text){b->len > 0 ? b->bytes : "", b->len};
}

/* A right to channels. */
struct right {
	unsigned long long expires;
	char sig[SIGNATURE_SIZE];
};

/* False: none is needed. */
static bool
sign(struct right *out, const struct text *names, size_t count)
{
	static const unsigned int lives[] = {10, 1, 30, 3600};

	if (responder.conf.access_subscribe != WHO_TOKEN || count == 0)
		return false;
	out->expires = clock_unix() + lives[next_byte() & 3];
	check(signature_make(out->sig, &responder.dispatch.keys.sign,
			     ACCESS_SUBSCRIBE, names, count, out->expires));
	return true;
}

/* --- step: a connection --------------------------------------------------- */

static struct client *
next_client(void)
{
	return &clients[next_byte() % CLIENTS];
}

static void
open_client(struct client *c)
{
	int ends[2], size = 4608;
	unsigned int how = next_byte();

	close_client(c);
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	if (how & 1)
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	memset(c, 0, sizeof(*c));
	c->fd = ends[1];
	c->reads = c->keeps_up = !(how & 2);
	c->is_polite = true;
	received_init(&c->got);
	c->got.fastcgi = true;
	conn_accept(&responder.conns, ends[0]);
}

/* --- step: a request ------------------------------------------------------ */

/* What a request has, whatever the protocol. */
struct ask {
	unsigned int flags, position, params;
	const char *method;
	struct buf query, body;
	const char *content_type;
	size_t length; /* Content-Length; SIZE_MAX: none */
	bool has_cursor_header, has_tag, has_mark, keep, is_raw;
	bool position_known; /* where it starts, if that is an id */
	struct id start;
	const char *channel; /* if it is the only one */
};

enum {
	ASK_RAW_QUERY = 0x10,
	ASK_KEEP = 0x20,
	ASK_DEFLATE = 0x40,
	ASK_RAW_PROTOCOL = 0x80
};

static void
put_channels(struct ask *ask)
{
	struct text names[CHANNELS];
	struct right right;
	size_t count = 0;

	for (unsigned int i = 0; i < CHANNELS; i++) {
		if (!(ask->flags & 1u << i))
			continue;
		buf_printf(&ask->query, "channel=%s&", channels[i]);
		ask->channel = count == 0 ? channels[i] : NULL;
		names[count++] = text_of(channels[i]);
	}
	if (sign(&right, names, count))
		buf_printf(&ask->query, "expires=%llu&sig=%s&", right.expires,
			   right.sig);
}

static void
put_position(struct ask *ask)
{
	unsigned int n = ask->position >> 3;

	switch (ask->position & 7) {
	case 1:
		buf_puts(&ask->query, "since=0&");
		break;
	case 2:
		buf_printf(&ask->query, "since=%u-0&", n);
		ask->position_known = true;
		ask->start = (struct id){n, 0};
		break;
	case 3:
		buf_printf(&ask->query, "since=%s&", last_cursor);
		break;
	case 4:
		buf_printf(&ask->query, "lastEventId=%s&", last_cursor);
		break;
	case 5:
		ask->has_cursor_header = true;
		break;
	case 6:
		ask->has_tag = true;
		return;
	case 7:
		ask->has_mark = true;
		return;
	default:
		return;
	}
	if ((ask->position & 7) >= 3)
		ask->position_known =
		    id_parse(&ask->start, text_of(last_cursor));
}

static void
put_params(struct ask *ask)
{
	static const char *const waits[] = {"", "wait=0&", "wait=1&",
					    "wait=20&"};
	static const char *const limits[] = {"", "limit=1&", "limit=2&",
					     "limit=50&"};
	static const char *const others[] = {"envelope=json&", "callback=f&",
					     "padding=100&", "last=2&"};

	buf_puts(&ask->query, waits[ask->params & 3]);
	buf_puts(&ask->query, limits[ask->params >> 2 & 3]);
	for (unsigned int i = 0; i < 4; i++)
		if (ask->params & 0x10u << i)
			buf_puts(&ask->query, others[i]);
}

static void
put_body(struct ask *ask)
{
	unsigned int kind = next_byte(), data = next_byte();
	size_t size = next_size();
	struct buf *b = &ask->body;

	ask->content_type = "application/x-www-form-urlencoded";
	if (kind & 1)
		ask->content_type = "application/json";
	buf_printf(b,
		   kind & 1 ? "{\"channel\":\"%s\",\"event\":\"e\",\"data\":\""
			    : "channel=%s&event=e&data=",
		   channels[kind >> 1 & 3]);
	put_data(b, kind & 8 ? data : 0, size);
	buf_puts(b, kind & 1 ? "\"}" : "");
	ask->length = b->len;
	if (kind & 0x10)
		ask->length++;
	else if (kind & 0x20)
		ask->length -= ask->length > 0;
	else if (kind & 0x40)
		ask->length = SIZE_MAX;
	if (kind & 0x80)
		put_data(b, 0, 20000);
}

static void
init_ask(struct ask *ask)
{
	static const char *const methods[] = {"GET", "GET",  "GET",	"GET",
					      "GET", "HEAD", "OPTIONS", "POST"};
	struct text raw;

	memset(ask, 0, sizeof(*ask));
	ask->method = methods[next_byte() & 7];
	ask->flags = next_byte();
	ask->position = next_byte();
	ask->params = next_byte();
	ask->keep = ask->flags & ASK_KEEP;
	ask->content_type = "";
	ask->length = SIZE_MAX;
	buf_init(&ask->query, TEXT_MAX);
	buf_init(&ask->body, TEXT_MAX);
	put_channels(ask);
	put_position(ask);
	put_params(ask);
	ask->is_raw = ask->flags & ASK_RAW_QUERY;
	if (ask->is_raw) {
		raw = next_bytes(next_byte() % RAW_MAX);
		buf_put(&ask->query, raw.bytes, raw.len);
	}
	if (strcmp(ask->method, "POST") == 0)
		put_body(ask);
}

static void
put_pair(struct buf *out, const char *name, struct text value)
{
	const uint8_t lengths[] = {
	    (uint8_t)strlen(name), (uint8_t)(0x80 | value.len >> 24),
	    (uint8_t)(value.len >> 16), (uint8_t)(value.len >> 8),
	    (uint8_t)value.len};

	buf_put(out, lengths, sizeof(lengths));
	buf_puts(out, name);
	buf_put(out, value.bytes, value.len);
}

static const struct {
	const char *name, *header, *value;
	unsigned int flag; /* or always */
} websocket_headers[] = {
    {"HTTP_UPGRADE", "Upgrade", "websocket", 0},
    {"HTTP_CONNECTION", "Connection", "Upgrade", 0},
    {"HTTP_SEC_WEBSOCKET_VERSION", "Sec-WebSocket-Version", "13", 0},
    {"HTTP_SEC_WEBSOCKET_KEY", "Sec-WebSocket-Key",
     "dGhlIHNhbXBsZSBub25jZQ==", 0},
    {"HTTP_SEC_WEBSOCKET_EXTENSIONS", "Sec-WebSocket-Extensions",
     "permessage-deflate", ASK_DEFLATE},
    {"HTTP_SEC_WEBSOCKET_PROTOCOL", "Sec-WebSocket-Protocol", "push.raw",
     ASK_RAW_PROTOCOL},
};

enum {
	WEBSOCKET_HEADERS =
	    sizeof(websocket_headers) / sizeof(websocket_headers[0])
};

static bool
has_header(const struct ask *ask, size_t i)
{
	unsigned int flag = websocket_headers[i].flag;

	return responder.dispatch.technique == &technique_websocket &&
	       (flag == 0 || (ask->flags & flag) != 0);
}

static void
put_pairs(struct buf *out, const struct ask *ask)
{
	char length[24], tag[2 * RECEIVED_CURSOR_MAX + 16];

	put_pair(out, "REQUEST_METHOD", text_of(ask->method));
	put_pair(out, "QUERY_STRING", text_in(&ask->query));
	put_pair(out, "REMOTE_ADDR", text_of("192.0.2.1"));
	if (ask->has_mark) {
		put_pair(out, "PUSH_BUDGET", text_of("worker class=4"));
		put_pair(out, "SERVER_SOFTWARE", text_of("Apache/2.4"));
	}
	put_pair(out, "HTTP_HOST", text_of("localhost"));
	put_pair(out, "CONTENT_TYPE", text_of(ask->content_type));
	if (ask->length != SIZE_MAX) {
		snprintf(length, sizeof(length), "%zu", ask->length);
		put_pair(out, "CONTENT_LENGTH", text_of(length));
	}
	if (ask->has_cursor_header)
		put_pair(out, "HTTP_LAST_EVENT_ID", text_of(last_cursor));
	if (ask->has_tag) {
		snprintf(tag, sizeof(tag), "\"%s.1\", \"%s\"", last_cursor,
			 last_cursor);
		put_pair(out, "HTTP_IF_NONE_MATCH", text_of(tag));
	}
	if (responder.conf.access_origins[0] != '\0')
		put_pair(out, "HTTP_ORIGIN", text_of(origin));
	for (size_t i = 0; i < WEBSOCKET_HEADERS; i++)
		if (has_header(ask, i))
			put_pair(out, websocket_headers[i].name,
				 text_of(websocket_headers[i].value));
}

static void
put_fastcgi(struct buf *out, const struct ask *ask, unsigned int id)
{
	const uint8_t begin[8] = {0, FCGI_RESPONDER,
				  ask->keep ? FCGI_KEEP_CONN : 0};
	const struct text nothing = {"", 0};
	struct buf pairs;

	buf_init(&pairs, TEXT_MAX);
	put_pairs(&pairs, ask);
	put_record(out, FCGI_BEGIN_REQUEST, id,
		   (struct text){(const char *)begin, sizeof(begin)});
	put_record(out, FCGI_PARAMS, id, text_in(&pairs));
	put_record(out, FCGI_PARAMS, id, nothing);
	buf_free(&pairs);
	if (responder.dispatch.technique == &technique_websocket)
		return; /* its frames follow */
	if (ask->body.len > 0)
		put_record(out, FCGI_STDIN, id, text_in(&ask->body));
	put_record(out, FCGI_STDIN, id, nothing);
}

static void
put_http(struct buf *out, const struct ask *ask)
{
	buf_printf(out, "%s /push/websocket?", ask->method);
	buf_put(out, ask->query.bytes, ask->query.len);
	buf_puts(out, " HTTP/1.1\r\nHost: localhost\r\n");
	if (ask->has_cursor_header)
		buf_printf(out, "Last-Event-ID: %s\r\n", last_cursor);
	for (size_t i = 0; i < WEBSOCKET_HEADERS; i++)
		if (has_header(ask, i))
			buf_printf(out, "%s: %s\r\n",
				   websocket_headers[i].header,
				   websocket_headers[i].value);
	buf_puts(out, "\r\n");
}

static bool
asks_for_newest(void)
{
	const struct technique_batch *batch =
	    responder.dispatch.technique->batch;

	return batch != NULL && batch->newest;
}

/* Its channel is followed if nothing else is asked here meanwhile. */
static void
note_request(struct client *c, const struct ask *ask)
{
	bool is_get = strcmp(ask->method, "GET") == 0;

	if (c->got.is_open || c->asked > c->got.responses ||
	    (c->has_sent && !c->got.fastcgi))
		c->is_polite = false;
	c->asked++;
	c->got.to_head |= strcmp(ask->method, "HEAD") == 0;
	c->channel =
	    c->asked == c->got.responses + 1 && is_get ? ask->channel : NULL;
	c->got.one_channel = c->channel != NULL && !ask->is_raw;
	c->got.position_known =
	    c->got.one_channel && ask->position_known && !asks_for_newest();
	c->got.position = ask->start;
}

static void
send_request(struct client *c)
{
	bool http = responder.conns.http && (next_byte() & 1);
	unsigned int split = next_byte();
	struct ask ask;
	struct buf out;

	init_ask(&ask);
	buf_init(&out, TEXT_MAX);
	if (c->fd >= 0)
		note_request(c, &ask);
	c->id = 1 + (unsigned int)(c->asked % 3);
	if (http && !(c->has_sent && c->got.fastcgi))
		put_http(&out, &ask);
	else
		put_fastcgi(&out, &ask, c->id);
	send_buf(c, &out, split);
	buf_free(&ask.query);
	buf_free(&ask.body);
}

/* --- step: what follows a request ----------------------------------------- */

static void
send_raw(struct client *c)
{
	struct text bytes = next_bytes(next_byte() % RAW_MAX);

	c->is_polite = false;
	send_bytes(c, bytes.bytes, bytes.len);
}

static void
send_record(struct client *c)
{
	unsigned int type = next_byte(), id = next_byte();
	struct text content = next_bytes(next_byte() % RAW_MAX);
	struct buf out;

	c->is_polite = false;
	buf_init(&out, TEXT_MAX);
	put_record(&out, type, id & 0x80 ? c->id : id, content);
	send_buf(c, &out, 0);
}

/* Adds the right to the channels, if it needs one, and ends the command. */
static void
end_command(struct buf *out, const struct text *names, size_t count)
{
	struct right right;

	if (sign(&right, names, count))
		buf_printf(out, ",\"expires\":%llu,\"sig\":\"%s\"",
			   right.expires, right.sig);
	buf_putc(out, '}');
}

static void
put_command(struct client *c, struct buf *out)
{
	unsigned int what = next_byte();
	const char *channel = channels[what >> 2 & 3];
	char other[8];
	struct text names[] = {text_of(channel), {other, 0}};
	size_t size;

	received_forget(&c->got, channel);
	switch (what & 3) {
	case 0:
		names[1].len =
		    (size_t)snprintf(other, sizeof(other), "c%u", what >> 4);
		buf_printf(out, "{\"subscribe\":[\"%s\",\"%s\"],\"ref\":1",
			   channel, other);
		end_command(out, names, 2);
		break;
	case 1:
		buf_printf(out, "{\"unsubscribe\":[\"%s\"],\"ref\":\"r\"}",
			   channel);
		break;
	case 2:
		size = next_size();
		buf_printf(out, "{\"publish\":{\"channel\":\"%s\",\"data\":\"",
			   channel);
		put_data(out, what & 0x10, size);
		buf_puts(out, "\"}}");
		break;
	default:
		buf_printf(out, "{\"subscribe\":[\"%s\"],\"since\":\"%s\"",
			   channel, last_cursor);
		end_command(out, names, 1);
		break;
	}
}

static void
put_frame(struct buf *out, unsigned int first, struct text payload)
{
	static const uint8_t mask[4] = {1, 2, 3, 4};
	size_t at = out->len;

	ws_put_head(out, first, payload.len);
	out->bytes[at + 1] = (char)(out->bytes[at + 1] | 0x80);
	buf_put(out, mask, sizeof(mask));
	at = out->len;
	buf_put(out, payload.bytes, payload.len);
	for (size_t i = 0; i < payload.len; i++)
		out->bytes[at + i] ^= (char)mask[i % sizeof(mask)];
}

/* A command in one frame or in two, or any frame. */
static void
send_frame(struct client *c)
{
	unsigned int how = next_byte();
	struct buf text, frames, out;
	struct text payload;

	buf_init(&text, TEXT_MAX);
	buf_init(&frames, TEXT_MAX);
	buf_init(&out, TEXT_MAX);
	if (how & 1) {
		payload = next_bytes(next_byte() % RAW_MAX);
		put_frame(&frames, next_byte(), payload);
		c->is_polite = false;
		received_forget(&c->got, NULL);
	} else {
		put_command(c, &text);
		payload = text_in(&text);
		payload.len = how & 2 ? payload.len / 2 : payload.len;
		put_frame(&frames, WS_TEXT | (how & 2 ? 0 : WS_FIN), payload);
		payload.bytes += payload.len;
		payload.len = text.len - payload.len;
		if (how & 2)
			put_frame(&frames, WS_FIN, payload);
	}
	if (c->got.fastcgi)
		put_record(&out, FCGI_STDIN, c->id, text_in(&frames));
	else
		buf_put(&out, frames.bytes, frames.len);
	send_buf(c, &out, how >> 2);
	buf_free(&frames);
	buf_free(&text);
}

/* --- step: a client reads or leaves --------------------------------------- */

static void
read_some(struct client *c)
{
	unsigned int how = next_byte();

	if (how == 0) {
		c->reads = true;
		return;
	}
	c->reads = c->keeps_up = false;
	(void)read_client(c, how & 1 ? 0 : how * 8);
}

static void
leave(struct client *c)
{
	unsigned int how = next_byte() & 3;
	struct buf out;

	if (c->fd < 0)
		return;
	c->is_polite = false;
	switch (how) {
	case 0:
		close_client(c);
		break;
	case 1:
		shutdown(c->fd, SHUT_WR);
		break;
	case 2:
		shutdown(c->fd, SHUT_RD);
		c->reads = false;
		break;
	default:
		buf_init(&out, TEXT_MAX);
		put_record(&out, FCGI_ABORT_REQUEST, c->id,
			   (struct text){"", 0});
		send_buf(c, &out, 0);
		break;
	}
}

/* --- step: Redis, time ---------------------------------------------------- */

/* Other processes publish; bit 4: this one does not hear of it. */
static void
publish(void)
{
	static const char *const events[] = {"", "e", "gap_", "\xc3\xa9 x"};
	unsigned int how = next_byte(), kind = next_byte();
	struct publication p = {.channel = text_of(channels[how & 3]),
				.event = text_of(events[how >> 2 & 3])};
	size_t size = next_size();
	struct buf data;

	buf_init(&data, TEXT_MAX);
	put_data(&data, kind, size);
	p.data = text_in(&data);
	for (unsigned int i = 0; i <= how >> (size > 2000 ? 7 : 5); i++)
		fake_bus_add(&p, !(how & 0x10));
	buf_free(&data);
}

static void
change_redis(void)
{
	unsigned int how = next_byte();

	switch (how & 7) {
	case 0:
		fake_bus_up();
		break;
	case 1:
		fake_bus_down();
		break;
	case 2:
		fake_bus_commands_down();
		break;
	case 3:
		fake_bus_subscription_down();
		break;
	case 4:
		fake_bus_trim(how >> 3);
		break;
	case 5:
		fake_bus_lose(how >> 3);
		break;
	case 6:
		fake_bus_hold_answers(how & 8);
		fake_bus_refuse_rewinds(how & 0x10);
		break;
	default:
		fake_bus_hold_history(how & 8);
		break;
	}
}

static void
pass_time(void)
{
	static const unsigned int ms[] = {250,	 1000,	5000,  15000,
					  25000, 60000, 61000, 3600 * 1000};

	responder_pass(ms[next_byte() & 7]);
}

static void
nothing(void)
{
}

/* --- steps ---------------------------------------------------------------- */

static const struct {
	void (*of_client)(struct client *c);
	void (*run)(void);
} steps[] = {
    {.of_client = open_client}, {.of_client = send_request},
    {.of_client = send_frame},	{.run = publish},
    {.of_client = read_some},	{.of_client = leave},
    {.run = change_redis},	{.run = pass_time},
    {.of_client = send_raw},	{.of_client = send_record},
    {.run = responder_stop},	{.run = nothing},
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

static void
run_step(void)
{
	unsigned int byte = next_byte(), step = (byte & 0x7f) % STEPS;

	if (steps[step].run != NULL)
		steps[step].run();
	else
		steps[step].of_client(next_client());
	if (!(byte & STEP_SOON))
		turn();
}

/* --- begin and end -------------------------------------------------------- */

static void
choose_settings(void)
{
	static const unsigned int held[] = {1000, 0, 1, 2};
	static const unsigned int least[] = {1024, 0, 1, 100000};
	unsigned int limits = next_byte(), more = next_byte();
	struct conf *conf = &responder.conf;

	conf->access_publish = WHO_ANY;
	conf->hold_max_backlog = limits & 1 ? 4096 : 64 << 20;
	conf->hold_max_memory = limits & 2 ? 16384 : 256 << 20;
	conf->request_max_head = limits & 4 ? 600 : 65536;
	conf->message_max_bytes = limits & 8 ? 2000 : 65536;
	conf->history_replay = limits & 0x10 ? 2 : 300;
	conf->hold_max_age = limits & 0x20 ? 30 : 0;
	responder.held_max = held[limits >> 6];
	conf->websocket_max_rate = more & 1 ? 2 : 50;
	conf->websocket_deflate_min = least[more >> 1 & 3];
	conf->poll_max_age = more & 8 ? 10 : 0;
	conf->access_scripts = more & 0x10 ? CONF_NO : CONF_YES;
	conf->limit_address_held = more & 0x80 ? 2 : 200;
	conf->limit_publish_rate = more & 0x80 ? 2 : 100;
	conf->limit_new_channels = more & 0x80 ? 1 : 1000;
	conf->hold_budget = 1;
	if (more & 0x40)
		conf_set_text(&conf->access_origins, origin);
	if (!(more & 0x20))
		return;
	conf_set_text(&conf->access_secret, "0123456789abcdef");
	conf->access_subscribe = WHO_TOKEN;
}

static void
begin(void)
{
	responder_init(techniques[next_byte() % TECHNIQUES]);
	choose_settings();
	responder_open();
	(void)quiet_log_cuts();
	cuts_allowed = false;
	last_cursor[0] = '\0';
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	turn();
}

/* Who is at the tip has got everything: received.c has seen no hole. */
static void
check_is_at_tip(const struct client *c)
{
	struct id tip;

	if (c->fd < 0 || c->ended || !c->keeps_up || !c->is_polite ||
	    !c->got.is_open || !c->got.position_known || c->got.raw)
		return;
	tip = fake_bus_tip(c->channel);
	check(id_compare(tip, c->got.position) == 0);
}

/* Whoever waits has waited long enough. */
static void
check_is_answered(const struct client *c)
{
	if (c->fd < 0 || c->ended || !c->keeps_up || !c->is_polite)
		return;
	check(c->got.is_open || c->got.responses == c->asked);
}

static void
finish(void)
{
	fake_bus_hold_history(false);
	fake_bus_hold_answers(false);
	fake_bus_refuse_rewinds(false);
	fake_bus_up();
	settle();
	responder_pass(5000);
	settle();
	for (size_t i = 0; i < CLIENTS; i++)
		check_is_at_tip(&clients[i]);
	responder_pass(61000);
	settle();
	for (size_t i = 0; i < CLIENTS; i++) {
		check_is_answered(&clients[i]);
		close_client(&clients[i]);
	}
	settle();
	responder_pass(61000);
	turn();
	responder_pass(61000);
	turn();
	responder_check_empty();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	int steps_left = STEPS_MAX;
	bool finishes;

	code.at = bytes;
	code.end = bytes + len;
	finishes = next_byte() & 1;
	begin();
	while (code.at < code.end && --steps_left > 0 && !responder_is_done())
		run_step();
	if (finishes && !responder.ending)
		finish();
	for (size_t i = 0; i < CLIENTS; i++)
		close_client(&clients[i]);
	responder_close();
	return 0;
}
