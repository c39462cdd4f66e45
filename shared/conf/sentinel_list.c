/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/sentinel_list.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_PORT = 26379, ITEM_SIZE = REDIS_URL_MAX + 1 };

/* One `host[:port]`, which is what stands in a URL there. */
static const char *
read_item(struct sentinel_list *out, const char *text, size_t len)
{
	char url[ITEM_SIZE + 16];
	struct redis_url parsed;
	const char *fault;

	if (out->count == SENTINELS_MAX)
		return "more than 16 Sentinels";
	if (memchr(text, '/', len) != NULL || memchr(text, '?', len) != NULL ||
	    memchr(text, '#', len) != NULL)
		return "expected host:port, separated by commas";
	snprintf(url, sizeof(url), "redis://%.*s", (int)len, text);
	fault = redis_url_parse(&parsed, url);
	if (fault != NULL)
		return fault;
	if (strlen(parsed.host) > SENTINEL_HOST_MAX)
		return "a host longer than 255 bytes";
	if (parsed.password[0] != '\0' && out->count > 0)
		return "user:password@ may stand only once, at the beginning";
	if (parsed.password[0] != '\0') {
		strcpy(out->user, parsed.user);
		strcpy(out->password, parsed.password);
	}
	strcpy(out->at[out->count].host, parsed.host);
	out->at[out->count].port = parsed.has_port ? parsed.port : DEFAULT_PORT;
	out->count++;
	return NULL;
}

const char *
sentinel_list_parse(struct sentinel_list *out, const char *text)
{
	const char *fault;

	memset(out, 0, sizeof(*out));
	if (strlen(text) > REDIS_URL_MAX)
		return "longer than 512 bytes";
	while (*text != '\0') {
		size_t len = strcspn(text, ",");

		fault = read_item(out, text, len);
		if (fault != NULL)
			return fault;
		text += len;
		if (*text == ',' && *++text == '\0')
			return "expected host:port after the last comma";
	}
	return NULL;
}
