/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/params_report.h"

#include <string.h>

#include "shared/base/text.h"
#include "shared/wire/query.h"

/* What is found of a query. bytes NULL: it is not there. */
struct found {
	struct text format, health, token;
};

static struct text *
field_named(struct found *found, struct text name)
{
	if (text_is(name, "format"))
		return &found->format;
	if (text_is(name, "health"))
		return &found->health;
	return text_is(name, "token") ? &found->token : NULL;
}

static bool
read_query(struct found *found, const struct request *r, struct problem *p)
{
	char *text = request_get(r, "QUERY_STRING");
	struct query query;
	struct query_pair pair;

	query_init(&query, text, strlen(text));
	while (query_next(&query, &pair)) {
		struct text *field = field_named(found, pair.name);

		if (field == NULL)
			continue;
		if (field->bytes != NULL)
			return problem_set(p, 400, "Duplicate parameter: %s.",
					   pair.name.bytes);
		*field = pair.value;
	}
	return true;
}

/* The media types are looked for by name: a browser puts HTML first, and
 * nobody else sends it. */
static enum report
accepted(const char *accept)
{
	if (strstr(accept, "text/html") != NULL)
		return REPORT_PAGE;
	if (strstr(accept, "text/event-stream") != NULL)
		return REPORT_EVENTS;
	if (strstr(accept, "application/openmetrics-text") != NULL ||
	    strstr(accept, "version=0.0.4") != NULL)
		return REPORT_METRICS;
	return REPORT_JSON;
}

static bool
read_format(enum report *out, struct text format, struct problem *p)
{
	static const char *const names[REPORTS] = {[REPORT_JSON] = "json",
						   [REPORT_PAGE] = "html",
						   [REPORT_METRICS] =
						       "prometheus",
						   [REPORT_EVENTS] = "sse"};

	for (size_t i = 0; i < REPORTS; i++)
		if (names[i] != NULL && text_is(format, names[i])) {
			*out = (enum report)i;
			return true;
		}
	return problem_set(p, 400,
			   "format must be html, json, prometheus or sse.");
}

static bool
read_health(enum report *out, const struct found *found, struct problem *p)
{
	if (!text_is(found->health, "1"))
		return problem_set(p, 400, "health must be 1.");
	if (found->format.bytes != NULL && !text_is(found->format, "json"))
		return problem_set(p, 400,
				   "With health, format must be json; omit it "
				   "to get text.");
	*out = found->format.bytes != NULL ? REPORT_HEALTH_JSON : REPORT_HEALTH;
	return true;
}

bool
params_read_report(enum report *out, struct access_params *access,
		   const struct request *r, struct problem *p)
{
	struct found found = {.format = {NULL, 0}};

	if (!read_query(&found, r, p))
		return false;
	*access = (struct access_params){.token = found.token};
	if (found.health.bytes != NULL)
		return read_health(out, &found, p);
	if (found.format.bytes != NULL)
		return read_format(out, found.format, p);
	*out = accepted(request_get(r, "HTTP_ACCEPT"));
	return true;
}
