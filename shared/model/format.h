/* SPDX-License-Identifier: MIT */
/*
 * format.h - the parameters of a request that change the bytes of a message.
 *
 * Subscribers with equal formats share bytes. Formats are compared with
 * memcmp(), so a format must be zeroed before its fields are set. Each
 * technique lists the parameters it takes and ignores the others;
 * http/params_format.h describes them.
 */
#ifndef SHARED_MODEL_FORMAT_H
#define SHARED_MODEL_FORMAT_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum {
	FORMAT_CALLBACK_MAX = 64,
	FORMAT_ORIGIN_MAX = 255,
	FORMAT_PADDING_MAX = 8192
};

/* What a report of the technique `status` is. */
enum report {
	REPORT_JSON,
	REPORT_PAGE,
	REPORT_METRICS, /* of Prometheus */
	REPORT_EVENTS,	/* of the page: what changes in it, again and again */
	REPORT_HEALTH,	/* a line of text */
	REPORT_HEALTH_JSON,
	REPORTS
};

/* It answers whether all is well. */
static inline bool
report_is_health(enum report report)
{
	return report == REPORT_HEALTH || report == REPORT_HEALTH_JSON;
}

struct format {
	unsigned int retry_ms; /* setting sse.retry */
	unsigned int max_age;  /* setting poll.max_age, s */
	unsigned int limit;    /* messages in one response, 1- */
	unsigned int padding;  /* bytes */
	unsigned int last;     /* messages */
	bool envelope;	       /* envelope=json */
	bool many;	       /* several channels: an id alone is no cursor */
	bool presence;	       /* presence=1: with notices of presence */
	bool raw;	       /* WebSocket: the data without envelope */
	unsigned int deflate;  /* WebSocket: compress data of this many bytes
				* and more; 0: never */
	enum report report;    /* status */
	char callback[FORMAT_CALLBACK_MAX + 1];
	char origin[FORMAT_ORIGIN_MAX + 1];
	char cors[FORMAT_ORIGIN_MAX + 1]; /* whose pages may read the response
					   * (http/cors.h); in the head only */
};

/* Parameters a technique may take; flags. */
enum format_parameter {
	FORMAT_ENVELOPE = 1,
	FORMAT_CALLBACK = 2,
	FORMAT_PADDING = 4,
	FORMAT_LAST = 8,
	FORMAT_ORIGIN = 16,
	FORMAT_PRESENCE = 32
};

/* Of a stream: clears `cors` and these parameters (of enum format_parameter),
 * which change the head and the first bytes only. Subscribers that differ in
 * nothing else then have equal formats. */
void format_clear_opening(struct format *format, unsigned int parameters);

/* True: `name` is valid as a callback. */
bool format_is_callback(struct text name) MUST_USE;

#endif
