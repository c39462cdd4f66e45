/* SPDX-License-Identifier: MIT */
/*
 * status.c - how all processes are: a page, JSON, metrics, or whether all is
 * well.
 *
 *	GET /push/status			what Accept asks for
 *	GET /push/status?format=html|json|prometheus
 *	GET /push/status?format=sse		the page's own events
 *	GET /push/status?health=1		200 "ok", or 503 and why
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 *         https://www.w3.org/TR/CSP3/
 * Config: access.status in push.conf(5)
 * Tests:  tests/unit/test_status.c
 */
#include "config.h"

#include "fcgi/techniques.h"

#include <inttypes.h>
#include <string.h>

#include "shared/status/html.h"
#include "shared/status/json.h"
#include "shared/status/page.h"
#include "shared/status/prometheus.h"

enum {
	RETRY_MS = 2000, /* of the page, when its events ended */
	REASONS_MAX = 5	 /* of one answer about health */
};

/* --- health --------------------------------------------------------------- */

/* Why it is not well, or NULL: by this host, not by a process of it. */
static const char *
own_fault(const struct status *s)
{
	if (s->fault[0] != '\0')
		return s->fault;
	return s->canary[0] != '\0' ? s->canary : NULL;
}

/* Troubles of this host come first. */
static size_t
troubles_here(const struct status *s)
{
	size_t count = 0;

	while (count < s->trouble_count && count < REASONS_MAX &&
	       s->troubles[count].is_here)
		count++;
	return count;
}

static void
put_health(struct buf *out, const struct status *s)
{
	const char *fault = own_fault(s);

	if (status_is_healthy(s)) {
		buf_puts(out, "ok\n");
		return;
	}
	if (fault != NULL)
		buf_printf(out, "%s\n", fault);
	for (size_t i = 0; i < troubles_here(s); i++)
		buf_printf(out, "%s\n", s->troubles[i].sentence);
}

static void
put_health_json(struct buf *out, const struct status *s)
{
	const char *fault = own_fault(s);
	bool first = fault == NULL;

	buf_printf(out, "{\"ok\":%s,\"host\":",
		   status_is_healthy(s) ? "true" : "false");
	status_put_json_text(out, s->host);
	buf_puts(out, ",\"reasons\":[");
	if (fault != NULL) {
		buf_puts(out, "{\"reason\":");
		status_put_json_text(out, fault);
		buf_putc(out, '}');
	}
	for (size_t i = 0; i < troubles_here(s); i++) {
		const struct status_trouble *t = &s->troubles[i];

		buf_puts(out, first ? "{\"reason\":" : ",{\"reason\":");
		first = false;
		status_put_json_text(out, t->sentence);
		buf_puts(out, ",\"program\":");
		status_put_json_text(out, t->process->program);
		buf_printf(out, ",\"pid\":%" PRIu64 "}", t->process->pid);
	}
	buf_puts(out, "]}\n");
}

/* --- the technique -------------------------------------------------------- */

static void
status_head(const struct format *format, struct buf *out)
{
	static const char *const types[REPORTS] = {
	    [REPORT_JSON] = "application/json",
	    [REPORT_PAGE] = "text/html; charset=utf-8",
	    [REPORT_METRICS] = "text/plain; version=0.0.4; charset=utf-8",
	    [REPORT_EVENTS] = "text/event-stream",
	    [REPORT_HEALTH] = "text/plain; charset=utf-8",
	    [REPORT_HEALTH_JSON] = "application/json"};

	buf_printf(out, "Content-Type: %s\r\n", types[format->report]);
	if (format->report == REPORT_PAGE)
		buf_puts(out, "Content-Security-Policy: " STATUS_POLICY "\r\n");
	if (format->report == REPORT_EVENTS)
		buf_puts(out, "X-Accel-Buffering: no\r\n");
	else
		buf_puts(out, "Vary: Accept\r\n");
}

static void
status_response(const struct format *format, const struct status *status,
		struct buf *out)
{
	switch (format->report) {
	case REPORT_PAGE:
		status_put_page(out, status);
		break;
	case REPORT_METRICS:
		status_put_prometheus(out, status);
		break;
	case REPORT_EVENTS:
		buf_printf(out, "retry: %d\ndata: ", RETRY_MS);
		status_put_main(out, status);
		buf_puts(out, "\n\n");
		break;
	case REPORT_HEALTH:
		put_health(out, status);
		break;
	case REPORT_HEALTH_JSON:
		put_health_json(out, status);
		break;
	default:
		status_put_json(out, status);
	}
}

static const struct technique_status status = {.response = status_response};

const struct technique technique_status = {
    .name = "status",
    .head = status_head,
    .status = &status,
};
