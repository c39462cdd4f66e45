/* SPDX-License-Identifier: MIT */
/* shared/app/limits.c, without a table. */
#include "config.h"

#include "shared/app/limits.h"

#include <string.h>

#include "shared/conf/conf_set.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

static struct conf conf;
static struct limits limits;
static struct limits_held last;

static void
open_all(void)
{
	conf_init(&conf);
	conf.limit_table[0] = '\0';
	conf.limit_address_held = 3;
	conf.limit_address_connects = 0;
	conf.limit_user_held = 2;
	conf.limit_connection_held = 2;
	conf.limit_publish_rate = 2;
	conf.limit_new_channels = 2;
	limits_open(&limits, &conf, "sse");
}

static void
close_all(void)
{
	limits_close(&limits);
	conf_free_texts(&conf);
}

static bool
hold(const char *address, const char *user, const char *connection)
{
	struct client_id client = {.address = ""};

	strcpy(client.address, address);
	strcpy(client.connection, connection);
	return limits_hold(&limits, &last, &client, user);
}

static bool
hold_address(const char *address)
{
	return hold(address, NULL, "");
}

static bool
hold_marked(const char *budget)
{
	struct client_id client = {.address = "127.0.0.1"};

	mark_read(&client.mark, budget);
	return limits_hold(&limits, &last, &client, NULL);
}

TEST(an_address_holds_as_many_as_it_may)
{
	struct limits_held first;

	open_all();
	ck_assert(hold_address("192.0.2.1"));
	first = last;
	ck_assert(hold_address("192.0.2.1"));
	ck_assert(hold_address("192.0.2.1"));
	ck_assert(!hold_address("192.0.2.1"));
	ck_assert(hold_address("192.0.2.2"));
	limits_leave(&limits, &first);
	ck_assert(hold_address("192.0.2.1"));
	ck_assert(!hold_address("192.0.2.1"));
	close_all();
}

TEST(what_is_refused_holds_nothing)
{
	open_all();
	ck_assert(hold("192.0.2.1", "ann", ""));
	ck_assert(hold("192.0.2.1", "ann", ""));
	ck_assert(!hold("192.0.2.1", "ann", ""));
	ck_assert_uint_eq(limits_held_count(&last), 0);
	limits_leave(&limits, &last);
	ck_assert(hold("192.0.2.1", "bob", ""));
	ck_assert(!hold("192.0.2.1", "bob", "")); /* by its address */
	close_all();
}

TEST(leaving_twice_is_leaving_once)
{
	open_all();
	for (int i = 0; i < 3; i++)
		ck_assert(hold_address("192.0.2.1"));
	limits_leave(&limits, &last);
	limits_leave(&limits, &last);
	ck_assert(hold_address("192.0.2.1"));
	ck_assert(!hold_address("192.0.2.1"));
	close_all();
}

TEST(an_ipv6_network_of_64_bits_is_one_address)
{
	open_all();
	ck_assert(hold_address("2001:db8::1"));
	ck_assert(hold_address("2001:db8::2"));
	ck_assert(hold_address("2001:db8::ffff:0:0:1"));
	ck_assert(!hold_address("2001:db8::4"));
	ck_assert(hold_address("2001:db8:0:1::1"));
	close_all();
}

TEST(loopback_proxies_and_unknown_addresses_have_no_limit)
{
	static char proxies[] = "10.0.0.0/8";
	char *before;

	open_all();
	before = conf.access_proxies;
	conf.access_proxies = proxies;
	for (int i = 0; i < 10; i++) {
		ck_assert(hold_address("127.0.0.1"));
		ck_assert(hold_address("::1"));
		ck_assert(hold_address("10.0.0.1"));
		ck_assert(hold_address(""));
	}
	conf.access_proxies = before;
	close_all();
}

TEST(a_user_has_a_limit_wherever_he_is)
{
	open_all();
	ck_assert(hold("192.0.2.1", "ann", ""));
	ck_assert(hold("127.0.0.1", "ann", ""));
	ck_assert(!hold("192.0.2.3", "ann", ""));
	ck_assert(hold("192.0.2.3", "bob", ""));
	close_all();
}

TEST(a_connection_has_a_limit)
{
	open_all();
	ck_assert(hold("127.0.0.1", NULL, "127.0.0.1 4000"));
	ck_assert(hold("127.0.0.1", NULL, "127.0.0.1 4000"));
	ck_assert(!hold("127.0.0.1", NULL, "127.0.0.1 4000"));
	ck_assert(hold("127.0.0.1", NULL, "127.0.0.1 4001"));
	close_all();
}

TEST(an_address_connects_so_often_in_a_second)
{
	open_all();
	conf.limit_address_connects = 2;
	for (int second = 0; second < 3; second++) {
		ck_assert(hold_address("192.0.2.1"));
		limits_leave(&limits, &last);
		ck_assert(hold_address("192.0.2.1"));
		limits_leave(&limits, &last);
		ck_assert(!hold_address("192.0.2.1"));
		ck_assert(hold_address("192.0.2.2"));
		limits_leave(&limits, &last);
		fake_clock_advance(1000);
	}
	close_all();
}

TEST(workers_have_a_budget)
{
	struct limits_held first;

	open_all();
	conf.hold_budget = 2;
	ck_assert(hold_marked("worker"));
	first = last;
	ck_assert(hold_marked("worker class=100"));
	ck_assert(!hold_marked("worker"));
	ck_assert(!hold_marked("worker class=100"));
	ck_assert(hold_marked("descriptors"));
	limits_leave(&limits, &first);
	ck_assert(hold_marked("worker"));
	ck_assert(!hold_marked("worker"));
	close_all();
}

TEST(descriptors_of_lighttpd_have_a_budget)
{
	struct limits_held first;

	open_all();
	conf.hold_budget_lighttpd = 2;
	ck_assert(hold_marked("descriptors"));
	first = last;
	ck_assert(hold_marked("descriptors"));
	ck_assert(!hold_marked("descriptors"));
	ck_assert(hold_marked("worker"));
	limits_leave(&limits, &first);
	ck_assert(hold_marked("descriptors"));
	ck_assert(!hold_marked("descriptors"));
	close_all();
}

TEST(programs_of_a_class_hold_three_quarters_of_it)
{
	static const struct {
		const char *budget;
		int most;
	} classes[] = {{"worker class=2", 1},
		       {"worker class=3", 2},
		       {"worker class=4", 3},
		       {"worker class=50", 37}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		open_all();
		for (int n = 0; n < classes[i].most; n++)
			ck_assert(hold_marked(classes[i].budget));
		ck_assert(!hold_marked(classes[i].budget));
		ck_assert(hold_marked("worker"));
		close_all();
	}
}

TEST(without_a_mark_or_with_a_bad_one_it_is_in_no_budget)
{
	open_all();
	conf.hold_budget = 1;
	conf.hold_budget_lighttpd = 1;
	for (int i = 0; i < 10; i++) {
		ck_assert(hold_marked(""));
		ck_assert(hold_marked("apache"));
		ck_assert(hold_marked("worker class=1"));
	}
	close_all();
}

TEST(none_is_0)
{
	open_all();
	conf.limit_address_held = 0;
	conf.limit_user_held = 0;
	conf.limit_connection_held = 0;
	conf.limit_publish_rate = 0;
	conf.limit_new_channels = 0;
	conf.hold_budget = 0;
	conf.hold_budget_lighttpd = 0;
	for (int i = 0; i < 300; i++) {
		struct credentials credentials = {.user = NULL};
		struct problem p;

		ck_assert(hold("192.0.2.1", "ann", "192.0.2.1 1"));
		ck_assert(hold_marked("worker"));
		ck_assert(hold_marked("descriptors"));
		ck_assert(
		    limits_publish(&limits, "192.0.2.1", &credentials, &p));
	}
	close_all();
}

TEST(publications_have_a_rate_by_address)
{
	const struct credentials none = {.user = NULL};
	struct problem p;

	open_all();
	for (int second = 0; second < 2; second++) {
		ck_assert(limits_publish(&limits, "192.0.2.1", &none, &p));
		ck_assert(limits_publish(&limits, "192.0.2.1", &none, &p));
		ck_assert(!limits_publish(&limits, "192.0.2.1", &none, &p));
		ck_assert(limits_publish(&limits, "192.0.2.2", &none, &p));
		ck_assert_uint_eq(p.status, 429);
		ck_assert_uint_eq(p.retry_after, 1);
		ck_assert_str_eq(p.stored, "false");
		fake_clock_advance(1000);
	}
	for (int i = 0; i < 10; i++)
		ck_assert(limits_publish(&limits, "127.0.0.1", &none, &p));
	close_all();
}

/* The token itself is not looked at, only whether it was verified. */
static struct credentials
bearer_of(const char *text)
{
	static char verified;

	return (struct credentials){.token = (struct token *)&verified,
				    .bearer = (char *)(uintptr_t)text};
}

TEST(publications_have_a_rate_by_token_wherever_it_is_used)
{
	struct credentials one = bearer_of("a.one.sig");
	struct credentials two = bearer_of("a.two.sig");
	struct problem p;

	open_all();
	ck_assert(limits_publish(&limits, "192.0.2.1", &one, &p));
	ck_assert(limits_publish(&limits, "127.0.0.1", &one, &p));
	ck_assert(!limits_publish(&limits, "192.0.2.3", &one, &p));
	ck_assert(limits_publish(&limits, "192.0.2.3", &two, &p));
	close_all();
}

TEST(a_token_with_another_text_of_its_signature_is_the_same)
{
	struct credentials one = bearer_of("a.one.sig");
	struct credentials other = bearer_of("a.one.sih");
	struct problem p;

	open_all();
	ck_assert(limits_publish(&limits, "192.0.2.1", &one, &p));
	ck_assert(limits_publish(&limits, "192.0.2.1", &other, &p));
	ck_assert(!limits_publish(&limits, "192.0.2.1", &one, &p));
	close_all();
}

/* Where anybody may publish, nobody checks it. */
TEST(a_signature_does_not_change_who_publishes)
{
	struct credentials one = {.sig = "one"}, two = {.sig = "two"};
	struct problem p;

	open_all();
	ck_assert(limits_publish(&limits, "192.0.2.1", &one, &p));
	ck_assert(limits_publish(&limits, "192.0.2.1", &two, &p));
	ck_assert(!limits_publish(&limits, "192.0.2.1", &one, &p));
	close_all();
}

/* --- those that are not held ---------------------------------------------- */

TEST(few_that_are_not_held_may_take_a_moment_of_a_worker)
{
	struct limits_held first = {.hurries = false};

	open_all();
	conf.hold_budget = 8;
	for (int i = 0; i < 8; i++)
		ck_assert(hold_marked("worker"));
	for (int i = 0; i < 2; i++) {
		ck_assert(!hold_marked("worker"));
		ck_assert(!last.hurries);
		if (i == 0)
			first = last;
	}
	ck_assert(!hold_marked("worker"));
	ck_assert(last.hurries);
	limits_leave(&limits, &first);
	ck_assert(!hold_marked("worker"));
	ck_assert(!last.hurries);
	close_all();
}

TEST(what_takes_no_worker_need_not_hurry)
{
	open_all();
	conf.hold_budget_lighttpd = 1;
	ck_assert(hold_marked("descriptors"));
	for (int i = 0; i < 50; i++) {
		ck_assert(!hold_marked("descriptors"));
		ck_assert(!last.hurries);
	}
	close_all();
}

/* --- channels ------------------------------------------------------------- */

static const struct credentials nobody = {.user = NULL};
static const struct publish_result first_message = {.status = PUBLISHED_STORED,
						    .new_channel = true};

/* Whether it may; if so, a channel is created. */
static bool
create(const char *address)
{
	struct limits_creator creator =
	    limits_creator(&limits, address, &nobody);

	if (creator.may)
		limits_created(&limits, &creator, &first_message);
	return creator.may;
}

TEST(an_address_creates_so_many_channels_in_an_hour)
{
	open_all();
	ck_assert(create("192.0.2.1"));
	fake_clock_advance(1000);
	ck_assert(create("192.0.2.1"));
	fake_clock_advance(1000);
	ck_assert(!create("192.0.2.1"));
	ck_assert(create("192.0.2.2"));
	fake_clock_advance(3600 * 1000);
	ck_assert(create("192.0.2.1"));
	close_all();
}

TEST(only_a_message_that_is_stored_in_a_new_channel_creates_one)
{
	const struct publish_result others[] = {
	    {.status = PUBLISHED_STORED},
	    {.status = PUBLISHED_NOT_STORED, .new_channel = true},
	    {.status = PUBLISHED_SEEN}};

	open_all();
	for (size_t i = 0; i < 9; i++) {
		struct limits_creator creator =
		    limits_creator(&limits, "192.0.2.1", &nobody);

		ck_assert(creator.may);
		limits_created(&limits, &creator, &others[i % 3]);
	}
	close_all();
}

TEST(a_message_in_a_new_channel_that_few_replicas_have_creates_it)
{
	const struct publish_result stored = {.status = PUBLISHED_UNKNOWN,
					      .few_replicas = true,
					      .new_channel = true};

	open_all();
	for (size_t i = 0; i < 3; i++) {
		struct limits_creator creator =
		    limits_creator(&limits, "192.0.2.1", &nobody);

		ck_assert(creator.may == (i < 2));
		limits_created(&limits, &creator, &stored);
	}
	close_all();
}

TEST(loopback_creates_channels_without_limit)
{
	open_all();
	for (int i = 0; i < 10; i++)
		ck_assert(create("127.0.0.1"));
	close_all();
}
