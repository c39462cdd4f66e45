/* SPDX-License-Identifier: MIT */
/* shared/http/params.c of a duplex technique. */
#include "config.h"

#include "shared/http/params.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_set.h"
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
	static struct conf conf;

	snprintf(texts[0], sizeof(texts[0]), "HTTP_UPGRADE=%s", upgrade);
	snprintf(texts[1], sizeof(texts[1]), "QUERY_STRING=%s", query);
	conf_free_texts(&conf);
	conf_init(&conf);
	conf.websocket_deflate_min = 77;
	memset(&params, 0xff,
	       sizeof(params)); /* nothing may be left as it was */
	return params_read(&params, &technique, &r, &conf, &problem);
}

TEST(what_upgrade_negotiates_is_in_the_format)
{
	ck_assert(reads("test", "channel=a"));
	ck_assert(params.format.raw);
	ck_assert_uint_eq(params.format.deflate, 77);
	ck_assert(!params.format.many);
}

TEST(the_header_line_is_not_in_the_format)
{
	ck_assert(reads("test", "channel=a"));
	ck_assert_str_eq(params.line, "X-Test: 1\r\n");
}

TEST(a_refused_upgrade_precedes_other_errors)
{
	ck_assert(!reads("", "channel=*"));
	ck_assert_uint_eq(problem.status, 426);
}

TEST(an_upgrade_needs_a_channel_too)
{
	ck_assert(!reads("test", ""));
	ck_assert_uint_eq(problem.status, 400);
	ck_assert(!reads("test", "channel=*"));
	ck_assert_uint_eq(problem.status, 400);
}

TEST(may_publish_is_false_by_default)
{
	ck_assert(reads("test", "channel=a"));
	ck_assert(!params.may_publish);
}

TEST(changed_channels_are_sorted_the_same_way)
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
