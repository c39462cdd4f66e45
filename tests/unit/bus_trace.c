/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/bus_trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/model/message.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static PRINTF_LIKE(2, 3) void add(char *text, const char *format, ...)
{
	size_t at = strlen(text);
	va_list arguments;

	if (at > 0)
		text[at++] = ' ';
	va_start(arguments, format);
	vsnprintf(text + at, BUS_TRACE_SIZE - at, format, arguments);
	va_end(arguments);
}

static void
up(void *arg)
{
	add(arg, "up");
}

static void
down(void *arg)
{
	add(arg, "down");
}

static void
subscription_up(void *arg)
{
	add(arg, "subscription_up");
}

static void
subscription_down(void *arg)
{
	add(arg, "subscription_down");
}

static void
subscribed(void *arg, const char *channel, size_t len)
{
	add(arg, "subscribed:%.*s", (int)len, channel);
}

static void
message(void *arg, const struct message *m)
{
	char id[ID_TEXT_SIZE], prev[ID_TEXT_SIZE];

	id_format(id, m->id);
	id_format(prev, m->prev);
	add(arg, "message:%.*s:%s:%s:%.*s:%.*s", (int)m->channel.len,
	    m->channel.bytes, id, prev, (int)m->event.len, m->event.bytes,
	    (int)m->data.len, m->data.bytes);
}

static void
presence_subscribed(void *arg, struct text channel)
{
	add(arg, "presence_subscribed:%.*s", (int)channel.len, channel.bytes);
}

static void
presence(void *arg, struct text channel, struct text text)
{
	add(arg, "presence:%.*s:%.*s", (int)channel.len, channel.bytes,
	    (int)text.len, text.bytes);
}

static const struct bus_handler handler = {
    .up = up,
    .down = down,
    .subscription_up = subscription_up,
    .subscription_down = subscription_down,
    .subscribed = subscribed,
    .message = message,
    .presence_subscribed = presence_subscribed,
    .presence = presence,
};

struct bus *
bus_trace_open(const struct conf *conf, char text[BUS_TRACE_SIZE])
{
	struct bus *bus;

	text[0] = '\0';
	bus = bus_open(turn_loop(), conf, &handler, text);
	ck_assert_ptr_nonnull(bus);
	return bus;
}

struct bus *
bus_trace_open_plain(const struct conf *conf)
{
	struct bus *bus = bus_open(turn_loop(), conf, NULL, NULL);

	ck_assert_ptr_nonnull(bus);
	return bus;
}

bool
bus_trace_has(const char *text, const char *word)
{
	size_t len = strlen(word), skip;

	for (; *text != '\0'; text += skip + (text[skip] == ' ')) {
		skip = strcspn(text, " ");
		if (skip == len && memcmp(text, word, len) == 0)
			return true;
	}
	return false;
}

void
bus_trace_published(void *arg, const struct publish_result *result)
{
	struct bus_trace_publish *answer = arg;

	answer->calls++;
	answer->result = *result;
	snprintf(answer->reason, sizeof(answer->reason), "%s",
		 result->reason != NULL ? result->reason : "");
}

void
bus_trace_tip(void *arg, enum bus_status status, const struct tip *tip)
{
	struct bus_trace_tip *answer = arg;

	answer->calls++;
	answer->status = status;
	answer->tip = *tip;
}

void
bus_trace_history(void *arg, const struct bus_page *page)
{
	struct bus_trace_history *answer = arg;
	char id[ID_TEXT_SIZE];

	answer->calls++;
	answer->status = page->status;
	answer->count = page->count;
	answer->end = page->end;
	for (size_t i = 0; i < page->count; i++) {
		id_format(id, page->messages[i]->id);
		add(answer->text, "%s=%s", id, page->messages[i]->data.bytes);
	}
}

struct publication
bus_trace_publication(const char *channel, const char *data, const char *key)
{
	return (struct publication){
	    .channel = text_of(channel),
	    .event = text_of(""),
	    .data = text_of(data),
	    .key = {key, key != NULL ? strlen(key) : 0}};
}

struct bus_trace_publish
bus_trace_publish_now(struct bus *bus, const char *channel, const char *data,
		      const char *key)
{
	struct bus_trace_publish answer = {.calls = 0};
	struct publication publication =
	    bus_trace_publication(channel, data, key);

	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, bus_trace_published, &answer));
	TURN_UNTIL(answer.calls > 0);
	ck_assert_uint_eq(answer.calls, 1);
	return answer;
}
