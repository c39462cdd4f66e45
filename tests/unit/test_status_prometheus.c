/* SPDX-License-Identifier: MIT */
/* shared/status/prometheus.c: the metrics. */
#include "config.h"

#include "shared/status/prometheus.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/status_entry.h"
#include "tests/unit/suite.h"

#define WELL ",\"redis\":{\"up\":true,\"server\":\"a:1\"}"
#define OF_7 "{host=\"web1\",technique=\"sse\",pid=\"7\""

/* The metrics of one process, sse, pid 7 on web1, with a NUL. */
static char *
metrics(const char *more)
{
	struct buf out;

	entries_begin();
	entries_add("web1", "sse", 7, more);
	buf_init(&out, 1024 * 1024);
	status_put_prometheus(&out, entries_end());
	buf_putc(&out, '\0');
	ck_assert(buf_ok(&out));
	return out.bytes;
}

static void
assert_line(const char *more, const char *line)
{
	char *text = metrics(more), want[400];

	snprintf(want, sizeof(want), "\n%s\n", line);
	ck_assert_msg(strstr(text, want) != NULL, "no %s in %s", line, text);
	free(text);
}

TEST(what_is_held_is_a_gauge_for_each_way)
{
	const char *more = WELL ",\"held\":{\"total\":3,\"max\":9,"
				"\"ways\":{\"fastcgi\":3}}";

	assert_line(more, "# TYPE pushcgi_held gauge");
	assert_line(more, "pushcgi_held" OF_7 ",way=\"fastcgi\"} 3");
	assert_line(more, "pushcgi_held" OF_7 ",way=\"cgi\"} 0");
	assert_line(more, "pushcgi_held_max" OF_7 "} 9");
}

TEST(counters_end_in_total)
{
	const char *more = WELL ",\"counters\":{\"messages_out\":8}";

	assert_line(more, "# TYPE pushcgi_messages_out_total counter");
	assert_line(more, "pushcgi_messages_out_total" OF_7 "} 8");
	assert_line(more, "pushcgi_gaps_total" OF_7 "} 0");
}

TEST(reasons_that_did_not_occur_are_left_out)
{
	char *text = metrics(WELL ",\"refused\":{\"hold.max\":2}");

	ck_assert_ptr_nonnull(strstr(text, "pushcgi_refused_total" OF_7
					   ",reason=\"hold.max\"} 2\n"));
	ck_assert_ptr_null(strstr(text, "reason=\"403\""));
	free(text);
}

TEST(times_are_a_histogram_in_seconds_that_counts_up)
{
	static char more[800];
	size_t len;

	len = (size_t)sprintf(more, WELL ",\"delivery\":{\"le_ms\":[");
	for (size_t i = 0; i < STATS_LIMITS; i++)
		len += (size_t)sprintf(more + len, "%s%u", i > 0 ? "," : "",
				       stats_le_ms[i]);
	sprintf(more + len, "],\"counts\":[1,2,0,0,0,0,0,0,0,0,0,0,0,0,4],"
			    "\"sum_ms\":2500}");
	assert_line(more, "# TYPE pushcgi_delivery_seconds histogram");
	assert_line(more,
		    "pushcgi_delivery_seconds_bucket" OF_7 ",le=\"0.001\"} 1");
	assert_line(more,
		    "pushcgi_delivery_seconds_bucket" OF_7 ",le=\"30\"} 3");
	assert_line(more,
		    "pushcgi_delivery_seconds_bucket" OF_7 ",le=\"+Inf\"} 7");
	assert_line(more, "pushcgi_delivery_seconds_sum" OF_7 "} 2.500000");
	assert_line(more, "pushcgi_delivery_seconds_count" OF_7 "} 7");
}

TEST(a_program_that_does_not_subscribe_has_no_subscription)
{
	char *text = metrics(WELL);

	ck_assert_ptr_null(strstr(text, "pushcgi_subscription_up{"));
	free(text);
	assert_line(",\"redis\":{\"up\":true,\"subscription\":true,"
		    "\"proved\":1799999999500}",
		    "pushcgi_subscription_proved_timestamp_seconds" OF_7
		    "} 1799999999.500");
}

TEST(a_label_cannot_be_broken_out_of)
{
	assert_line(WELL ",\"channels\":{\"top\":[[\"a\\\"} 1\\n\\\\b\",3]]}",
		    "pushcgi_channel_held{channel=\"a\\\"} 1\\n\\\\b\"} 3");
}

TEST(presence_is_told_of_channels_that_have_it)
{
	const char *more =
	    WELL ",\"channels\":{\"top\":[[\"a\",3,5,1],[\"b\",2]]}";

	assert_line(more, "pushcgi_channel_present{channel=\"a\"} 5");
}

TEST(limits_are_told_with_how_much_is_used)
{
	const char *more = WELL ",\"limits\":{\"hold.max\":[3,20]}";

	assert_line(more, "pushcgi_limit_used" OF_7 ",limit=\"hold.max\"} 3");
	assert_line(more, "pushcgi_limit_max" OF_7 ",limit=\"hold.max\"} 20");
}

/* --- the text format ------------------------------------------------------ */

static bool
matches(const char *pattern, const char *line)
{
	regex_t compiled;
	int found;

	ck_assert_int_eq(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB),
			 0);
	found = regexec(&compiled, line, 0, NULL, 0);
	regfree(&compiled);
	return found == 0;
}

TEST(each_line_is_one_of_the_text_format)
{
	char *text = metrics(WELL ",\"limits\":{\"a\\\"b\":[1,2]}"), *rest;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		ck_assert_msg(matches("^# HELP pushcgi_[a-z_]+ .+\\.$", line) ||
				  matches("^# TYPE pushcgi_[a-z_]+ "
					  "(counter|gauge|histogram)$",
					  line) ||
				  matches("^pushcgi_[a-z_]+(\\{[a-z_]+="
					  "\"([^\"\\]|\\\\[\\\"n])*\"(,[a-z_]+="
					  "\"([^\"\\]|\\\\[\\\"n])*\")*\\})? "
					  "[0-9]+(\\.[0-9]+)?$",
					  line),
			      "%s", line);
	free(text);
}

/* All samples of a family follow its TYPE: a name appears in one run only. */
TEST(each_family_is_described_once)
{
	char *text = metrics(WELL), *rest;
	char seen[100][80];
	size_t count = 0;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		char name[80];

		if (sscanf(line, "# TYPE %79s", name) != 1)
			continue;
		for (size_t i = 0; i < count; i++)
			ck_assert_str_ne(seen[i], name);
		ck_assert_uint_lt(count, 100);
		strcpy(seen[count++], name);
	}
	ck_assert_uint_gt(count, 20);
	free(text);
}
