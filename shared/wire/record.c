/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/record.h"

#include <fastcgi.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"

enum { BEGIN_BODY_SIZE = 8, UNKNOWN_BODY_SIZE = 8 };

/* The type of a record whose content is skipped. Not 0, which means "between
 * records". */
enum { SKIPPED = 255 };

/* Arguments and result of record_next(). */
struct scan {
	struct record_reader *r;
	const uint8_t *at;
	const uint8_t *end;
	struct record_piece *piece;
	enum record_event event;
};

static uint16_t
get_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static bool
found(struct scan *s, enum record_event event)
{
	s->event = event;
	return true;
}

/* Consumes the header at s->at. */
static void
enter(struct scan *s, uint8_t type)
{
	struct record_reader *r = s->r;

	r->type = type;
	r->ours = type != SKIPPED;
	r->content = get_u16(s->at + 4);
	r->padding = s->at[6];
	s->at += RECORD_HEADER_SIZE;
}

/* Consumes header and content at once: `piece` is the content. False: it is
 * incomplete. */
static bool
take_whole(struct scan *s)
{
	size_t content = get_u16(s->at + 4);

	if ((size_t)(s->end - s->at) < RECORD_HEADER_SIZE + content)
		return false;
	enter(s, SKIPPED);
	s->piece->bytes = s->at;
	s->piece->len = content;
	s->at += content;
	s->r->content = 0;
	return true;
}

/* A BEGIN_REQUEST. */
static bool
start_request(struct scan *s, uint16_t id)
{
	struct record_reader *r = s->r;
	const uint8_t *body = s->at + RECORD_HEADER_SIZE;

	if (get_u16(s->at + 4) != BEGIN_BODY_SIZE || id == r->id)
		return found(s, RECORD_BAD);
	if (!take_whole(s))
		return found(s, RECORD_MORE);
	s->piece->id = id;
	if (r->id != FCGI_NULL_REQUEST_ID)
		return found(s, RECORD_SECOND);
	/* mod_authnz_fcgi never wants it, and anybody could keep one open. */
	r->keep_conn = !r->authorizer && (body[2] & FCGI_KEEP_CONN) != 0;
	if (get_u16(body) != (r->authorizer ? FCGI_AUTHORIZER : FCGI_RESPONDER))
		return found(s, RECORD_BAD_ROLE);
	r->id = id;
	r->params_done = false;
	r->stdin_done = false;
	return found(s, RECORD_BEGIN);
}

/* A record of id 0. */
static bool
start_management(struct scan *s, uint8_t type)
{
	if (type >= FCGI_BEGIN_REQUEST && type <= FCGI_DATA)
		return found(s, RECORD_BAD);
	if (type == FCGI_GET_VALUES) {
		if (get_u16(s->at + 4) > RECORD_VALUES_MAX)
			return found(s, RECORD_BAD);
		return found(s,
			     take_whole(s) ? RECORD_GET_VALUES : RECORD_MORE);
	}
	s->piece->type = type;
	enter(s, SKIPPED);
	return found(s, RECORD_UNKNOWN);
}

/* A record of a stream of the current request; an empty one ends the stream. */
static bool
start_stream(struct scan *s, uint8_t type, bool *done, enum record_event end)
{
	if (*done) {
		enter(s, SKIPPED);
		return false;
	}
	enter(s, type);
	if (s->r->content > 0)
		return false;
	*done = true;
	return found(s, end);
}

/* A record of the current request. */
static bool
start_ours(struct scan *s, uint8_t type)
{
	struct record_reader *r = s->r;
	bool ended;

	switch (type) {
	case FCGI_PARAMS:
		ended =
		    start_stream(s, type, &r->params_done, RECORD_PARAMS_END);
		r->stdin_done |= r->authorizer && r->params_done;
		return ended;
	case FCGI_STDIN:
		if (!r->params_done)
			return found(s, RECORD_BAD);
		return start_stream(s, type, &r->stdin_done, RECORD_STDIN_END);
	case FCGI_ABORT_REQUEST:
		enter(s, SKIPPED);
		return found(s, RECORD_ABORT);
	case FCGI_DATA: /* for the role FILTER only */
		enter(s, SKIPPED);
		return false;
	default:
		return found(s, RECORD_BAD);
	}
}

/* Reads a header. True: there is an event. */
static bool
start_record(struct scan *s)
{
	size_t have = (size_t)(s->end - s->at);
	uint8_t type;
	uint16_t id;

	if (have > 0 && s->at[0] != FCGI_VERSION_1)
		return found(s, RECORD_BAD);
	if (have < RECORD_HEADER_SIZE)
		return found(s, RECORD_MORE);
	type = s->at[1];
	id = get_u16(s->at + 2);
	if (id == FCGI_NULL_REQUEST_ID)
		return start_management(s, type);
	if (type == FCGI_BEGIN_REQUEST)
		return start_request(s, id);
	if (id == s->r->id)
		return start_ours(s, type);
	enter(s, SKIPPED);
	return false;
}

/* Reads content, then padding. True: there is an event. */
static bool
continue_record(struct scan *s)
{
	struct record_reader *r = s->r;
	size_t have = (size_t)(s->end - s->at);
	size_t step = r->content > 0 ? r->content : r->padding;
	const uint8_t *from = s->at;

	if (step == 0) {
		r->type = 0;
		return false;
	}
	if (have == 0)
		return found(s, RECORD_MORE);
	if (step > have)
		step = have;
	s->at += step;
	if (r->content == 0) {
		r->padding = (uint8_t)(r->padding - step);
		return false;
	}
	r->content = (uint16_t)(r->content - step);
	if (!r->ours)
		return false;
	s->piece->bytes = from;
	s->piece->len = step;
	return found(s, r->type == FCGI_PARAMS ? RECORD_PARAMS : RECORD_STDIN);
}

enum record_event
record_next(struct record_reader *r, const uint8_t **at, const uint8_t *end,
	    struct record_piece *piece)
{
	struct scan s = {.r = r, .at = *at, .end = end, .piece = piece};
	bool done;

	memset(piece, 0, sizeof(*piece));
	do
		done = r->type == 0 ? start_record(&s) : continue_record(&s);
	while (!done);
	*at = s.at;
	return s.event;
}

void
record_finish(struct record_reader *r)
{
	r->id = FCGI_NULL_REQUEST_ID;
	r->params_done = false;
	r->stdin_done = false;
	r->ours = false; /* skip the rest of its current record */
}

void
record_header(uint8_t out[RECORD_HEADER_SIZE], uint8_t type, uint16_t id,
	      uint16_t content_len)
{
	out[0] = FCGI_VERSION_1;
	out[1] = type;
	out[2] = (uint8_t)(id >> 8);
	out[3] = (uint8_t)id;
	out[4] = (uint8_t)(content_len >> 8);
	out[5] = (uint8_t)content_len;
	out[6] = 0;
	out[7] = 0;
}

void
record_end(uint8_t out[RECORD_END_SIZE], uint16_t id, enum record_status status)
{
	memset(out, 0, RECORD_END_SIZE);
	record_header(out, FCGI_END_REQUEST, id,
		      RECORD_END_SIZE - RECORD_HEADER_SIZE);
	out[RECORD_HEADER_SIZE + 4] = (uint8_t)status;
}

/* Appends a whole record. */
static void
put_record(struct buf *out, uint8_t type, uint16_t id, const void *content,
	   size_t len)
{
	uint8_t header[RECORD_HEADER_SIZE];

	record_header(header, type, id, (uint16_t)len);
	buf_put(out, header, sizeof(header));
	buf_put(out, content, len);
}

void
record_put_begin(struct buf *out, uint16_t id)
{
	static const uint8_t body[BEGIN_BODY_SIZE] = {0, FCGI_RESPONDER,
						      FCGI_KEEP_CONN};

	put_record(out, FCGI_BEGIN_REQUEST, id, body, sizeof(body));
}

void
record_put_params(struct buf *out, uint16_t id,
		  const struct record_piece *piece)
{
	size_t len;

	if (piece->len == 0)
		put_record(out, FCGI_PARAMS, id, "", 0);
	for (size_t at = 0; at < piece->len; at += len) {
		len = piece->len - at;
		if (len > RECORD_CONTENT_MAX)
			len = RECORD_CONTENT_MAX;
		put_record(out, FCGI_PARAMS, id, piece->bytes + at, len);
	}
}

/* Reads a length of a name-value pair (section 3.4), one byte or four. False:
 * it is incomplete. */
static bool
get_length(const uint8_t **at, const uint8_t *end, size_t *len)
{
	const uint8_t *p = *at;

	if (p == end)
		return false;
	if (*p < 0x80) {
		*len = *p;
		*at = p + 1;
		return true;
	}
	if (end - p < 4)
		return false;
	*len = (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 |
	       (size_t)p[2] << 8 | p[3];
	*at = p + 4;
	return true;
}

/* The name of the next pair. False: there is no complete pair left. */
static bool
next_name(const uint8_t **at, const uint8_t *end, struct text *name)
{
	size_t name_len, value_len, left;

	if (!get_length(at, end, &name_len) || !get_length(at, end, &value_len))
		return false;
	left = (size_t)(end - *at);
	if (name_len > left || value_len > left - name_len)
		return false;
	*name = (struct text){(const char *)*at, name_len};
	*at += name_len + value_len;
	return true;
}

void
record_put_values(struct buf *out, const struct record_piece *asked,
		  unsigned int max_conns)
{
	static const char *const names[] = {FCGI_MAX_CONNS, FCGI_MAX_REQS,
					    FCGI_MPXS_CONNS};
	enum { NAMES = sizeof(names) / sizeof(names[0]), PAIR_MAX = 32 };
	bool answered[NAMES] = {false};
	char content[NAMES * PAIR_MAX];
	size_t len = 0;
	const uint8_t *at = asked->bytes;
	const uint8_t *end = asked->len == 0 ? at : at + asked->len;
	struct text name;

	while (next_name(&at, end, &name)) {
		for (size_t i = 0; i < NAMES; i++) {
			char value[12];
			int n;

			if (answered[i] || !text_is(name, names[i]))
				continue;
			answered[i] = true;
			n = snprintf(value, sizeof(value), "%u",
				     i == NAMES - 1 ? 0 : max_conns);
			len += (size_t)snprintf(
			    content + len, sizeof(content) - len, "%c%c%s%s",
			    (int)name.len, n, names[i], value);
		}
	}
	put_record(out, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID, content,
		   len);
}

void
record_put_unknown(struct buf *out, uint8_t type)
{
	const uint8_t body[UNKNOWN_BODY_SIZE] = {type};

	put_record(out, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID, body,
		   sizeof(body));
}
