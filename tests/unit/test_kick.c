/* SPDX-License-Identifier: MIT */
/* shared/model/kick.c */
#include "config.h"

#include "shared/model/kick.h"

#include <string.h>

#include "tests/unit/suite.h"

static struct kick kick;
static uint64_t ms;

static void
assert_parsed(const char *text, enum kick_kind kind, const char *name)
{
	char back[KICK_TEXT_SIZE];

	ck_assert_ptr_null(kick_parse(&kick, text_of(text)));
	ck_assert_int_eq(kick.kind, kind);
	ck_assert(text_is(kick.name, name));
	ck_assert(text_is(kick_text(back, &kick), text));
	ck_assert_str_eq(back, text);
}

static void
assert_fault(const char *text, const char *part)
{
	const char *fault = kick_parse(&kick, text_of(text));

	ck_assert_msg(fault != NULL, "%s", text);
	ck_assert_msg(strstr(fault, part) != NULL, "%s: %s", text, fault);
}

TEST(a_kick_names_a_user_a_channel_or_a_client)
{
	assert_parsed("user=Ann \xc3\x96=x", KICK_USER, "Ann \xc3\x96=x");
	assert_parsed("channel=news", KICK_CHANNEL, "news");
	assert_parsed("client=tab-7", KICK_CLIENT, "tab-7");
}

TEST(the_longest_name_fits)
{
	char text[KICK_TEXT_SIZE] = "channel=", back[KICK_TEXT_SIZE];

	memset(text + strlen(text), 'x', CHANNEL_NAME_MAX);
	ck_assert_ptr_null(kick_parse(&kick, text_of(text)));
	kick_text(back, &kick);
	ck_assert_str_eq(back, text);
}

TEST(another_text_is_refused_with_the_rule)
{
	assert_fault("", "user=NAME");
	assert_fault("ann", "user=NAME");
	assert_fault("users=ann", "user=NAME");
	assert_fault("user=", "user must not be empty");
	assert_fault("user=a\nb", "control characters");
	assert_fault("channel=a b", "must not contain spaces");
	assert_fault("client=a.b", "client");
}

static bool
announces(const char *text)
{
	return kick_parse_announced(&kick, &ms, text_of(text));
}

TEST(an_announcement_has_the_time)
{
	ck_assert(announces("kick 60000 user=Ann B"));
	ck_assert_uint_eq(ms, 60000);
	ck_assert(text_is(kick.name, "Ann B"));
	ck_assert(announces("kick 0 client=a"));
	ck_assert_uint_eq(ms, 0);
}

TEST(a_time_above_the_longest_is_the_longest)
{
	ck_assert(announces("kick 99999999999999999999 client=a"));
	ck_assert_uint_eq(ms, UINT64_C(1000) * KICK_SECONDS_MAX);
}

TEST(anything_else_is_no_announcement)
{
	ck_assert(!announces(""));
	ck_assert(!announces("kick"));
	ck_assert(!announces("kick 60000"));
	ck_assert(!announces("kick -1 user=ann"));
	ck_assert(!announces("kick 60000 user="));
	ck_assert(!announces("other 60000 user=ann"));
	ck_assert(!kick_parse_announced(&kick, &ms, (struct text){NULL, 0}));
}
