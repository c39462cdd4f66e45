/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/hook_channel.h"

#include "shared/app/hook_line.h"
#include "shared/base/clock.h"
#include "shared/bus/publish.h"
#include "shared/bus/rights.h"
#include "shared/conf/conf.h"

static void
lose(struct hook_channel *h, const char *reason)
{
	hook_lost_add(&h->lost, "channel", reason);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct hook_channel *h = arg;

	h->waiting--;
	if (result->status == PUBLISHED_NOT_STORED)
		lose(h, result->reason);
}

static void
publish(struct hook_channel *h, const struct buf *line)
{
	const struct publication publication = {
	    .channel = text_of(h->conf->hook_channel),
	    .event = text_of(""),
	    .data = {line->bytes, line->len}};

	h->waiting++;
	h->room--;
	bus_publish(h->bus, &publication, published, h);
}

static void
fill(struct hook_channel *h)
{
	uint64_t more = (clock_ms() - h->filled) * HOOK_RATE / 1000;

	if (more == 0)
		return;
	h->filled = clock_ms();
	h->room = more < HOOK_BURST - h->room ? h->room + (unsigned int)more
					      : HOOK_BURST;
}

static bool
has_room(const struct hook_channel *h)
{
	return h->room > 1 && h->waiting + 1 < HOOK_BURST;
}

static void
tell(void *arg, const struct subscriber_event *event)
{
	struct hook_channel *h = arg;
	struct buf line;

	if (text_is(event->channel, h->conf->hook_channel))
		return;
	fill(h);
	if (!has_room(h)) {
		lose(h, "too many at once");
		return;
	}
	buf_init(&line, HOOK_LINE_MAX);
	if (h->lost.untold > 0) {
		hook_line_put_lost(&line, h->lost.untold);
		h->lost.untold = 0;
		publish(h, &line);
		buf_clear(&line);
	}
	hook_line_put(&line, event);
	publish(h, &line);
	buf_free(&line);
}

void
hook_channel_open(struct hook_channel *h, const struct conf *conf,
		  struct bus *bus, struct subscriber_events *events)
{
	*h = (struct hook_channel){
	    .conf = conf, .bus = bus, .room = HOOK_BURST, .filled = clock_ms()};
	if (conf->hook_channel[0] == '\0')
		return;
	bus_rights_to_publish(bus);
	subscriber_events_listen(events, tell, h);
}

bool
hook_channel_is_settled(const struct hook_channel *h)
{
	return h->waiting == 0;
}
