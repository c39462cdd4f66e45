/* SPDX-License-Identifier: MIT */
/*
 * params_report.h - what a request for the status asks for.
 *
 *	format		html, json, prometheus or sse; without it the header
 *			Accept counts: HTML for a browser, metrics for
 *			Prometheus, events for an EventSource, else JSON
 *	health=1	whether all is well, as text, or as JSON (format=json)
 *	token		as for any request (params.h)
 */
#ifndef SHARED_HTTP_PARAMS_REPORT_H
#define SHARED_HTTP_PARAMS_REPORT_H

#include <stdbool.h>

#include "shared/access/credentials.h"
#include "shared/base/attributes.h"
#include "shared/model/format.h"
#include "shared/model/problem.h"
#include "shared/wire/request.h"

/* Reads QUERY_STRING (decoded in place), into which `access` points, and
 * HTTP_ACCEPT. False: refused, `p` is filled. */
bool params_read_report(enum report *out, struct access_params *access,
			const struct request *r, struct problem *p) MUST_USE;

#endif
