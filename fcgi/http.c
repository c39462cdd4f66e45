/* SPDX-License-Identifier: MIT */
/*
 * http.c - regular HTTP: the newest message of a channel as a document.
 *
 *	GET /push/http?channel=news		its data, as it was published
 *	GET /push/http?channel=news&last=3	three of them, a line each
 *	…&envelope=json			{"messages":[…],"cursor":"…"}
 *
 * The ETag is the newest id and a count, so a repeated request gets a 304. A
 * channel without messages is 404. Data is sent as plain text, never as HTML:
 * nosniff.
 *
 * Source: RFC 9110
 * Tests:  tests/unit/test_http.c
 */
#include "config.h"

#include "fcgi/techniques.h"

static void
http_head(const struct format *format, struct buf *out)
{
	buf_puts(out, format->envelope
			  ? "Content-Type: application/json\r\n"
			  : "Content-Type: text/plain; charset=utf-8\r\n");
}

static void
http_response(const struct format *format, const struct batch *batch,
	      struct buf *out)
{
	size_t i;

	if (format->envelope) {
		batch_put_json(out, batch);
		return;
	}
	for (i = 0; i < batch->count; i++) {
		const struct message *m = batch->items[i].message;

		if (i > 0)
			buf_putc(out, '\n');
		if (m != NULL)
			buf_put(out, m->data.bytes, m->data.len);
	}
}

static const struct technique_batch batch = {
    .newest = true,
    .validates = true,
    .nothing = "This channel has no messages.",
    .response = http_response,
};

const struct technique technique_http = {
    .name = "http",
    .takes = FORMAT_ENVELOPE | FORMAT_LAST,
    .head = http_head,
    .batch = &batch,
};
