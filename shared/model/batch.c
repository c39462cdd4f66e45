/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/batch.h"

static void
put_item(struct buf *out, const struct batch_item *item, struct text cursor)
{
	if (item->cursor.len > 0)
		cursor = item->cursor;
	if (item->presence != NULL) {
		presence_put_json(out, item->presence);
		return;
	}
	if (item->gap != NULL) {
		gap_put_json(out, item->gap, cursor);
		return;
	}
	message_put_json(out, item->message);
	if (item->cursor.len > 0)
		message_put_cursor(out, cursor);
	buf_putc(out, '}');
}

void
batch_put_json(struct buf *out, const struct batch *batch)
{
	size_t i;

	buf_puts(out, "{\"messages\":[");
	for (i = 0; i < batch->count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_item(out, &batch->items[i], batch->cursor);
	}
	buf_puts(out, "],\"cursor\":\"");
	buf_put(out, batch->cursor.bytes, batch->cursor.len);
	buf_putc(out, '"');
	if (batch->retry_ms > 0) {
		buf_puts(out, ",\"retry\":");
		buf_put_u64(out, batch->retry_ms);
	}
	buf_putc(out, '}');
}
