/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/params_report.h"

#include <string.h>

#include "shared/base/text.h"
#include "shared/http/once.h"

enum { FORMAT, HEALTH, TOKEN };

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
read_health(enum report *out, const struct once *once, struct problem *p)
{
	struct text format = once[FORMAT].value;

	if (!text_is(once[HEALTH].value, "1"))
		return problem_set(p, 400, "health must be 1.");
	if (format.bytes != NULL && !text_is(format, "json"))
		return problem_set(p, 400,
				   "With health, format must be json; omit it "
				   "to get text.");
	*out = format.bytes != NULL ? REPORT_HEALTH_JSON : REPORT_HEALTH;
	return true;
}

bool
params_read_report(enum report *out, struct access_params *access,
		   const struct request *r, struct problem *p)
{
	struct once once[] = {[FORMAT] = {.name = "format"},
			      [HEALTH] = {.name = "health"},
			      [TOKEN] = {.name = "token"},
			      {.name = NULL}};

	if (!once_read(once, r, p))
		return false;
	*access = (struct access_params){.token = once[TOKEN].value};
	if (once[HEALTH].value.bytes != NULL)
		return read_health(out, once, p);
	if (once[FORMAT].value.bytes != NULL)
		return read_format(out, once[FORMAT].value, p);
	*out = accepted(request_get(r, "HTTP_ACCEPT"));
	return true;
}
