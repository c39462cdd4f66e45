/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/end.h"

#include "shared/base/escape.h"

void
end_put_json(struct buf *out, const struct text *channels, size_t count,
	     struct text cursor)
{
	buf_puts(out, "{\"end\":{\"reason\":\"expired\"");
	for (size_t i = 0; i < count; i++) {
		buf_puts(out, i == 0 ? ",\"channels\":[" : ",");
		escape_json(out, channels[i]);
	}
	buf_puts(out, count > 0 ? "]},\"cursor\":\"" : "},\"cursor\":\"");
	buf_put(out, cursor.bytes, cursor.len);
	buf_puts(out, "\"}");
}
