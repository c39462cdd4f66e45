/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHANNEL_MAX = 24 };

#define UPGRADE                                                                \
	"Upgrade: websocket\r\n"                                               \
	"Connection: Upgrade\r\n"                                              \
	"Sec-WebSocket-Version: 13\r\n"                                        \
	"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n"

static const struct target TARGETS[] = {
    {
	.name = "ours",
	.says_cursor = true,
	.read_one = "/push/sse?channel=",
	.read_two = "/push/sse?channel=",
	.socket_one = "/push/websocket?channel=",
	.socket_two = "/push/websocket?channel=",
	.read_own = "&channel=",
	.publish = "/push/publish",
	.field = "channel=",
	.data = "&data=",
	.content_type = "application/x-www-form-urlencoded",
    },
    {
	.name = "nchan",
	.read_one = "/sub?id=",
	.read_two = "/sub2?id=",
	.socket_one = "/ws?id=",
	.socket_two = "/ws2?id=",
	.read_own = "&own=",
	.publish = "/pub?id=",
	.content_type = "text/plain",
    },
};

const struct target *
target_find(const char *name)
{
	for (size_t i = 0; i < sizeof(TARGETS) / sizeof(*TARGETS); i++) {
		if (strcmp(TARGETS[i].name, name) == 0)
			return &TARGETS[i];
	}
	return NULL;
}

bool
target_find_way(enum target_way *out, const char *name)
{
	static const char *const names[] = {[WAY_SSE] = "sse",
					    [WAY_WEBSOCKET] = "websocket",
					    [WAY_DEFLATE] = "deflate"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum target_way)i;
			return true;
		}
	}
	return false;
}

static void
name_channel(char out[CHANNEL_MAX], uint32_t channel)
{
	if (channel == 0)
		strcpy(out, "all");
	else
		snprintf(out, CHANNEL_MAX, "own-%" PRIu32, channel - 1);
}

static size_t
fits(int n, size_t size)
{
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t
target_read(const struct target *t, enum target_way way, char *out, size_t size,
	    uint32_t own)
{
	static const char *const fields[] = {
	    [WAY_SSE] = "Accept: text/event-stream\r\n",
	    [WAY_WEBSOCKET] = UPGRADE,
	    [WAY_DEFLATE] =
		UPGRADE "Sec-WebSocket-Extensions: permessage-deflate\r\n"};
	const char *one = way == WAY_SSE ? t->read_one : t->socket_one;
	const char *two = way == WAY_SSE ? t->read_two : t->socket_two;
	char channel[CHANNEL_MAX] = "";

	if (own != 0)
		name_channel(channel, own);
	return fits(snprintf(out, size,
			     "GET %sall%s%s HTTP/1.1\r\n"
			     "Host: localhost\r\n"
			     "%s"
			     "\r\n",
			     own ? two : one, own ? t->read_own : "", channel,
			     fields[way]),
		    size);
}

size_t
target_publish(const struct target *t, char *out, size_t size, uint32_t channel,
	       const char *data)
{
	const char *path_end = "", *field = "", *between = "", *name = "";
	char text[CHANNEL_MAX];
	size_t len = strlen(data);

	name_channel(text, channel);
	if (t->field) {
		field = t->field;
		name = text;
		between = t->data;
		len += strlen(field) + strlen(name) + strlen(between);
	} else {
		path_end = text;
	}
	return fits(snprintf(out, size,
			     "POST %s%s HTTP/1.1\r\n"
			     "Host: localhost\r\n"
			     "Content-Type: %s\r\n"
			     "Content-Length: %zu\r\n"
			     "\r\n"
			     "%s%s%s%s",
			     t->publish, path_end, t->content_type, len, field,
			     name, between, data),
		    size);
}
