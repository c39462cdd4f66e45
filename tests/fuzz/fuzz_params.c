/* SPDX-License-Identifier: MIT */
/*
 * fuzz_params.c - any text as a query string and a Last-Event-ID: the first
 * line is the query, the rest the header.
 *
 * A refused request has a problem. An accepted one has valid channels in order,
 * without duplicates, numbers within their limits, and a valid cursor or none.
 */
#include "config.h"

#include <string.h>

#include "shared/conf/conf_set.h"
#include "shared/http/params.h"
#include "shared/technique.h"
#include "tests/fuzz/fuzz.h"

static const struct technique_batch waits = {.waits = true};
static const struct technique technique = {
    .name = "fuzz",
    .batch = &waits,
    .takes = FORMAT_ENVELOPE | FORMAT_CALLBACK | FORMAT_PADDING | FORMAT_LAST |
	     FORMAT_ORIGIN};

static void
check_problem(const struct problem *p)
{
	check(p->status == 400 || p->status == 403);
	check(p->detail[0] != '\0');
	check(memchr(p->detail, '\0', sizeof(p->detail)) != NULL);
}

static void
check_channels(const struct params *params, const char *query, size_t query_len)
{
	check(params->channel_count >= 1 &&
	      params->channel_count <= CHANNELS_MAX);
	for (size_t i = 0; i < params->channel_count; i++) {
		const struct text *c = &params->channels[i];

		check(c->bytes >= query &&
		      c->bytes + c->len <= query + query_len);
		check(c->bytes[c->len] == '\0' && strlen(c->bytes) == c->len);
		check(channel_fault(*c) == NULL);
		check(i == 0 || strcmp(c[-1].bytes, c->bytes) < 0);
	}
}

static void
check_ask(const struct params *params, const struct conf *conf, bool has_header)
{
	check(params->wait <= conf->hold_wait);
	check(params->format.limit >= 1 &&
	      params->format.limit <= conf->history_replay);
	check(params->format.many == (params->channel_count > 1));
	check(params->format.retry_ms == conf->sse_retry);
	check(params->cursor.kind <= CURSOR_PARTS);
	if (params->cursor_unreadable)
		check(params->cursor.kind == CURSOR_NONE);
	if (has_header && params->cursor.kind == CURSOR_NONE)
		check(params->cursor_unreadable);
	if (params->cursor.kind == CURSOR_ID)
		check(params->channel_count == 1);
	if (params->cursor.kind == CURSOR_PARTS)
		check(params->cursor.count <= CHANNELS_MAX);
}

/* A variable in an allocation of its own size. */
static char *
variable(const char *name, const uint8_t *value, size_t len)
{
	size_t name_len = strlen(name);
	char *text = malloc(name_len + len + 1);

	check(text != NULL);
	memcpy(text, name, name_len);
	if (len > 0)
		memcpy(text + name_len, value, len);
	text[name_len + len] = '\0';
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *line = len > 0 ? memchr(bytes, '\n', len) : NULL;
	size_t query_len = line != NULL ? (size_t)(line - bytes) : len;
	size_t header_len = line != NULL ? len - query_len - 1 : 0;
	char *list[3] = {NULL};
	struct request r = {.variables = list};
	struct problem problem = {.status = 0};
	struct conf conf;
	struct params params;
	bool has_header;

	list[0] = variable("QUERY_STRING=", bytes, query_len);
	list[1] = variable(
	    "HTTP_LAST_EVENT_ID=", line != NULL ? line + 1 : NULL, header_len);
	has_header = list[1][strlen("HTTP_LAST_EVENT_ID=")] != '\0';
	conf_init(&conf);
	if (params_read(&params, &technique, &r, &conf, &problem)) {
		check_channels(&params, list[0],
			       strlen("QUERY_STRING=") + query_len);
		check_ask(&params, &conf, has_header);
	} else {
		check_problem(&problem);
	}
	free(list[0]);
	free(list[1]);
	conf_free_texts(&conf);
	return 0;
}
