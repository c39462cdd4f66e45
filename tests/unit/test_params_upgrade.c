/* SPDX-License-Identifier: MIT */
/* What a subscriber asks for (shared/http/params.c) of a technique that
 * upgrades: one fact per test; the name is the fact. */
#include "config.h"

#include "shared/http/params.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_table.h"
#include "tests/unit/suite.h"

static bool
own_upgrade(const struct request *r, const struct conf *conf,
	    struct format *format, char line[TECHNIQUE_LINE_SIZE],
	    struct problem *p)
{
	if (strcmp(request_get(r, "HTTP_UPGRADE"), "test") != 0)
		return problem_set(p, 426, "Upgrade.");
	format->deflate = conf->websocket_deflate_min;
	format->raw = true;
	strcpy(line, "X-Test: 1\r\n");
	return true;
}

static const struct technique_stream stream;
static const struct technique_duplex duplex = {.upgrade = own_upgrade};
static const struct technique technique = {
    .name = "test", .stream = &stream, .duplex = &duplex};

static struct problem problem;
static struct params params;

static bool
reads(const char *upgrade, const char *query)
{
	static char texts[2][300];
	char *variables[] = {texts[0], texts[1], NULL};
	const struct request r = {.variables = variables};
	struct conf conf;

	snprintf(texts[0], sizeof(texts[0]), "HTTP_UPGRADE=%s", upgrade);
	snprintf(texts[1], sizeof(texts[1]), "QUERY_STRING=%s", query);
	conf_init(&conf);
	conf.websocket_deflate_min = 77;
	memset(&params, 0xff,
	       sizeof(params)); /* nothing may be left as it was */
	return params_read(&params, &technique, &r, &conf, &problem);
}

TEST(what_was_agreed_on_is_in_the_format)
{
	ck_assert(reads("test", "channel=a"));
	ck_assert(params.format.raw);
	ck_assert_uint_eq(params.format.deflate, 77);
	ck_assert(!params.format.many);
}

TEST(the_line_is_its_own_and_not_in_the_format)
{
	ck_assert(reads("test", "channel=a"));
	ck_assert_str_eq(params.line, "X-Test: 1\r\n");
}

TEST(what_does_not_upgrade_is_refused_before_anything_else)
{
	ck_assert(!reads("", "channel=*"));
	ck_assert_uint_eq(problem.status, 426);
}

TEST(what_upgrades_must_ask_for_channels_all_the_same)
{
	ck_assert(!reads("test", ""));
	ck_assert_uint_eq(problem.status, 400);
	ck_assert(!reads("test", "channel=*"));
	ck_assert_uint_eq(problem.status, 400);
}

TEST(nobody_may_publish_who_was_not_asked)
{
	ck_assert(reads("test", "channel=a"));
	ck_assert(!params.may_publish);
}

TEST(channels_that_change_later_are_sorted_as_those_asked_for)
{
	params.channels[0] = (struct text){"b", 1};
	params.channels[1] = (struct text){"a", 1};
	params.channels[2] = (struct text){"b", 1};
	params.channel_count = 3;
	params_sort_channels(&params);
	ck_assert_uint_eq(params.channel_count, 2);
	ck_assert_str_eq(params.channels[0].bytes, "a");
	ck_assert_str_eq(params.channels[1].bytes, "b");
	ck_assert(params.format.many);
	params.channels[1] = params.channels[0];
	params_sort_channels(&params);
	ck_assert_uint_eq(params.channel_count, 1);
	ck_assert(!params.format.many);
}
