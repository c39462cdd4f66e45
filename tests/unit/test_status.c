/* SPDX-License-Identifier: MIT */
/* The bytes of fcgi/status.c. */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/status_entry.h"
#include "tests/unit/suite.h"
#include "tests/unit/writes.h"

const struct technique *const written = &technique_status;

#define WELL ",\"redis\":{\"up\":true}"
#define DEAF ",\"redis\":{\"up\":true,\"subscription\":false}"

/* The report of the status, with a NUL. */
static char *
report(enum report kind, const struct status *s)
{
	const struct format format = {.report = kind};
	struct buf out;

	buf_init(&out, 1024 * 1024);
	technique_status.status->response(&format, s, &out);
	buf_putc(&out, '\0');
	ck_assert(buf_ok(&out));
	return out.bytes;
}

static void
assert_report(enum report kind, const struct status *s, const char *want)
{
	char *text = report(kind, s);

	ck_assert_str_eq(text, want);
	free(text);
}

/* --- health --------------------------------------------------------------- */

TEST(health_is_ok_when_all_is_well)
{
	entries_begin();
	entries_add("web1", "sse", 7, WELL);
	assert_report(REPORT_HEALTH, entries_end(), "ok\n");
	entries_begin();
	assert_report(REPORT_HEALTH_JSON, entries_end(),
		      "{\"ok\":true,\"host\":\"web1\",\"reasons\":[]}\n");
}

TEST(health_names_the_deaf_program)
{
	entries_begin();
	entries_add("web1", "sse", 7, DEAF);
	assert_report(REPORT_HEALTH, entries_end(),
		      "sse (pid 7) on web1 is deaf: Redis has not confirmed "
		      "its subscription.\n");
	entries_begin();
	entries_add("web1", "sse", 7, DEAF);
	assert_report(REPORT_HEALTH_JSON, entries_end(),
		      "{\"ok\":false,\"host\":\"web1\",\"reasons\":[{"
		      "\"reason\":\"sse (pid 7) on web1 is deaf: Redis has not "
		      "confirmed its subscription.\",\"program\":\"sse\","
		      "\"pid\":7}]}\n");
}

TEST(health_says_why_the_message_did_not_come_back)
{
	struct status s;

	entries_begin();
	s = *entries_end();
	strcpy(s.canary, "Redis is full.");
	assert_report(REPORT_HEALTH, &s, "Redis is full.\n");
	assert_report(REPORT_HEALTH_JSON, &s,
		      "{\"ok\":false,\"host\":\"web1\",\"reasons\":[{"
		      "\"reason\":\"Redis is full.\"}]}\n");
}

TEST(health_does_not_name_the_programs_of_other_hosts)
{
	entries_begin();
	entries_add("web2", "sse", 7, DEAF);
	assert_report(REPORT_HEALTH, entries_end(), "ok\n");
}

TEST(health_names_a_few_programs_at_most)
{
	char *text;
	size_t lines = 0;

	entries_begin();
	for (unsigned int pid = 1; pid <= 30; pid++)
		entries_add("web1", "sse", pid, DEAF);
	text = report(REPORT_HEALTH, entries_end());
	for (char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_uint_eq(lines, 5);
	free(text);
}

/* --- formats -------------------------------------------------------------- */

TEST(json_has_the_sums_and_each_process)
{
	char *text;
	json_t *root;

	entries_begin();
	entries_add("web1", "sse\\n\\\"<", 7,
		    WELL ",\"held\":{\"total\":3},"
			 "\"channels\":{\"top\":[[\"a\\\"b\",1]]},"
			 "\"limits\":{\"hold.max\":[3,20]}");
	entries_add("web2", "poll", 8, DEAF ",\"held\":{\"total\":4}");
	text = report(REPORT_JSON, entries_end());
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(root != NULL, "%s", text);
	ck_assert(json_is_false(json_object_get(root, "ok")));
	ck_assert_int_eq(json_array_size(json_object_get(root, "troubles")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_object_get(root, "all"), "held")),
			 7);
	ck_assert_int_eq(json_array_size(json_object_get(root, "hosts")), 2);
	ck_assert_int_eq(json_array_size(json_object_get(root, "processes")),
			 2);
	ck_assert_str_eq(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(root, "processes"), 0),
		"program")),
	    "sse \"<");
	json_decref(root);
	free(text);
}

TEST(an_event_is_one_line_of_data)
{
	char *text;

	entries_begin();
	entries_add("web1", "sse\\nx", 7, WELL);
	text = report(REPORT_EVENTS, entries_end());
	ck_assert_int_eq(strncmp(text, "retry: 2000\ndata: <h1", 21), 0);
	ck_assert_str_eq(strchr(text + 12, '\n'), "\n\n");
	free(text);
}

/* --- heads ---------------------------------------------------------------- */

TEST(each_report_has_its_type)
{
	assert_head(&(struct format){.report = REPORT_JSON},
		    "Content-Type: application/json\r\nVary: Accept\r\n");
	assert_head(&(struct format){.report = REPORT_METRICS},
		    "Content-Type: text/plain; version=0.0.4; "
		    "charset=utf-8\r\nVary: Accept\r\n");
	assert_head(&(struct format){.report = REPORT_HEALTH},
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Vary: Accept\r\n");
	assert_head(&(struct format){.report = REPORT_EVENTS},
		    "Content-Type: text/event-stream\r\n"
		    "X-Accel-Buffering: no\r\n");
}
