/* SPDX-License-Identifier: MIT */
/* shared/app/limits_report.c, without a table. */
#include "config.h"

#include "shared/app/limits_report.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_set.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

static struct conf conf;
static struct limits limits;

static void
open_all(void)
{
	conf_init(&conf);
	conf.limit_table[0] = '\0';
	conf.hold_budget = 8;
	conf.hold_budget_lighttpd = 0;
	conf.limit_address_held = 3;
	conf.limit_address_connects = 0;
	conf.limit_user_held = 2;
	conf.limit_connection_held = 0;
	limits_open(&limits, &conf, "sse");
}

static void
close_all(void)
{
	limits_close(&limits);
	conf_free_texts(&conf);
}

static void
ask(const char *address, const char *user, const char *budget)
{
	struct client_id client = {.address = ""};
	struct limits_held held;

	strcpy(client.address, address);
	mark_read(&client.mark, budget);
	(void)!limits_hold(&limits, &held, &client, user);
}

/* Those that are reported: "hold.budget=1/8", separated by spaces. */
static const char *
report(void)
{
	static char text[512];
	struct limits_used used[LIMITS_REPORTED];
	size_t n = limits_report(&limits, used), at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		at +=
		    (size_t)snprintf(text + at, sizeof(text) - at, "%s%s=%u/%u",
				     i > 0 ? " " : "", used[i].setting,
				     (unsigned int)used[i].used, used[i].most);
	return text;
}

TEST(a_limit_that_is_not_set_is_not_reported)
{
	open_all();
	ck_assert_str_eq(report(), "hold.budget=0/8 limit.address_held=0/3 "
				   "limit.user_held=0/2");
	close_all();
}

TEST(a_budget_is_what_all_take)
{
	open_all();
	ask("127.0.0.1", NULL, "worker");
	ask("127.0.0.1", NULL, "worker");
	ck_assert_str_eq(report(), "hold.budget=2/8 limit.address_held=0/3 "
				   "limit.user_held=0/2");
	ck_assert_str_eq(report(), "hold.budget=2/8 limit.address_held=0/3 "
				   "limit.user_held=0/2");
	close_all();
}

TEST(a_limit_of_a_client_is_what_one_has_that_has_most)
{
	open_all();
	ask("192.0.2.1", NULL, "");
	ask("192.0.2.1", NULL, "");
	ask("192.0.2.2", "ann", "");
	ck_assert_str_eq(report(), "hold.budget=0/8 limit.address_held=2/3 "
				   "limit.user_held=1/2");
	close_all();
}

TEST(who_is_refused_has_as_many_as_allowed)
{
	open_all();
	for (int i = 0; i < 9; i++)
		ask("192.0.2.1", NULL, "");
	ck_assert_str_eq(report(), "hold.budget=0/8 limit.address_held=3/3 "
				   "limit.user_held=0/2");
	close_all();
}

TEST(each_report_begins_anew)
{
	open_all();
	ask("192.0.2.1", NULL, "");
	ask("192.0.2.1", NULL, "");
	report();
	ask("192.0.2.2", NULL, "");
	ck_assert_str_eq(report(), "hold.budget=0/8 limit.address_held=1/3 "
				   "limit.user_held=0/2");
	close_all();
}
