/* SPDX-License-Identifier: MIT */
/* shared/status/process.c: the entry of a process. */
#include "config.h"

#include "shared/status/process.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/status_entry.h"
#include "tests/unit/suite.h"

static struct status_process p;
static struct status_channels channels;

/* Reads the entry of sse, pid 7 on web1, with more members. */
static bool
reads(const char *more)
{
	status_channels_free(&channels);
	return status_process_read(&p, &channels,
				   entry_of("web1", "sse", 7, more));
}

static bool
reads_text(const char *json)
{
	return status_process_read(&p, &channels, text_of(json));
}

TEST(an_entry_says_which_process_it_is)
{
	ck_assert(reads(""));
	ck_assert_str_eq(p.host, "web1");
	ck_assert_str_eq(p.program, "sse");
	ck_assert_str_eq(p.version, "0.1.0");
	ck_assert_uint_eq(p.pid, 7);
	ck_assert_uint_eq(p.started, 1799990000);
	ck_assert_uint_eq(p.at, NOW_MS - 2000);
	ck_assert_uint_eq(p.interval, 5);
}

TEST(what_is_held_is_read_by_way_and_by_what_it_takes)
{
	ck_assert(reads(",\"held\":{\"total\":9,\"max\":20,"
			"\"ways\":{\"fastcgi\":5,\"http\":3,\"cgi\":1},"
			"\"takes\":{\"worker\":2,\"descriptors\":4}}"));
	ck_assert_uint_eq(p.n.held, 9);
	ck_assert_uint_eq(p.n.held_max, 20);
	ck_assert_uint_eq(p.n.ways[STATS_HTTP], 3);
	ck_assert_uint_eq(p.n.takes[STATS_DESCRIPTORS], 4);
	ck_assert_uint_eq(p.n.takes[STATS_NOTHING], 0);
}

TEST(counters_and_reasons_are_read_by_their_names)
{
	ck_assert(reads(",\"counters\":{\"messages_out\":8,\"gaps\":2},"
			"\"refused\":{\"hold.max\":3,\"403\":1},"
			"\"cut\":{\"backlog\":4}"));
	ck_assert_uint_eq(p.n.counters[STATS_MESSAGES_OUT], 8);
	ck_assert_uint_eq(p.n.counters[STATS_GAPS], 2);
	ck_assert_uint_eq(p.n.refused[STATS_REFUSED_HOLD_MAX], 3);
	ck_assert_uint_eq(p.n.refused[STATS_REFUSED_403], 1);
	ck_assert_uint_eq(p.n.cut[STATS_CUT_BACKLOG], 4);
}

/* A histogram with our limits and these counts. */
static const char *
times_of(const char *counts)
{
	static char text[600];
	size_t len = (size_t)sprintf(text, ",\"delivery\":{\"le_ms\":[");

	for (size_t i = 0; i < STATS_LIMITS; i++)
		len += (size_t)sprintf(text + len, "%s%u", i > 0 ? "," : "",
				       stats_le_ms[i]);
	sprintf(text + len, "],\"counts\":[%s],\"sum_ms\":1.5}", counts);
	return text;
}

TEST(times_are_read_with_the_limits_of_this_version)
{
	ck_assert(reads(times_of("1,2,0,0,0,0,0,0,0,0,0,0,0,0,9")));
	ck_assert_uint_eq(p.n.times[STATS_DELIVERY].counts[1], 2);
	ck_assert_uint_eq(p.n.times[STATS_DELIVERY].counts[STATS_LIMITS], 9);
	ck_assert_uint_eq(p.n.times[STATS_DELIVERY].sum_us, 1500);
}

TEST(times_with_other_limits_are_left_out)
{
	ck_assert(reads(times_of("1,2,3")));
	ck_assert_uint_eq(status_times_count(&p.n.times[STATS_DELIVERY]), 0);
	ck_assert(reads(",\"delivery\":{\"le_ms\":[1,2],\"counts\":[1,2,3]}"));
	ck_assert_uint_eq(status_times_count(&p.n.times[STATS_DELIVERY]), 0);
}

TEST(limits_are_read_in_any_number_up_to_the_most)
{
	char more[1000] = ",\"limits\":{\"hold.max\":[3,20],\"none\":[1,0],"
			  "\"odd\":7";

	for (int i = 0; i < 30; i++)
		sprintf(more + strlen(more), ",\"l%d\":[1,2]", i);
	strcat(more, "}");
	ck_assert(reads(more));
	ck_assert_uint_eq(p.limit_count, STATUS_LIMITS_MAX);
	ck_assert_str_eq(p.limits[0].name, "hold.max");
	ck_assert_uint_eq(p.limits[0].used, 3);
	ck_assert_uint_eq(p.limits[0].max, 20);
	ck_assert_str_eq(p.limits[1].name, "l0"); /* a limit of 0 is none */
}

TEST(a_program_without_a_subscription_does_not_say_one)
{
	ck_assert(reads(",\"redis\":{\"up\":true,\"server\":\"a:1\"}"));
	ck_assert(p.up);
	ck_assert(!p.subscribes);
	ck_assert_str_eq(p.server, "a:1");
	ck_assert(reads(",\"redis\":{\"up\":true,\"subscription\":false,"
			"\"proved\":5,\"fault\":\"gone\"}"));
	ck_assert(p.subscribes);
	ck_assert(!p.subscription);
	ck_assert_uint_eq(p.proved, 5);
	ck_assert_str_eq(p.fault, "gone");
}

TEST(channels_are_read_with_their_subscribers)
{
	ck_assert(reads(",\"channels\":{\"count\":7,\"top\":[[\"news\",12],"
			"[\"\",1],[3,4],\"odd\",[\"chat\"]]}"));
	ck_assert_uint_eq(p.n.channels, 7);
	ck_assert_uint_eq(channels.count, 2);
	ck_assert_str_eq(channels.at[0].name, "news");
	ck_assert_uint_eq(channels.at[0].held, 12);
	ck_assert_str_eq(channels.at[1].name, "chat");
	ck_assert_uint_eq(channels.at[1].held, 0);
}

TEST(presence_is_read_with_its_time)
{
	ck_assert(reads(",\"channels\":{\"top\":[[\"news\",12,31,5000]]}"));
	ck_assert_uint_eq(channels.at[0].held, 12);
	ck_assert_uint_eq(channels.at[0].present, 31);
	ck_assert_uint_eq(channels.at[0].at, 5000);
}

TEST(what_is_unknown_or_of_another_type_is_ignored)
{
	ck_assert(reads(",\"new\":{\"a\":[1,{}]},\"big\":1e400,"
			"\"held\":[1,2],\"counters\":\"none\",\"cut\":null,"
			"\"queue\":{\"bytes\":-5,\"max\":\"9\"},"
			"\"memory\":{\"rss\":1.5e300,\"private\":12.9}"));
	ck_assert_uint_eq(p.n.held, 0);
	ck_assert_uint_eq(p.n.queue, 0);
	ck_assert_uint_eq(p.n.queue_max, 0);
	ck_assert_uint_eq(p.n.rss, STATUS_NUMBER_MAX);
	ck_assert_uint_eq(p.n.private_rss, 12);
}

TEST(a_text_is_cut_between_characters)
{
	static const char name[] =
	    "{\"v\":1,\"pid\":1,\"program\":\"sse\",\"host\":\""
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "1\xc3\xa9\xc3\xa9\"}"; /* bytes 62 and 63 are a character */

	ck_assert(reads_text(name));
	ck_assert_uint_eq(strlen(p.host), 62);
}

TEST(what_is_no_entry_is_refused_and_leaves_no_channel)
{
	static const char with_channels[] =
	    "{\"v\":2,\"host\":\"a\",\"program\":\"sse\",\"pid\":1,"
	    "\"channels\":{\"top\":[[\"news\",1]]}}";
	static const char *const wrong[] = {
	    "",
	    "x",
	    "[]",
	    "{}",
	    "{\"v\":1,\"host\":\"a\",\"program\":\"sse\"}",
	    "{\"v\":1,\"host\":\"a\",\"pid\":1}",
	    "{\"v\":1,\"program\":\"sse\",\"pid\":1}",
	    with_channels,
	    "{\"v\":1,\"v\":1,\"host\":\"a\",\"program\":\"sse\",\"pid\":1}"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!reads_text(wrong[i]), "%s", wrong[i]);
	ck_assert_uint_eq(channels.count, 0);
}

TEST(an_entry_above_its_size_is_not_read)
{
	static char json[STATUS_ENTRY_MAX + 1];
	struct text entry = entry_of("web1", "sse", 7, "");

	memset(json, ' ', sizeof(json));
	memcpy(json, entry.bytes, entry.len);
	ck_assert(status_process_read(&p, &channels,
				      (struct text){json, STATUS_ENTRY_MAX}));
	ck_assert(!status_process_read(
	    &p, &channels, (struct text){json, STATUS_ENTRY_MAX + 1}));
}
