/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/hook_line.h"

#include <inttypes.h>

#include "shared/base/clock.h"
#include "shared/base/escape.h"

static const char *const names[] = {[SUBSCRIBER_SUBSCRIBED] = "subscribe",
				    [SUBSCRIBER_UNSUBSCRIBED] = "unsubscribe",
				    [SUBSCRIBER_HAS_ENDED] = "end"};

static void
put_member(struct buf *out, const char *name, struct text value)
{
	buf_printf(out, ",\"%s\":", name);
	escape_json(out, value);
}

static void
put_time(struct buf *out)
{
	buf_printf(out, ",\"time\":%" PRIu64, clock_unix_ms());
}

void
hook_line_put(struct buf *out, const struct subscriber_event *event)
{
	buf_printf(out, "{\"event\":\"%s\"", names[event->kind]);
	put_member(out, "channel", event->channel);
	put_member(out, "technique", text_of(event->technique));
	put_member(out, "client", text_of(event->id));
	if (event->user != NULL)
		put_member(out, "user", text_of(event->user));
	put_member(out, "address", text_of(event->address));
	put_time(out);
	if (event->kind == SUBSCRIBER_HAS_ENDED)
		put_member(out, "reason",
			   text_of(subscriber_end_name(event->reason)));
	buf_putc(out, '}');
}

void
hook_line_put_lost(struct buf *out, unsigned int count)
{
	buf_printf(out, "{\"event\":\"lost\",\"count\":%u", count);
	put_time(out);
	buf_putc(out, '}');
}
