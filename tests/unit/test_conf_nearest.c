/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_nearest.c and shared/conf/conf_unknown.c */
#include "config.h"

#include "shared/conf/conf_nearest.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_unknown.h"
#include "tests/unit/suite.h"

static const char *const known[] = {"beat", "wait", "max_backlog", "max_age",
				    "drain"};
enum { KNOWN = sizeof(known) / sizeof(known[0]) };

static const char *
nearest(const char *wanted)
{
	struct conf_nearest n;

	conf_nearest_begin(&n, text_of(wanted));
	for (size_t i = 0; i < KNOWN; i++)
		conf_nearest_try(&n, text_of(known[i]), i, 0);
	return conf_nearest_found(&n) ? known[n.which] : "";
}

TEST(a_byte_may_be_changed_added_left_out_or_swapped)
{
	ck_assert_str_eq(nearest("beet"), "beat");
	ck_assert_str_eq(nearest("beats"), "beat");
	ck_assert_str_eq(nearest("bet"), "beat");
	ck_assert_str_eq(nearest("beta"), "beat");
	ck_assert_str_eq(nearest("max-backlog"), "max_backlog");
}

TEST(upper_and_lower_case_are_alike)
{
	ck_assert_str_eq(nearest("BEAT"), "beat");
	ck_assert_str_eq(nearest("Max_Age"), "max_age");
}

TEST(longer_names_may_differ_more)
{
	ck_assert_str_eq(nearest("maxbacklogs"), "max_backlog");
	ck_assert_str_eq(nearest("moat"), "");
	ck_assert_str_eq(nearest("heartbeat"), "");
}

TEST(of_two_that_are_as_near_none_is_found)
{
	struct conf_nearest n;

	conf_nearest_begin(&n, text_of("abcd"));
	conf_nearest_try(&n, text_of("abce"), 0, 0);
	ck_assert(conf_nearest_found(&n));
	conf_nearest_try(&n, text_of("abcf"), 1, 0);
	ck_assert(!conf_nearest_found(&n));
	conf_nearest_try(&n, text_of("abcg"), 1, 0); /* its other name */
	ck_assert(!conf_nearest_found(&n));
	conf_nearest_try(&n, text_of("abcd"), 2, 0);
	ck_assert(conf_nearest_found(&n));
	ck_assert_uint_eq(n.which, 2);
}

TEST(empty_and_long_names_are_like_none)
{
	char longest[CONF_NEAREST_MAX + 1], longer[CONF_NEAREST_MAX + 2];
	struct conf_nearest n;

	ck_assert_str_eq(nearest(""), "");
	memset(longest, 'x', sizeof(longest));
	longest[CONF_NEAREST_MAX] = '\0';
	memset(longer, 'x', sizeof(longer));
	longer[CONF_NEAREST_MAX + 1] = '\0';
	conf_nearest_begin(&n, text_of(longest));
	conf_nearest_try(&n, text_of(longer), 0, 0);
	ck_assert(!conf_nearest_found(&n));
	conf_nearest_try(&n, text_of(longest), 1, 0);
	ck_assert(conf_nearest_found(&n));
	conf_nearest_begin(&n, text_of(longer));
	conf_nearest_try(&n, text_of(longest), 0, 0);
	ck_assert(!conf_nearest_found(&n));
}

/* --- sentences ------------------------------------------------------------ */

static void
assert_setting(const char *section, const char *name, const char *want)
{
	char out[CONF_UNKNOWN_SIZE];

	conf_unknown_setting(out, section, name);
	ck_assert_str_eq(out, want);
}

TEST(a_setting_is_looked_for_in_its_section_and_then_in_others)
{
	assert_setting("sse", "rety",
		       "unknown setting \"rety\" in section [sse]; did you "
		       "mean \"retry\"?");
	assert_setting("sse", "beat",
		       "unknown setting \"beat\" in section [sse]; did you "
		       "mean \"beat\" in section [hold]?");
	assert_setting("hold", "hold.beat",
		       "unknown setting \"hold.beat\" in section [hold]; did "
		       "you mean \"beat\"?");
	assert_setting("log", "colour",
		       "unknown setting \"colour\" in section [log]: expected "
		       "one of level, to, time");
}

TEST(a_setting_before_the_first_section_is_looked_for_everywhere)
{
	assert_setting("", "hold.beat",
		       "\"hold.beat\" precedes the first [section]; did you "
		       "mean \"beat\" in section [hold]?");
	/* bus.timeout or request.timeout */
	assert_setting("", "timeout",
		       "\"timeout\" precedes the first [section]");
}

static void
assert_section(const char *section, const char *want)
{
	char out[CONF_UNKNOWN_SIZE];

	conf_unknown_section(out, section);
	ck_assert_str_eq(out, want);
}

TEST(a_section_is_looked_for_among_all)
{
	assert_section("acces",
		       "unknown section [acces]; did you mean [access]?");
	assert_section("Channel \"news\"",
		       "unknown section [Channel \"news\"]; did you mean "
		       "[channel \"PATTERN\"]?");
	assert_section(
	    "general",
	    "unknown section [general]: expected one of [bus], "
	    "[message], [history], [publish], [hold], [sse], "
	    "[poll], [websocket], [request], [limit], [channel], "
	    "[access], [handoff], [hook], [status], [process], [log], [channel "
	    "\"PATTERN\"]");
	ck_assert(conf_is_section("hold"));
	ck_assert(!conf_is_section("hol"));
	ck_assert(conf_is_section("channel"));
	ck_assert(!conf_is_section("channels"));
}

static void
assert_in_channel(const char *name, const char *want)
{
	char out[CONF_UNKNOWN_SIZE];

	conf_unknown_in_channel(out, name);
	ck_assert_str_eq(out, want);
}

TEST(in_a_channel_section_the_name_may_have_a_wrong_section)
{
	assert_in_channel("length", "unknown setting \"length\" in a [channel "
				    "\"PATTERN\"] section; did you mean "
				    "\"history.length\"?");
	assert_in_channel("access.subscribe",
			  "unknown setting \"access.subscribe\" in a [channel "
			  "\"PATTERN\"] section; did you mean \"subscribe\"?");
	assert_in_channel("beat",
			  "unknown setting \"beat\" in a [channel "
			  "\"PATTERN\"] section: expected one of "
			  "history.length, history.ttl, retain, subscribe, "
			  "publish, presence, gather");
}

TEST(a_variable_is_looked_for_without_its_prefix)
{
	char out[CONF_UNKNOWN_SIZE];

	conf_unknown_variable(out, "PUSHCGI_HOLD_BEET");
	ck_assert_str_eq(out,
			 "unknown setting; did you mean PUSHCGI_HOLD_BEAT?");
	conf_unknown_variable(out, "PUSHCGI_COLOUR");
	ck_assert_str_eq(out, "unknown setting");
}
