/* SPDX-License-Identifier: MIT */
/* shared/bus/publish.lua: the usual publication takes few commands; whatever is
 * nearly one is stored as the rest of the script does. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/bus_stage.h"
#include "tests/unit/turn.h"

enum { SERVER_SIZE = 16 };

/* Long ago, before the clock of any test. */
#define PAST "1000000000000"

static char server[SERVER_SIZE]; /* as in a tip */

static struct publish_result
publish(const char *channel)
{
	static struct bus_trace_publish answer;

	answer = bus_trace_publish_now(bus, channel, "data", NULL);
	return answer.result;
}

static struct id
stored(const char *channel)
{
	struct publish_result result = publish(channel);

	ck_assert_int_eq(result.status, PUBLISHED_STORED);
	return result.id;
}

static void
open_bus(void)
{
	const char *tip;

	bus_stage_open();
	stored("another");
	tip = redis_ask("GET push:{another}:tip");
	ck_assert_ptr_nonnull(strchr(tip, '@'));
	snprintf(server, sizeof(server), "%s", strchr(tip, '@') + 1);
}

static void
set_tip(const char *id, const char *by)
{
	redis_ask("SET push:{news}:tip %s@%s", id, by);
}

/* What the last message of the log names as the one before. */
static const char *
prev(void)
{
	static char text[ID_TEXT_SIZE];

	ck_assert_int_eq(
	    sscanf(redis_ask("XREVRANGE push:{news}:log + - COUNT 1"),
		   "%*s p %41s", text),
	    1);
	return text;
}

/* --- few commands --------------------------------------------------------- */

/* So many commands the script has run since `CONFIG RESETSTAT`. */
static unsigned long
commands_run(void)
{
	static const char *const own[] = {"get",  "xrevrange", "time",
					  "set",  "xtrim",     "expire",
					  "xadd", "publish",   "xrange"};
	unsigned long sum = 0;
	char field[64];

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		const char *at;

		snprintf(field, sizeof(field), "cmdstat_%s:calls=", own[i]);
		at = strstr(redis_ask("INFO commandstats"), field);
		if (at != NULL)
			sum += strtoul(at + strlen(field), NULL, 10);
	}
	return sum;
}

TEST(a_message_of_a_new_channel_takes_nine_commands)
{
	open_bus();
	redis_ask("CONFIG RESETSTAT");
	stored("news");
	ck_assert_uint_eq(commands_run(), 9);
	bus_stage_close();
}

TEST(a_further_message_takes_nine_commands)
{
	open_bus();
	stored("news");
	turn_for(0.002);
	redis_ask("CONFIG RESETSTAT");
	stored("news");
	ck_assert_uint_eq(commands_run(), 9);
	bus_stage_close();
}

/* Three messages of one turn: one call. */
static unsigned long
commands_of_three(const char *const keys[3])
{
	struct bus_trace_publish answers[3] = {{.calls = 0}};

	open_bus();
	stored("news");
	turn_for(0.002);
	redis_ask("CONFIG RESETSTAT");
	for (size_t i = 0; i < 3; i++) {
		struct publication p =
		    bus_trace_publication("news", "data", keys[i]);

		ck_assert_ptr_nonnull(
		    bus_publish(bus, &p, bus_trace_published, &answers[i]));
	}
	TURN_UNTIL(answers[2].calls == 1);
	return commands_run();
}

TEST(two_more_messages_of_a_call_take_two_commands_each)
{
	static const char *const none[3] = {NULL};

	ck_assert_uint_eq(commands_of_three(none), 9 + 2 * 2);
	bus_stage_close();
}

TEST(each_new_key_takes_two_commands_and_the_first_one_more)
{
	static const char *const keys[] = {"a", "b", "c"};

	ck_assert_uint_eq(commands_of_three(keys), 9 + 2 * 2 + 3 * 2 + 1);
	bus_stage_close();
}

TEST(a_message_in_the_millisecond_of_the_tip_has_the_next_id)
{
	char first[ID_TEXT_SIZE];
	struct id a, b;

	open_bus();
	do {
		redis_ask("CONFIG RESETSTAT");
		a = stored("news");
		b = stored("news");
	} while (a.ms != b.ms);
	ck_assert_uint_eq(commands_run(), 2 * 9);
	ck_assert_uint_eq(b.seq, a.seq + 1);
	id_format(first, a);
	ck_assert_str_eq(prev(), first);
	bus_stage_close();
}

TEST(old_messages_are_trimmed)
{
	open_bus();
	redis_ask("XADD push:{news}:log " PAST "-0 p 0-0 e e d old");
	set_tip(PAST "-0", server);
	stored("news");
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	ck_assert_str_eq(prev(), PAST "-0");
	bus_stage_close();
}

/* --- nearly usual --------------------------------------------------------- */

TEST(a_tip_of_another_server_becomes_a_fork)
{
	open_bus();
	set_tip(PAST "-5", "00000000");
	stored("news");
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("GET push:{news}:tip"), " " PAST "-5:"));
	bus_stage_close();
}

TEST(a_tip_of_the_future_is_the_last_id)
{
	open_bus();
	set_tip("9999999999999-5", server);
	ck_assert_uint_eq(stored("news").ms, 9999999999999);
	ck_assert_str_eq(prev(), "9999999999999-5");
	bus_stage_close();
}

TEST(a_tip_with_a_leading_zero_is_no_tip)
{
	open_bus();
	set_tip(PAST "-05", server);
	stored("news");
	ck_assert_str_eq(prev(), "0-0");
	bus_stage_close();
}

TEST(a_message_after_the_tip_is_the_last_one)
{
	open_bus();
	redis_ask("XADD push:{news}:log " PAST "-7 p 0-0 e e d data");
	set_tip(PAST "-5", server);
	stored("news");
	ck_assert_str_eq(prev(), PAST "-7");
	bus_stage_close();
}

TEST(what_the_publisher_knows_follows_the_tip)
{
	char known[ID_TEXT_SIZE];

	open_bus();
	id_format(known, stored("news"));
	redis_ask("DEL push:{news}:log");
	set_tip(PAST "-0", server);
	stored("news");
	ck_assert_str_eq(prev(), known);
	bus_stage_close();
}

TEST(what_the_publisher_knows_follows_the_tip_within_a_millisecond)
{
	char known[ID_TEXT_SIZE], first[ID_TEXT_SIZE];
	struct id a, b;

	open_bus();
	do {
		a = stored("news");
		b = stored("news");
	} while (a.ms != b.ms);
	id_format(first, a);
	id_format(known, b);
	redis_ask("DEL push:{news}:log");
	set_tip(first, server);
	turn_for(0.002);
	stored("news");
	ck_assert_str_eq(prev(), known);
	bus_stage_close();
}

TEST(a_message_that_must_not_be_the_first_is_not_stored)
{
	struct bus_trace_publish answer = {.calls = 0};
	struct publication p = bus_trace_publication("news", "data", NULL);

	open_bus();
	p.never_first = true;
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &p, bus_trace_published, &answer));
	TURN_UNTIL(answer.calls == 1);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert_str_eq(redis_ask("EXISTS push:{news}:tip"), "0");
	bus_stage_close();
}

TEST(a_key_seen_before_is_answered_without_the_log)
{
	struct bus_trace_publish first, again;

	open_bus();
	first = bus_trace_publish_now(bus, "news", "data", "k");
	redis_ask("SET push:{news}:log text");
	again = bus_trace_publish_now(bus, "news", "data", "k");
	ck_assert_int_eq(again.result.status, PUBLISHED_SEEN);
	ck_assert_int_eq(id_compare(again.result.id, first.result.id), 0);
	bus_stage_close();
}

TEST(without_the_name_of_the_server_there_is_none_in_the_tip)
{
	char text[ID_TEXT_SIZE];

	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all -info");
	redis_server_conf(&conf, "bob:secret@", "");
	bus = bus_trace_open_plain(&conf);
	id_format(text, stored("news"));
	ck_assert_str_eq(redis_ask("GET push:{news}:tip"), text);
	bus_stage_close();
}

TEST(a_redis_without_memory_stores_nothing)
{
	open_bus();
	stored("news");
	turn_for(0.002);
	redis_ask("CONFIG SET maxmemory 1");
	ck_assert_int_eq(publish("news").status, PUBLISHED_NOT_STORED);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	bus_stage_close();
}

TEST(a_log_that_takes_no_more_ids_is_refused)
{
	static const char last[] = "18446744073709551615-18446744073709551615";

	open_bus();
	redis_ask("XADD push:{news}:log %s d data", last);
	redis_ask("XDEL push:{news}:log %s", last);
	ck_assert_int_eq(publish("news").status, PUBLISHED_NOT_STORED);
	ck_assert_str_eq(redis_ask("EXISTS push:{news}:tip"), "0");
	bus_stage_close();
}
