/* SPDX-License-Identifier: MIT */
/* shared/bus/presence.c and presence.lua, with Redis. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/bus/presence.h"
#include "shared/model/presence.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

enum { LONG_MS = 60000 };

static struct conf conf;
static struct bus *bus;
static char trace[BUS_TRACE_SIZE];
static unsigned int answers, again_ms;
static enum bus_status status;
static char text[PRESENCE_TEXT_MAX];

static void
open_up(void)
{
	redis_server_start();
	redis_server_conf(&conf, "", "");
	bus = bus_trace_open(&conf, trace);
	TURN_UNTIL(bus_trace_has(trace, "up") &&
		   bus_trace_has(trace, "subscription_up"));
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

static void
answered(void *arg, const struct bus_presence_answer *a)
{
	(void)arg;
	answers++;
	status = a->status;
	again_ms = a->again_ms;
	snprintf(text, sizeof(text), "%.*s", (int)a->text.len,
		 a->text.bytes != NULL ? a->text.bytes : "");
}

/* The answer without its time. */
static const char *
ask(const struct bus_presence *p)
{
	unsigned int before = answers;
	const char *space;

	ck_assert_ptr_nonnull(bus_presence(bus, p, answered, NULL));
	TURN_UNTIL(answers > before);
	ck_assert_int_eq(status, BUS_OK);
	space = strchr(text, ' ');
	ck_assert_ptr_nonnull(space);
	return space + 1;
}

/* What is so now. */
static const char *
state_of(bool list)
{
	return ask(&(struct bus_presence){
	    .channel = "news", .process = "", .own = "0 0", .list = list});
}

static const char *
hold_for(const char *process, const char *own, unsigned int lease_ms)
{
	return ask(&(struct bus_presence){.channel = "news",
					  .process = process,
					  .own = own,
					  .lease_ms = lease_ms,
					  .list = strchr(own, '\n') != NULL});
}

static const char *
hold(const char *process, const char *own)
{
	return hold_for(process, own, LONG_MS);
}

static const char *
visit(const char *process, const char *id, const char *user, unsigned int ms)
{
	const struct bus_presence_visit v = {.id = id, .user = user, .ms = ms};

	return ask(&(struct bus_presence){.channel = "news",
					  .process = process,
					  .own = "0 0",
					  .list = user != NULL,
					  .visits = &v,
					  .visit_count = 1});
}

TEST(nobody_is_there_at_first)
{
	open_up();
	ck_assert_str_eq(state_of(false), "0 c");
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	close_all();
}

TEST(processes_add_up)
{
	open_up();
	ck_assert_str_eq(hold("a", "3 0"), "3 c");
	hold("b", "4 0");
	ck_assert_str_eq(state_of(false), "7 c");
	hold("a", "1 0");
	ck_assert_str_eq(state_of(false), "5 c");
	close_all();
}

TEST(a_process_that_ends_takes_its_own_with_it)
{
	open_up();
	hold("a", "3 0");
	hold("b", "4 0");
	hold_for("a", "3 0", 0);
	ck_assert_str_eq(state_of(false), "4 c");
	close_all();
}

TEST(a_lease_that_is_over_counts_no_more)
{
	open_up();
	hold_for("a", "3 0", 1);
	hold("b", "4 0");
	TURN_UNTIL(strcmp(state_of(false), "4 c") == 0);
	ck_assert_str_eq(redis_ask("ZCARD push:{news}:presence"), "1");
	close_all();
}

TEST(names_of_all_processes_are_one_sorted_list)
{
	open_up();
	hold("a", "3 0\neve\nalice");
	hold("b", "4 0\nbob\nalice");
	ck_assert_str_eq(state_of(true), "7 l\nalice\nbob\neve");
	close_all();
}

TEST(a_process_with_more_names_than_it_tells_leaves_only_a_count)
{
	open_up();
	hold("a", "3 0\neve\nalice");
	hold("b", "400 1");
	ck_assert_str_eq(state_of(true), "403 m");
	close_all();
}

TEST(more_than_a_hundred_names_of_all_are_only_counted)
{
	char own[2][1024] = {"60 0", "60 0"};

	open_up();
	for (int i = 0; i < 120; i++)
		sprintf(own[i % 2] + strlen(own[i % 2]), "\nu%d", i);
	hold("a", own[0]);
	hold("b", own[1]);
	ck_assert_str_eq(state_of(true), "120 m");
	close_all();
}

TEST(a_visit_counts_until_it_is_held_again_by_any_process)
{
	open_up();
	hold("a", "2 0");
	visit("a", "one", NULL, LONG_MS);
	/* it holds nothing else */
	ck_assert_str_eq(state_of(false), "1 c");
	visit("b", "one", NULL, LONG_MS);
	ck_assert_str_eq(state_of(false), "1 c");
	visit("b", "one", NULL, 0);
	ck_assert_str_eq(state_of(false), "0 c");
	close_all();
}

TEST(a_visit_is_over_after_its_time)
{
	open_up();
	visit("a", "one", NULL, 1);
	TURN_UNTIL(strcmp(state_of(false), "0 c") == 0);
	close_all();
}

TEST(the_name_of_a_visit_is_listed)
{
	open_up();
	visit("a", "one", "Eve van den Berg", LONG_MS);
	hold("b", "1 0\nbob");
	ck_assert_str_eq(state_of(true), "2 l\nEve van den Berg\nbob");
	visit("b", "one", "Eve van den Berg", 0);
	ck_assert_str_eq(state_of(true), "0 l");
	close_all();
}

TEST(any_number_of_visits_without_a_name_leaves_the_names)
{
	enum { COUNT = 2100 };
	static char ids[COUNT][8];
	static struct bus_presence_visit visits[COUNT];

	open_up();
	hold("a", "1 0\nbob");
	for (int i = 0; i < COUNT; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%d", i);
		visits[i] =
		    (struct bus_presence_visit){.id = ids[i], .ms = LONG_MS};
	}
	ask(&(struct bus_presence){.channel = "news",
				   .process = "b",
				   .own = "0 0",
				   .list = true,
				   .visits = visits,
				   .visit_count = COUNT});
	ck_assert_str_eq(state_of(true), "2101 l\nbob");
	ck_assert_int_gt(atoi(redis_ask("TTL push:{news}:unnamed")), 60);
	close_all();
}

TEST(another_user_with_the_same_id_ends_no_visit)
{
	open_up();
	visit("a", "one", "ann", LONG_MS);
	visit("a", "one", "bob", 0);
	ck_assert_str_eq(state_of(true), "1 l\nann");
	close_all();
}

TEST(a_change_is_announced_at_most_once_a_second_and_the_last_one_is)
{
	open_up();
	bus_presence_subscribe(bus, "news");
	TURN_UNTIL(bus_trace_has(trace, "presence_subscribed:news"));
	hold("a", "1 0");
	for (int i = 2; i < 10; i++) {
		char own[16];

		sprintf(own, "%d 0", i);
		hold("a", own);
	}
	ck_assert_uint_gt(again_ms, 0);
	ck_assert_uint_le(again_ms, 1000);
	ck_assert_ptr_null(strstr(trace, "presence:news:"));
	turn_for(again_ms / 1000. + 0.01);
	ck_assert_str_eq(hold("a", "9 0"), "9 c");
	TURN_UNTIL(strstr(trace, "presence:news:") != NULL);
	ck_assert_ptr_nonnull(strstr(trace, " 9 c"));
	ck_assert_uint_eq(again_ms, 0);
	close_all();
}

TEST(a_process_that_ends_leaves_the_announcement_to_others)
{
	unsigned int ms = 0;
	const char *late;

	open_up();
	bus_presence_subscribe(bus, "news");
	TURN_UNTIL(bus_trace_has(trace, "presence_subscribed:news"));
	hold("a", "1 0");
	hold("b", "1 0");
	hold_for("b", "1 0", 0);
	hold("c", "1 0");
	hold_for("c", "1 0", 0);
	ck_assert_ptr_null(strstr(trace, "late")); /* it is as announced */
	hold_for("a", "1 0", 0);
	TURN_UNTIL((late = strstr(trace, "late ")) != NULL);
	ck_assert(presence_is_late(text_of(late), &ms));
	ck_assert_uint_gt(ms, 0);
	ck_assert_uint_le(ms, 1000);
	close_all();
}

TEST(a_renewal_announces_nothing)
{
	open_up();
	bus_presence_subscribe(bus, "news");
	TURN_UNTIL(bus_trace_has(trace, "presence_subscribed:news"));
	hold("a", "1 0");
	redis_ask("HSET push:{news}:held at 0");
	hold("a", "1 0");
	hold("a", "1 0");
	turn_for(0.05);
	ck_assert_ptr_null(strstr(trace, "presence:news:"));
	close_all();
}

TEST(after_redis_was_emptied_the_first_of_several_announces_nothing_yet)
{
	open_up();
	bus_presence_subscribe(bus, "news");
	TURN_UNTIL(bus_trace_has(trace, "presence_subscribed:news"));
	hold("a", "1 0");
	hold("b", "2 0");
	redis_ask("FLUSHALL");
	hold("a", "1 0");
	hold("b", "2 0");
	ck_assert_str_eq(state_of(false), "3 c");
	turn_for(0.05);
	ck_assert_ptr_null(strstr(trace, "presence:news:"));
	close_all();
}

TEST(what_is_left_without_leases_is_not_counted)
{
	open_up();
	hold("a", "5 0");
	redis_ask("DEL push:{news}:presence");
	ck_assert_str_eq(hold("b", "2 0"), "5 c"); /* as announced */
	ck_assert_str_eq(state_of(false), "2 c");
	close_all();
}

TEST(keys_of_another_type_are_an_error)
{
	unsigned int before = answers;

	open_up();
	redis_ask("SET push:{news}:held x");
	ck_assert_ptr_nonnull(
	    bus_presence(bus,
			 &(struct bus_presence){.channel = "news",
						.process = "a",
						.own = "1 0",
						.lease_ms = LONG_MS},
			 answered, NULL));
	TURN_UNTIL(answers > before);
	ck_assert_int_eq(status, BUS_REFUSED);
	close_all();
}

TEST(when_all_have_left_the_keys_end_soon)
{
	open_up();
	hold("a", "1 0");
	visit("b", "one", NULL, LONG_MS);
	hold_for("a", "1 0", 0);
	ck_assert_int_gt(atoi(redis_ask("TTL push:{news}:held")), 60);
	visit("b", "one", NULL, 0);
	ck_assert_int_le(atoi(redis_ask("TTL push:{news}:held")), 5);
	close_all();
}

TEST(the_keys_of_a_channel_are_in_one_slot_and_end)
{
	open_up();
	hold("a", "1 0");
	ck_assert_int_gt(atoi(redis_ask("TTL push:{news}:held")), 0);
	ck_assert_int_gt(atoi(redis_ask("TTL push:{news}:presence")), 0);
	ck_assert_str_eq(redis_ask("DBSIZE"), "2");
	close_all();
}
