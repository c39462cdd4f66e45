/* SPDX-License-Identifier: MIT */
/* shared/http/params_report.c. */
#include "config.h"

#include "shared/http/params_report.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static struct access_params access_params;
static struct problem problem;
static char query[300], accept_[300];

/* REPORTS: it is refused. */
static enum report
asked(const char *parameters, const char *accept)
{
	char *variables[] = {query, accept_, NULL};
	struct request r = {.variables = variables};
	enum report report;

	snprintf(query, sizeof(query), "QUERY_STRING=%s", parameters);
	snprintf(accept_, sizeof(accept_), "HTTP_ACCEPT=%s", accept);
	if (params_read_report(&report, &access_params, &r, &problem))
		return report;
	ck_assert_uint_eq(problem.status, 400);
	return REPORTS;
}

TEST(the_parameter_format_names_the_report)
{
	ck_assert_int_eq(asked("format=html", ""), REPORT_PAGE);
	ck_assert_int_eq(asked("format=json", "text/html"), REPORT_JSON);
	ck_assert_int_eq(asked("format=prometheus", ""), REPORT_METRICS);
	ck_assert_int_eq(asked("x=1&format=sse", ""), REPORT_EVENTS);
}

TEST(without_it_accept_counts)
{
	ck_assert_int_eq(asked("", ""), REPORT_JSON);
	ck_assert_int_eq(asked("", "*/*"), REPORT_JSON);
	ck_assert_int_eq(asked("", "text/html,application/xhtml+xml;q=0.9,*/*"),
			 REPORT_PAGE);
	ck_assert_int_eq(asked("", "text/event-stream"), REPORT_EVENTS);
	ck_assert_int_eq(
	    asked("", "application/openmetrics-text;version=1.0.0;q=0.5,"
		      "text/plain;version=0.0.4;q=0.4,*/*;q=0.1"),
	    REPORT_METRICS);
	ck_assert_int_eq(asked("", "text/plain;version=0.0.4"), REPORT_METRICS);
}

TEST(an_unknown_format_is_refused)
{
	ck_assert_int_eq(asked("format=xml", ""), REPORTS);
	ck_assert_str_eq(problem.detail,
			 "format must be html, json, prometheus or sse.");
	ck_assert_int_eq(asked("format=", ""), REPORTS);
	ck_assert_int_eq(asked("format=json%00", ""), REPORTS);
	ck_assert_int_eq(asked("format=json&format=json", ""), REPORTS);
}

TEST(health_is_text_or_json)
{
	ck_assert_int_eq(asked("health=1", "text/html"), REPORT_HEALTH);
	ck_assert_int_eq(asked("health=1&format=json", ""), REPORT_HEALTH_JSON);
	ck_assert_int_eq(asked("health=1&format=html", ""), REPORTS);
	ck_assert_int_eq(asked("health=yes", ""), REPORTS);
	ck_assert_int_eq(asked("health=", ""), REPORTS);
}

TEST(a_token_is_found)
{
	ck_assert_int_eq(asked("token=a%2Bb&format=json", ""), REPORT_JSON);
	ck_assert(text_is(access_params.token, "a+b"));
	ck_assert_int_eq(asked("token=a&token=b", ""), REPORTS);
}
