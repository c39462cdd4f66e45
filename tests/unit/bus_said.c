/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/bus_said.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/model/message.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static PRINTF_LIKE(2, 3) void say(char *text, const char *format, ...)
{
	size_t at = strlen(text);
	va_list arguments;

	if (at > 0)
		text[at++] = ' ';
	va_start(arguments, format);
	vsnprintf(text + at, BUS_SAID_SIZE - at, format, arguments);
	va_end(arguments);
}

static void
up(void *arg)
{
	say(arg, "up");
}

static void
down(void *arg)
{
	say(arg, "down");
}

static void
subscribed(void *arg, const char *channel, size_t len)
{
	say(arg, "subscribed:%.*s", (int)len, channel);
}

static void
message(void *arg, const struct message *m)
{
	char id[ID_TEXT_SIZE], prev[ID_TEXT_SIZE];

	id_format(id, m->id);
	id_format(prev, m->prev);
	say(arg, "message:%.*s:%s:%s:%.*s:%.*s", (int)m->channel.len,
	    m->channel.bytes, id, prev, (int)m->event.len, m->event.bytes,
	    (int)m->data.len, m->data.bytes);
}

static const struct bus_handler handler = {
    .up = up,
    .down = down,
    .subscribed = subscribed,
    .message = message,
};

struct bus *
bus_said_open(const struct conf *conf, char text[BUS_SAID_SIZE])
{
	struct bus *bus;

	text[0] = '\0';
	bus = bus_open(turn_loop(), conf, &handler, text);
	ck_assert_ptr_nonnull(bus);
	return bus;
}

struct bus *
bus_said_open_silent(const struct conf *conf)
{
	struct bus *bus = bus_open(turn_loop(), conf, NULL, NULL);

	ck_assert_ptr_nonnull(bus);
	return bus;
}

void
bus_said_published(void *arg, const struct publish_result *result)
{
	struct bus_said_publish *said = arg;

	said->came++;
	said->result = *result;
	snprintf(said->reason, sizeof(said->reason), "%s",
		 result->reason != NULL ? result->reason : "");
}

void
bus_said_tip(void *arg, enum bus_status status, struct id tip)
{
	struct bus_said_tip *said = arg;

	said->came++;
	said->status = status;
	said->tip = tip;
}

void
bus_said_history(void *arg, enum bus_status status,
		 struct message *const *messages, size_t count)
{
	struct bus_said_history *said = arg;
	char id[ID_TEXT_SIZE];

	said->came++;
	said->status = status;
	said->count = count;
	for (size_t i = 0; i < count; i++) {
		id_format(id, messages[i]->id);
		say(said->text, "%s=%s", id, messages[i]->data.bytes);
	}
}

struct publication
bus_said_publication(const char *channel, const char *data, const char *key)
{
	return (struct publication){
	    .channel = text_of(channel),
	    .event = text_of(""),
	    .data = text_of(data),
	    .key = {key, key != NULL ? strlen(key) : 0}};
}

struct bus_said_publish
bus_said_send(struct bus *bus, const char *channel, const char *data,
	      const char *key)
{
	struct bus_said_publish said = {.came = 0};
	struct publication publication =
	    bus_said_publication(channel, data, key);

	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, bus_said_published, &said));
	TURN_UNTIL(said.came > 0);
	ck_assert_uint_eq(said.came, 1);
	return said;
}
