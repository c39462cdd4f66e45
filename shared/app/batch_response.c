/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/batch_response.h"

#include "shared/app/subscriber.h"
#include "shared/http/response.h"

struct text
batch_put_etag(struct buf *out, const struct batch *batch)
{
	buf_put(out, batch->cursor.bytes, batch->cursor.len);
	if (batch->count > 0) {
		buf_putc(out, '.');
		buf_put_u64(out, batch->count);
	}
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->items[i].presence == NULL)
			continue;
		buf_putc(out, '.');
		buf_put_u64(out, batch->items[i].presence->at);
	}
	return (struct text){.bytes = out->bytes, .len = out->len};
}

void
batch_respond(const struct technique *t, const struct format *format,
	      const struct batch *batch, struct chain *c)
{
	struct buf body;

	buf_init(&body, SUBSCRIBER_BYTES_MAX);
	t->batch->response(format, batch, &body);
	response_put(c, &(struct response){.technique = t,
					   .status = 200,
					   .format = format,
					   .body = &body});
	buf_free(&body);
}
