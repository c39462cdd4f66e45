/* SPDX-License-Identifier: MIT */
/* shared/app/kicks.c, on a fake clock. */
#include "config.h"

#include "shared/app/kicks.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

static struct kicks kicks;
static struct problem p;

static void
set(const char *text, uint64_t ms)
{
	struct kick kick;

	ck_assert_ptr_null(kick_parse(&kick, text_of(text)));
	kicks_set(&kicks, &kick, ms);
}

static uint64_t
left(const char *text)
{
	struct kick kick;

	ck_assert_ptr_null(kick_parse(&kick, text_of(text)));
	return kicks_left(&kicks, &kick);
}

static bool
allows(const char *user, const char *client, const char *channel)
{
	const struct text channels[] = {text_of("a"), text_of(channel)};
	const struct kicks_request request = {.user = user,
					      .client = text_of(client),
					      .channels = channels,
					      .channel_count = 2};

	memset(&p, 0, sizeof(p));
	return kicks_allow(&kicks, &request, &p);
}

TEST(a_kick_ends_by_itself)
{
	set("user=ann", 5000);
	ck_assert_uint_eq(left("user=ann"), 5000);
	ck_assert_uint_eq(left("user=bob"), 0);
	ck_assert_uint_eq(left("client=ann"), 0);
	fake_clock_advance(4000);
	ck_assert_uint_eq(left("user=ann"), 1000);
	fake_clock_advance(1000);
	ck_assert_uint_eq(left("user=ann"), 0);
	kicks_clear(&kicks);
}

TEST(a_new_kick_replaces_the_old_one)
{
	set("user=ann", 5000);
	set("user=ann", 9000);
	ck_assert_uint_eq(left("user=ann"), 9000);
	ck_assert_uint_eq(kicks.count, 1);
	set("user=ann", 0);
	ck_assert_uint_eq(left("user=ann"), 0);
	ck_assert_uint_eq(kicks.count, 0);
	kicks_clear(&kicks);
}

TEST(above_the_maximum_the_one_that_ends_soonest_is_dropped)
{
	char text[40];

	for (int i = 0; i < KICKS_MAX; i++) {
		snprintf(text, sizeof(text), "client=c%d", i);
		set(text, i == 500 ? 1000 : 100000);
	}
	set("client=more", 50000);
	ck_assert_uint_eq(kicks.count, KICKS_MAX);
	ck_assert_uint_eq(left("client=c500"), 0);
	ck_assert_uint_eq(left("client=c499"), 100000);
	ck_assert_uint_eq(left("client=c999"), 100000);
	ck_assert_uint_eq(left("client=more"), 50000);
	kicks_clear(&kicks);
	ck_assert_uint_eq(left("client=more"), 0);
}

TEST(user_client_and_each_channel_are_looked_up)
{
	ck_assert(allows("ann", "tab", "b"));
	set("user=ann", 1500);
	ck_assert(!allows("ann", "tab", "b"));
	ck_assert_uint_eq(p.status, 403);
	ck_assert_uint_eq(p.retry_after, 2);
	ck_assert_msg(strstr(p.detail, "Kicked: ") == p.detail, "%s", p.detail);
	ck_assert(allows(NULL, "tab", "b"));
	ck_assert(allows("bob", "ann", "b"));
	set("client=tab", 1000);
	ck_assert(!allows("bob", "tab", "b"));
	ck_assert(allows("bob", "", "b"));
	set("channel=b", 1000);
	ck_assert(!allows("bob", "", "b"));
	ck_assert(allows("bob", "", "c"));
	kicks_clear(&kicks);
}

TEST(whoever_may_come_back_at_once_is_given_no_time)
{
	ck_assert(!kicks_problem(&p, KICK_USER, 0));
	ck_assert_uint_eq(p.status, 403);
	ck_assert_uint_eq(p.retry_after, 0);
}
