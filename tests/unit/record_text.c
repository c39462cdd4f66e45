/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/record_text.h"

#include <fastcgi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 22 };

static const char *const names[] = {[RECORD_BEGIN] = "begin",
				    [RECORD_PARAMS] = "params",
				    [RECORD_PARAMS_END] = "head",
				    [RECORD_STDIN] = "stdin",
				    [RECORD_STDIN_END] = "body",
				    [RECORD_ABORT] = "abort",
				    [RECORD_GET_VALUES] = "values",
				    [RECORD_UNKNOWN] = "unknown",
				    [RECORD_SECOND] = "second",
				    [RECORD_BAD_ROLE] = "role",
				    [RECORD_BAD] = "bad"};

static void
require(bool truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "record.h is violated: %s\n", what);
	abort();
}

void
record_text_init(struct record_text *t, bool finish)
{
	memset(t, 0, sizeof(*t));
	t->finish = finish;
	buf_init(&t->text, TEXT_MAX);
	buf_init(&t->rest, TEXT_MAX);
}

void
record_text_free(struct record_text *t)
{
	buf_free(&t->text);
	buf_free(&t->rest);
}

static void
put_event(struct record_text *t, const struct record_piece *piece,
	  enum record_event event)
{
	bool stream = event == RECORD_PARAMS || event == RECORD_STDIN;

	require(!stream || piece->len > 0, "an empty piece");
	if (!stream || t->last != event)
		buf_printf(&t->text, "%s%s%s", t->text.len > 0 ? " " : "",
			   names[event], stream ? ":" : "");
	if (event == RECORD_BEGIN)
		buf_printf(&t->text, "%u%s", t->reader.id,
			   t->reader.keep_conn ? "k" : "");
	if (event == RECORD_SECOND || event == RECORD_BAD_ROLE)
		buf_printf(&t->text, "%u", piece->id);
	if (event == RECORD_UNKNOWN)
		buf_printf(&t->text, "%u", piece->type);
	if (event == RECORD_GET_VALUES)
		buf_putc(&t->text, '=');
	if (stream || event == RECORD_GET_VALUES)
		buf_put(&t->text, piece->bytes, piece->len);
	t->last = event;
}

/* Reads until RECORD_MORE; returns the number of bytes used. */
static size_t
read_all(struct record_text *t, const uint8_t *bytes, size_t len)
{
	const uint8_t *at = bytes;
	const uint8_t *end = bytes + len;
	enum record_event event;

	for (;;) {
		struct record_piece piece;

		event = record_next(&t->reader, &at, end, &piece);
		require(at >= bytes && at <= end,
			"the reader went past the end");
		if (event == RECORD_MORE)
			break;
		put_event(t, &piece, event);
		if (event == RECORD_BAD)
			break;
		if (event == RECORD_STDIN_END && t->finish)
			record_finish(&t->reader);
	}
	require(event == RECORD_BAD ||
		    end - at <= RECORD_HEADER_SIZE + RECORD_VALUES_MAX,
		"the reader left too many bytes");
	return (size_t)(at - bytes);
}

void
record_text_feed(struct record_text *t, const void *bytes, size_t len)
{
	uint8_t *copy;
	size_t have, used;

	if (t->last == RECORD_BAD)
		return;
	buf_put(&t->rest, bytes, len);
	have = t->rest.len;
	copy = malloc(have > 0 ? have : 1);
	require(copy != NULL && buf_ok(&t->rest), "the text is too long");
	if (have > 0)
		memcpy(copy, t->rest.bytes, have);
	used = read_all(t, copy, have);
	free(copy);
	buf_consume(&t->rest, used);
}

void
add(struct buf *in, uint8_t type, uint16_t id, const void *content, size_t len,
    uint8_t padding)
{
	uint8_t header[RECORD_HEADER_SIZE];

	record_header(header, type, id, (uint16_t)len);
	header[6] = padding;
	header[7] = 0xee;
	buf_put(in, header, sizeof(header));
	buf_put(in, content, len);
	while (padding-- > 0)
		buf_putc(in, '!');
}

void
add_text(struct buf *in, uint8_t type, uint16_t id, const char *content)
{
	add(in, type, id, content, strlen(content), 0);
}

void
add_begin(struct buf *in, uint16_t id, uint8_t role, uint8_t flags)
{
	const uint8_t body[8] = {0, role, flags};

	add(in, FCGI_BEGIN_REQUEST, id, body, sizeof(body), 0);
}
