/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/fuzz/received.h"

#include <fastcgi.h>
#include <jansson.h>
#include <string.h>

#include "shared/base/number.h"
#include "shared/base/utf8.h"
#include "shared/wire/ws_deflate.h"
#include "shared/wire/ws_frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_bus.h"

UNTRACED_BEGIN

enum {
	TEXT_MAX = 1 << 24,
	CONTROL_MAX = 125,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	MANAGEMENT_MAX = 64
};

void
received_init(struct received *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->text, TEXT_MAX);
	buf_init(&r->message, TEXT_MAX);
	buf_init(&r->type, TEXT_MAX);
	buf_init(&r->data, TEXT_MAX);
}

void
received_free(struct received *r)
{
	buf_free(&r->text);
	buf_free(&r->message);
	buf_free(&r->type);
	buf_free(&r->data);
}

static struct text
text_in(const struct buf *b)
{
	check(buf_ok(b));
	return (struct text){b->len > 0 ? b->bytes : "", b->len};
}

static bool
begins_with(struct text line, const char *prefix)
{
	size_t len = strlen(prefix);

	return line.len >= len && memcmp(line.bytes, prefix, len) == 0;
}

static struct text
rest_of(struct text line, const char *prefix)
{
	size_t len = strlen(prefix);

	return (struct text){line.bytes + len, line.len - len};
}

/* --- messages ------------------------------------------------------------- */

/* A message names the one before it, and that is what came before it: nothing
 * is missing, doubled or out of order, unless a gap says so. */
static void
take_position(struct received *r, struct id id, enum received_event event)
{
	const struct message *m = fake_bus_find(id);

	if (event == EVENT_MESSAGE && r->position_known) {
		check(id_compare(r->position, id) < 0);
		check(m == NULL || id_compare(m->prev, r->position) == 0);
	}
	if (event == EVENT_CURSOR && r->position_known)
		check(id_compare(r->position, id) == 0);
	r->position = id;
	r->position_known = r->one_channel && event != EVENT_GAP;
}

static struct received_channel *
find_channel(struct received *r, struct text name)
{
	struct received_channel *c = r->channels;

	check(name.len <= RECEIVED_NAME_MAX);
	while (c->name[0] != '\0' && !text_is(name, c->name))
		c++;
	check(c < r->channels + RECEIVED_CHANNELS);
	memcpy(c->name, name.bytes, name.len);
	return c;
}

static void
take_position_in(struct received *r, struct text name, struct id id)
{
	struct received_channel *c = find_channel(r, name);
	const struct message *m = fake_bus_find(id);

	if (c->is_known) {
		check(id_compare(c->position, id) < 0);
		check(m == NULL || id_compare(m->prev, c->position) == 0);
	}
	c->position = id;
	c->is_known = true;
}

void
received_forget(struct received *r, const char *channel)
{
	r->one_channel = r->position_known = false;
	for (size_t i = 0; i < RECEIVED_CHANNELS; i++)
		if (channel == NULL ||
		    strcmp(r->channels[i].name, channel) == 0)
			r->channels[i].is_known = false;
}

static void
take_cursor(struct received *r, struct text text, enum received_event event)
{
	struct id id;

	if (text.len <= RECEIVED_CURSOR_MAX) {
		memcpy(r->cursor, text.bytes, text.len);
		r->cursor[text.len] = '\0';
	}
	if (r->one_channel && id_parse(&id, text))
		take_position(r, id, event);
	else
		r->position_known = false;
}

/* --- JSON ----------------------------------------------------------------- */

static struct text
string_in(const json_t *object, const char *name)
{
	const json_t *string = json_object_get(object, name);

	if (string == NULL)
		return (struct text){"", 0};
	check(json_is_string(string));
	return (struct text){json_string_value(string),
			     json_string_length(string)};
}

static void
check_message(const json_t *object, struct id id)
{
	const struct message *m = fake_bus_find(id);

	if (m == NULL)
		return;
	check(text_equals(string_in(object, "data"), m->data));
	check(text_equals(string_in(object, "event"), m->event));
	check(text_equals(string_in(object, "channel"), m->channel));
}

/* An element of a stream, or of the messages of a response. */
static void
take_element(struct received *r, const json_t *object, bool in_order)
{
	struct text cursor = string_in(object, "cursor");
	const json_t *gap = json_object_get(object, "gap");
	struct id id;

	if (gap != NULL)
		find_channel(r, string_in(gap, "channel"))->is_known = false;
	if (json_object_get(object, "data") != NULL) {
		check(id_parse(&id, string_in(object, "id")));
		check_message(object, id);
		if (in_order)
			take_position_in(r, string_in(object, "channel"), id);
		if (in_order && r->one_channel)
			take_position(r, id, EVENT_MESSAGE);
	} else if (cursor.len > 0 && in_order) {
		take_cursor(r, cursor, gap != NULL ? EVENT_GAP : EVENT_CURSOR);
	}
}

/* Of a response the cursor comes after its messages. */
static void
take_json(struct received *r, struct text text, bool in_order)
{
	json_t *json = json_loadb(text.bytes, text.len, 0, NULL);
	const json_t *messages = json_object_get(json, "messages"), *element;
	size_t i;

	check(json_is_object(json));
	json_array_foreach(messages, i, element)
	    take_element(r, element, in_order);
	take_element(r, json, in_order);
	json_decref(json);
}

/* What is in a script must not end it. */
static void
take_script(struct received *r, struct text text, const char *before,
	    const char *after, bool in_order)
{
	size_t around = strlen(before) + strlen(after);

	check(text.len >= around && begins_with(text, before));
	text = rest_of(text, before);
	text.len -= strlen(after);
	check(memcmp(text.bytes + text.len, after, strlen(after)) == 0);
	check(memchr(text.bytes, '<', text.len) == NULL);
	check(memmem(text.bytes, text.len, "\xe2\x80\xa8", 3) == NULL);
	take_json(r, text, in_order);
}

/* The name of the function is "f". */
static void
take_jsonp(struct received *r, struct text text)
{
	if (begins_with(text, "/* "))
		check(memmem(text.bytes, text.len, "*/", 2) ==
		      text.bytes + text.len - 3);
	else if (begins_with(text, "/**/f("))
		take_script(r, text, "/**/f(", ");\n", true);
}

/* --- SSE ------------------------------------------------------------------ */

/* The data of a message, in lines. */
static bool
has_same_lines(struct text lines, struct text data)
{
	size_t i, n = 0;

	for (i = 0; i < data.len; i++, n++) {
		bool is_break = data.bytes[i] == '\r' || data.bytes[i] == '\n';

		if (n == lines.len ||
		    lines.bytes[n] != (is_break ? '\n' : data.bytes[i]))
			return false;
		if (data.bytes[i] == '\r' && i + 1 < data.len &&
		    data.bytes[i + 1] == '\n')
			i++;
	}
	return n == lines.len;
}

/* With an envelope it is JSON. */
static void
check_event(struct received *r, struct id id)
{
	const struct message *m = fake_bus_find(id);
	struct text data = text_in(&r->data);

	if (m == NULL || !r->one_channel)
		return;
	check(text_equals(text_in(&r->type), m->event));
	if (!has_same_lines(data, m->data))
		take_json(r, data, false);
}

static void
take_id(struct received *r, struct text text)
{
	struct id id;

	if (r->event == EVENT_MESSAGE && id_parse(&id, text))
		check_event(r, id);
	take_cursor(r, text, r->event);
}

static void
forget_event(struct received *r)
{
	r->event = EVENT_MESSAGE;
	buf_clear(&r->type);
	buf_clear(&r->data);
	r->has_event = r->has_id = r->has_data = false;
}

static void
take_event(struct received *r, struct text type)
{
	check(!r->has_event && !r->has_data && type.len > 0);
	r->has_event = true;
	buf_put(&r->type, type.bytes, type.len);
	if (text_is(type, "gap"))
		r->event = EVENT_GAP;
	else if (text_is(type, "cursor") || text_is(type, "end") ||
		 text_is(type, "presence"))
		r->event = EVENT_CURSOR;
	check(utf8_valid(type.bytes, type.len));
}

static void
take_data(struct received *r, struct text line)
{
	check(!r->has_id);
	if (r->has_data)
		buf_putc(&r->data, '\n');
	r->has_data = true;
	buf_put(&r->data, line.bytes, line.len);
	if (r->event != EVENT_MESSAGE)
		take_json(r, line, false);
}

/* A presence has no position, and an end has none if Redis was not read yet. */
static bool
has_position(const struct received *r)
{
	struct text type = text_in(&r->type);

	return !text_is(type, "presence") && !text_is(type, "end");
}

static void
take_sse_line(struct received *r, struct text line)
{
	check(memchr(line.bytes, '\r', line.len) == NULL);
	check(memchr(line.bytes, '\0', line.len) == NULL);
	check(utf8_valid(line.bytes, line.len));
	if (line.len == 0) {
		check(r->has_data && (r->has_id || !has_position(r)));
		forget_event(r);
	} else if (begins_with(line, "data: ")) {
		take_data(r, rest_of(line, "data: "));
	} else if (begins_with(line, "event: ")) {
		take_event(r, rest_of(line, "event: "));
	} else if (begins_with(line, "id: ")) {
		check(r->has_data && !r->has_id);
		r->has_id = true;
		take_id(r, rest_of(line, "id: "));
	} else {
		check(text_is(line, ":") || begins_with(line, "retry: "));
		check(!r->has_event && !r->has_data);
	}
}

/* --- lines ---------------------------------------------------------------- */

static void
take_line(struct received *r, struct text line)
{
	if (r->kind == BODY_SSE)
		take_sse_line(r, line);
	else if (r->kind == BODY_IFRAME && begins_with(line, "<script>push("))
		take_script(r, line, "<script>push(", ")</script>", true);
	else if (r->kind == BODY_LINES && begins_with(line, "{"))
		take_json(r, line, true);
	else if (r->kind == BODY_LINES)
		check(line.len == 0 || line.bytes[0] == ' ');
}

static void
take_lines(struct received *r)
{
	struct text text = text_in(&r->text);
	const char *at = text.bytes, *end = at + text.len, *line;

	while ((line = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		take_line(r, (struct text){at, (size_t)(line - at)});
		at = line + 1;
	}
	buf_consume(&r->text, (size_t)(at - text.bytes));
}

/* --- WebSocket ------------------------------------------------------------ */

static void
take_message(struct received *r)
{
	struct text text = text_in(&r->message);
	struct buf inflated;

	buf_init(&inflated, TEXT_MAX);
	if (r->is_deflated) {
		check(ws_inflate(&inflated, text.bytes, text.len) ==
		      WS_INFLATED);
		text = text_in(&inflated);
	}
	check(utf8_valid(text.bytes, text.len));
	if (!r->raw)
		take_json(r, text, true);
	buf_free(&inflated);
	buf_clear(&r->message);
	r->in_message = false;
}

static void
take_control_frame(struct received *r, uint8_t first, struct text payload)
{
	uint8_t opcode = first & 0xf;

	check((first & 0xf0) == WS_FIN && payload.len <= CONTROL_MAX);
	check(opcode == WS_CLOSE || opcode == WS_PING || opcode == WS_PONG);
	if (opcode != WS_CLOSE)
		return;
	check(payload.len != 1);
	if (payload.len > 2)
		check(utf8_valid(payload.bytes + 2, payload.len - 2));
	r->closed = true;
}

static void
take_frame(struct received *r, uint8_t first, struct text payload)
{
	uint8_t opcode = first & 0xf;

	check(!r->closed && (first & 0x30) == 0);
	if (opcode >= WS_CLOSE) {
		take_control_frame(r, first, payload);
		return;
	}
	if (opcode == WS_CONTINUATION) {
		check(r->in_message && !(first & WS_RSV1));
	} else {
		check(opcode == WS_TEXT && !r->in_message);
		r->in_message = true;
		r->is_deflated = (first & WS_RSV1) != 0;
		check(!r->is_deflated || r->deflate);
	}
	buf_put(&r->message, payload.bytes, payload.len);
	if (first & WS_FIN)
		take_message(r);
}

/* The length of the head of the frame at `b`, and of its payload. 0: it is not
 * whole. */
static size_t
read_frame_head(const uint8_t *b, size_t have, size_t *len)
{
	size_t bytes, head = 2;

	if (have < head)
		return 0;
	check(!(b[1] & 0x80)); /* not masked */
	bytes = b[1] == LENGTH_64 ? 8 : b[1] == LENGTH_16 ? 2 : 0;
	if (have < head + bytes)
		return 0;
	*len = bytes > 0 ? 0 : b[1];
	for (size_t i = 0; i < bytes; i++)
		*len = *len << 8 | b[head + i];
	check(bytes == 0 || *len > (bytes == 2 ? CONTROL_MAX : UINT16_MAX));
	return head + bytes;
}

static void
take_websocket(struct received *r)
{
	struct text text = text_in(&r->text);
	const uint8_t *b;
	size_t head, len, at = 0;

	for (;; at += head + len) {
		b = (const uint8_t *)text.bytes + at;
		head = read_frame_head(b, text.len - at, &len);
		if (head == 0 || text.len - at - head < len)
			break;
		take_frame(r, b[0], (struct text){(const char *)b + head, len});
	}
	buf_consume(&r->text, at);
}

/* --- a response ----------------------------------------------------------- */

static const struct {
	const char *name;
	enum received_body kind;
} types[] = {
    {"application/json", BODY_JSON},
    {"application/problem+json", BODY_JSON},
    {"application/x-ndjson", BODY_LINES},
    {"text/javascript", BODY_JSONP},
    {"text/html", BODY_IFRAME},
    {"text/event-stream", BODY_SSE},
};

static void
take_header(struct received *r, struct text line)
{
	uint64_t n;

	check(memchr(line.bytes, ':', line.len) != NULL);
	for (size_t i = 0; i < line.len; i++)
		check((unsigned char)line.bytes[i] >= ' ');
	if (begins_with(line, "Content-Length: ")) {
		check(r->length == SIZE_MAX);
		check(number_parse(&n, rest_of(line, "Content-Length: "),
				   SIZE_MAX));
		r->length = (size_t)n;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (begins_with(line, "Content-Type: ") &&
		    begins_with(rest_of(line, "Content-Type: "), types[i].name))
			r->kind = types[i].kind;
	r->deflate |= begins_with(line, "Sec-WebSocket-Extensions: ");
	r->raw |= begins_with(line, "Sec-WebSocket-Protocol: ");
}

static void
take_status(struct received *r, struct text line)
{
	const char *prefix = r->fastcgi ? "Status: " : "HTTP/1.1 ";
	struct text code;
	uint64_t n;

	check(begins_with(line, prefix));
	code = rest_of(line, prefix);
	check(code.len > 4 && code.bytes[3] == ' ');
	check(number_parse(&n, (struct text){code.bytes, 3}, 599) && n >= 101);
	r->status = (unsigned int)n;
	r->kind = n == 101 ? BODY_WEBSOCKET : BODY_PLAIN;
	r->length = SIZE_MAX;
	r->deflate = r->raw = r->closed = r->in_message = false;
	memset(r->channels, 0, sizeof(r->channels));
	forget_event(r);
}

static void
take_head(struct received *r, struct text head)
{
	const char *at = head.bytes, *end = at + head.len, *line;

	for (; at < end; at = line + 2) {
		line = memchr(at, '\r', (size_t)(end - at));
		check(line != NULL && line[1] == '\n');
		if (at == head.bytes)
			take_status(r, (struct text){at, (size_t)(line - at)});
		else
			take_header(r, (struct text){at, (size_t)(line - at)});
	}
}

static void
take_body(struct received *r, const char *bytes, size_t len)
{
	r->body_len += len;
	check(r->length == SIZE_MAX || r->body_len <= r->length);
	check(r->status != 204 && r->status != 304);
	if (r->kind == BODY_PLAIN)
		return;
	buf_put(&r->text, bytes, len);
	switch (r->kind) {
	case BODY_LINES:
	case BODY_IFRAME:
	case BODY_SSE:
		take_lines(r);
		break;
	case BODY_WEBSOCKET:
		take_websocket(r);
		break;
	default: /* at the end */
		break;
	}
}

/* Bytes of a response, from head to end. */
static void
take_content(struct received *r, const uint8_t *bytes, size_t len)
{
	static const char mark[] = "\r\n\r\n";
	const char *text = (const char *)bytes, *end;
	size_t seen = r->text.len, head;

	r->is_open = true;
	if (r->in_body) {
		take_body(r, text, len);
		return;
	}
	buf_put(&r->text, bytes, len);
	end = memmem(r->text.bytes, r->text.len, mark, 4);
	if (end == NULL)
		return;
	head = (size_t)(end - r->text.bytes) + 4;
	take_head(r, (struct text){r->text.bytes, head - 2});
	buf_clear(&r->text);
	r->in_body = true;
	if (head < seen + len)
		take_body(r, text + (head - seen), seen + len - head);
}

/* A stream is as long as it lasts. */
static bool
has_whole_body(const struct received *r)
{
	return r->kind > BODY_JSONP || r->length == SIZE_MAX ||
	       r->body_len == r->length || (r->to_head && r->body_len == 0);
}

/* END_REQUEST came, or the end of HTTP. */
static void
end_response(struct received *r)
{
	if (!r->sloppy) {
		check(r->in_body && has_whole_body(r));
		if (r->kind == BODY_JSON && r->body_len > 0)
			take_json(r, text_in(&r->text), true);
		if (r->kind == BODY_JSONP)
			take_jsonp(r, text_in(&r->text));
		if (r->kind == BODY_SSE)
			check(r->text.len == 0 && !r->has_data);
	}
	buf_clear(&r->text);
	buf_clear(&r->message);
	r->is_open = r->in_body = false;
	r->body_len = 0;
	r->responses++;
}

/* --- records -------------------------------------------------------------- */

static void
begin_record(struct received *r)
{
	const uint8_t *h = r->header;

	check(h[0] == FCGI_VERSION_1 && h[7] == 0);
	r->content = (size_t)h[4] << 8 | h[5];
	r->padding = h[6];
	r->end_len = 0;
	switch (h[1]) {
	case FCGI_STDOUT:
		check(!r->stdout_ended);
		r->stdout_ended = r->content == 0;
		break;
	case FCGI_END_REQUEST:
		check(r->content == sizeof(r->end));
		break;
	case FCGI_GET_VALUES_RESULT:
	case FCGI_UNKNOWN_TYPE:
		check(h[2] == 0 && h[3] == 0 && r->content <= MANAGEMENT_MAX);
		break;
	default:
		check(false);
	}
}

static void
end_record(struct received *r)
{
	r->header_len = 0;
	if (r->header[1] != FCGI_END_REQUEST)
		return;
	check(r->end[4] <= FCGI_UNKNOWN_ROLE);
	if (r->end[4] != FCGI_REQUEST_COMPLETE)
		return; /* it refuses another request */
	check(r->stdout_ended || !r->is_open);
	if (r->is_open)
		end_response(r);
	r->stdout_ended = false;
}

static void
take_record(struct received *r, const uint8_t *bytes, size_t len)
{
	if (r->header[1] == FCGI_STDOUT) {
		take_content(r, bytes, len);
	} else if (r->header[1] == FCGI_END_REQUEST) {
		memcpy(r->end + r->end_len, bytes, len);
		r->end_len += len;
	}
}

static void
take_records(struct received *r, const uint8_t *bytes, size_t len)
{
	size_t n;

	while (len > 0) {
		if (r->header_len < RECORD_HEADER_SIZE) {
			r->header[r->header_len++] = *bytes++;
			len--;
			if (r->header_len == RECORD_HEADER_SIZE)
				begin_record(r);
		} else {
			n = r->content > 0 ? r->content : r->padding;
			n = n < len ? n : len;
			if (r->content > 0)
				take_record(r, bytes, n);
			*(r->content > 0 ? &r->content : &r->padding) -= n;
			bytes += n;
			len -= n;
		}
		if (r->header_len == RECORD_HEADER_SIZE &&
		    r->content + r->padding == 0)
			end_record(r);
	}
}

/* --- all ------------------------------------------------------------------ */

void
received_take(struct received *r, const uint8_t *bytes, size_t len)
{
	if (r->fastcgi)
		take_records(r, bytes, len);
	else
		take_content(r, bytes, len);
}

bool
received_is_whole(const struct received *r)
{
	if (r->fastcgi && r->header_len > 0)
		return false;
	if (!r->is_open)
		return true;
	return r->in_body && has_whole_body(r) &&
	       (r->kind <= BODY_JSONP || r->text.len == 0);
}

UNTRACED_END
