/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/params.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/number.h"
#include "shared/http/once.h"
#include "shared/http/params_format.h"

enum {
	LAST_EVENT_ID_1,
	LAST_EVENT_ID_2,
	LAST_EVENT_ID_3,
	SINCE,
	WAIT,
	LIMIT,
	TOKEN,
	EXPIRES,
	SIG,
	CLIENT
};

bool
params_add_channel(struct params *params, struct text name, struct problem *p)
{
	const char *fault = channel_fault(name);

	if (fault != NULL)
		return problem_set(p, 400, "%s", fault);
	if (params->channel_count == CHANNELS_MAX)
		return problem_set(p, 400,
				   "More than %d channels on one connection.",
				   CHANNELS_MAX);
	params->channels[params->channel_count++] = name;
	return true;
}

static bool
number(unsigned int *out, const struct once *once, unsigned int most,
       struct problem *p)
{
	uint64_t n;

	if (once->value.bytes == NULL)
		return true;
	if (!number_parse(&n, once->value, most))
		return problem_set(p, 400, "The parameter %s is not a number.",
				   once->name);
	*out = (unsigned int)n;
	return true;
}

static int
compare_texts(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	return strcmp(x->bytes, y->bytes);
}

void
params_sort_channels(struct params *params)
{
	size_t i, n = 1;

	qsort(params->channels, params->channel_count,
	      sizeof(params->channels[0]), compare_texts);
	for (i = 1; i < params->channel_count; i++)
		if (compare_texts(&params->channels[n - 1],
				  &params->channels[i]) != 0)
			params->channels[n++] = params->channels[i];
	params->channel_count = n;
	params->format.many = n > 1;
}

/* One id is not a position in several channels. */
static bool
parse_cursor(struct params *params, struct text text)
{
	if (cursor_parse(&params->cursor, text) &&
	    !(params->cursor.kind == CURSOR_ID && params->channel_count > 1))
		return true;
	params->cursor.kind = CURSOR_NONE;
	return false;
}

static bool
take_cursor(struct params *params, const char *header, const struct once *once,
	    struct problem *p)
{
	struct text since = once[SINCE].value;
	size_t i;

	if (header[0] != '\0') {
		params->cursor_unreadable =
		    !parse_cursor(params, text_of(header));
		return true;
	}
	for (i = LAST_EVENT_ID_1; i < SINCE; i++)
		if (once[i].value.len > 0) {
			params->cursor_unreadable =
			    !parse_cursor(params, once[i].value);
			return true;
		}
	if (since.bytes != NULL && !parse_cursor(params, since))
		return problem_set(
		    p, 400,
		    "since is not a valid cursor%s. Use the cursor of an "
		    "earlier response, or 0 for all messages kept.",
		    params->channel_count > 1 ? " for several channels" : "");
	return true;
}

static bool
take_client(struct params *params, const struct once *once, struct problem *p)
{
	const char *fault;

	if (once->value.bytes == NULL)
		return true;
	params->client = once->value;
	fault = client_fault(params->client);
	return fault == NULL || problem_set(p, 400, "%s", fault);
}

/* `once` is TOKEN, EXPIRES and SIG. */
static void
take_access(struct access_params *out, const struct once *once)
{
	out->token = once[0].value;
	out->expires = once[1].value;
	out->sig = once[2].value;
}

bool
params_read_access(struct access_params *out, const struct request *r,
		   struct problem *p)
{
	struct once once[] = {{.name = "token"},
			      {.name = "expires"},
			      {.name = "sig"},
			      {.name = NULL}};

	if (!once_read(once, r, p))
		return false;
	take_access(out, once);
	return true;
}

static unsigned int
limit_default(const struct conf *conf)
{
	return conf->history_replay < PARAMS_LIMIT_DEFAULT
		   ? conf->history_replay
		   : PARAMS_LIMIT_DEFAULT;
}

static void
set_defaults(struct params *out, const struct technique *t,
	     const struct request *r, const struct conf *conf)
{
	memset(out, 0, sizeof(*out));
	out->newest = t->batch != NULL && t->batch->newest;
	out->head_only = strcmp(request_get(r, "REQUEST_METHOD"), "HEAD") == 0;
	out->if_none_match = request_get(r, "HTTP_IF_NONE_MATCH");
	out->format.retry_ms = conf->sse_retry;
	out->format.max_age = conf->poll_max_age;
	out->format.last = 1;
	out->format.limit = limit_default(conf);
	out->wait = PARAMS_WAIT_DEFAULT;
}

static bool
take_numbers(struct params *out, const struct technique *t,
	     const struct once *once, const struct conf *conf,
	     struct problem *p)
{
	struct format *format = &out->format;

	if (!number(&out->wait, &once[WAIT], conf->hold_wait, p) ||
	    !number(&format->limit, &once[LIMIT], conf->history_replay, p))
		return false;
	if (out->wait > conf->hold_wait)
		out->wait = conf->hold_wait;
	if (t->stream != NULL)
		format->limit = limit_default(conf); /* not used */
	if (out->newest)
		format->limit = format->last; /* else it gets the oldest */
	return format->limit > 0 ||
	       problem_set(p, 400, "The parameter limit must be at least 1.");
}

bool
params_read(struct params *out, const struct technique *t,
	    const struct request *r, const struct conf *conf, struct problem *p)
{
	struct once once[] = {
	    {.name = "lastEventId"}, {.name = "last_event_id"},
	    {.name = "lastEventID"}, {.name = "since"},
	    {.name = "wait"},	     {.name = "limit"},
	    {.name = "token"},	     {.name = "expires"},
	    {.name = "sig"},	     {.name = "client"},
	    {.name = NULL}};
	char *text = request_get(r, "QUERY_STRING");
	struct params_format reading = {
	    .format = &out->format, .conf = conf, .takes = t->takes};
	struct query query;
	struct query_pair pair;

	set_defaults(out, t, r, conf);
	if (t->duplex != NULL &&
	    !t->duplex->upgrade(r, conf, &out->format, out->line, p))
		return false;
	query_init(&query, text, strlen(text));
	while (query_next(&query, &pair)) {
		if (text_is(pair.name, "channel")) {
			if (!params_add_channel(out, pair.value, p))
				return false;
		} else if (!once_take(once, &pair, p) ||
			   !params_format_take(&reading, &pair, p)) {
			return false;
		}
	}
	if (out->channel_count == 0)
		return problem_set(
		    p, 400,
		    "The parameter channel is missing: add ?channel=NAME.");
	params_sort_channels(out);
	take_access(&out->access, &once[TOKEN]);
	if (!take_client(out, &once[CLIENT], p))
		return false;
	if (out->newest && out->channel_count > 1)
		return problem_set(p, 400, "%s accepts one channel only.",
				   t->name);
	if (t->needs_callback && out->format.callback[0] == '\0' &&
	    out->format.origin[0] == '\0')
		return problem_set(
		    p, 400,
		    "The parameter callback is missing: add &callback=NAME.");
	if (!take_numbers(out, t, once, conf, p))
		return false;
	if (out->newest)
		return true; /* there is no cursor */
	return take_cursor(out, request_get(r, "HTTP_LAST_EVENT_ID"), once, p);
}
