/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/end.h"

#include "shared/base/escape.h"

void
end_put_json(struct buf *out, const struct end *end, struct text cursor)
{
	buf_puts(out, "{\"end\":{\"reason\":\"");
	buf_puts(out, end->reason);
	buf_putc(out, '"');
	for (size_t i = 0; i < end->count; i++) {
		buf_puts(out, i == 0 ? ",\"channels\":[" : ",");
		escape_json(out, end->channels[i]);
	}
	buf_puts(out, end->count > 0 ? "]}" : "}");
	if (cursor.len > 0) {
		buf_puts(out, ",\"cursor\":\"");
		buf_put(out, cursor.bytes, cursor.len);
		buf_putc(out, '"');
	}
	buf_putc(out, '}');
}
