/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHANNEL_MAX = 24 };

static const struct target TARGETS[] = {
    {
	.name = "ours",
	.says_cursor = true,
	.read_one = "/push/sse?channel=",
	.read_two = "/push/sse?channel=",
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
target_read(const struct target *t, char *out, size_t size, uint32_t own)
{
	char channel[CHANNEL_MAX] = "";

	if (own != 0)
		name_channel(channel, own);
	return fits(snprintf(out, size,
			     "GET %sall%s%s HTTP/1.1\r\n"
			     "Host: localhost\r\n"
			     "Accept: text/event-stream\r\n"
			     "\r\n",
			     own ? t->read_two : t->read_one,
			     own ? t->read_own : "", channel),
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
