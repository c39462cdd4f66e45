/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/gap.h"

#include "shared/base/buf.h"
#include "shared/base/escape.h"

void
gap_put_json(struct buf *out, const struct gap *gap, struct text cursor)
{
	buf_puts(out, "{\"gap\":{\"channel\":");
	escape_json(out, gap->channel);
	buf_puts(out, ",\"after\":\"");
	id_put(out, gap->after);
	buf_puts(out, "\",\"before\":\"");
	id_put(out, gap->before);
	buf_puts(out, "\"},\"cursor\":");
	escape_json(out, cursor);
	buf_putc(out, '}');
}
