/* SPDX-License-Identifier: MIT */
/* shared/bus/publish.lua: where a channel stands, whatever became of its keys,
 * and that nothing is stored of what Redis does not allow. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/bus/script.h"
#include "shared/model/tip.h"
#include "tests/unit/bus_stage.h"
#include "tests/unit/turn.h"

static void
open_bus_as_bob(const char *rules)
{
	redis_server_start();
	ck_assert_str_eq(
	    redis_ask("ACL SETUSER bob on >secret ~* &* +@all %s", rules),
	    "OK");
	redis_server_conf(&conf, "bob:secret@", "");
	bus = bus_trace_open_plain(&conf);
}

static struct id
publish(const char *data)
{
	struct bus_trace_publish answer =
	    bus_trace_publish_now(bus, "news", data, NULL);

	ck_assert_int_eq(answer.result.status, PUBLISHED_STORED);
	return answer.result.id;
}

/* Publishes and returns what it names as the message before. */
static const char *
prev_of_next(void)
{
	static char prev[ID_TEXT_SIZE];
	const char *entry;

	publish("next");
	entry = redis_ask("XREVRANGE push:{news}:log + - COUNT 1");
	ck_assert_int_eq(sscanf(entry, "%*s p %41s", prev), 1);
	return prev;
}

/* Publishes a message; the tip is its id. */
static struct id
next(void)
{
	char text[ID_TEXT_SIZE];
	struct id id = publish("next");

	id_format(text, id);
	ck_assert_str_eq(redis_tip("news"), text);
	return id;
}

/* --- the last id ---------------------------------------------------------- */

TEST(a_tip_behind_the_log_is_not_the_last_id)
{
	char last[ID_TEXT_SIZE];

	bus_stage_open();
	publish("one");
	id_format(last, redis_publish("news", "of another process"));
	redis_ask("SET push:{news}:tip 1000-0");
	ck_assert_str_eq(prev_of_next(), last);
	bus_stage_close();
}

TEST(a_tip_ahead_of_the_log_is_the_last_id)
{
	bus_stage_open();
	publish("one");
	redis_ask("SET push:{news}:tip 9999999999999-5");
	ck_assert_str_eq(prev_of_next(), "9999999999999-5");
	ck_assert_uint_gt(next().seq, 5);
	bus_stage_close();
}

TEST(what_another_process_stored_is_the_last_id)
{
	char last[ID_TEXT_SIZE];

	bus_stage_open();
	publish("one");
	id_format(last, redis_publish("news", "of another process"));
	ck_assert_str_eq(prev_of_next(), last);
	bus_stage_close();
}

static void
assert_tip_is_ignored(const char *value)
{
	char last[ID_TEXT_SIZE];

	id_format(last, redis_publish("news", "one"));
	redis_ask("SET push:{news}:tip %s", value);
	ck_assert_str_eq(prev_of_next(), last);
}

TEST(a_tip_that_is_no_id_is_replaced)
{
	bus_stage_open();
	assert_tip_is_ignored("rubbish");
	assert_tip_is_ignored("");
	assert_tip_is_ignored("99999999999999");
	assert_tip_is_ignored("09999999999999-0");
	assert_tip_is_ignored("9999999999999-00");
	assert_tip_is_ignored("99999999999999999999-0");
	assert_tip_is_ignored("9999999999999-0x");
	bus_stage_close();
}

TEST(a_tip_of_another_type_is_replaced)
{
	char last[ID_TEXT_SIZE];

	bus_stage_open();
	id_format(last, publish("one"));
	redis_ask("DEL push:{news}:tip");
	redis_ask("LPUSH push:{news}:tip x");
	ck_assert_str_eq(prev_of_next(), last);
	ck_assert_str_eq(redis_ask("TYPE push:{news}:tip"), "string");
	bus_stage_close();
}

TEST(the_cuts_of_the_tip_are_kept)
{
	char want[128];

	bus_stage_open();
	redis_ask("SET push:{news}:tip %s", "1000-0 500-0 700-1");
	id_format(want, publish("hi"));
	strcat(want, " 500-0 700-1@");
	ck_assert_ptr_nonnull(strstr(redis_ask("GET push:{news}:tip"), want));
	bus_stage_close();
}

TEST(ids_are_compared_exactly)
{
	bus_stage_open();
	redis_ask("XADD push:{news}:log 9007199254740992-7 p 0-0 e %s d hi",
		  "");
	redis_ask("SET push:{news}:tip 9007199254740993-0");
	ck_assert_uint_eq(next().ms, 9007199254740993);
	bus_stage_close();
}

TEST(an_id_follows_a_sequence_of_any_size)
{
	struct id id;

	bus_stage_open();
	redis_ask("SET push:{news}:tip 9999999999999-9007199254740993");
	id = next();
	ck_assert_uint_eq(id.ms, 9999999999999);
	ck_assert_uint_gt(id.seq, 9007199254740993);
	redis_ask("SET push:{news}:tip 9999999999999-9223372036854775807");
	ck_assert_uint_eq(next().ms, 10000000000000);
	bus_stage_close();
}

TEST(an_id_follows_higher_entries_that_were_deleted)
{
	bus_stage_open();
	redis_ask("XADD push:{news}:log 9999999999999-5 p 0-0 e %s d hi", "");
	redis_ask("XDEL push:{news}:log 9999999999999-5");
	redis_ask("SET push:{news}:tip 9999999999998-0");
	ck_assert_int_eq(id_compare(next(), (struct id){9999999999999, 6}), 0);
	bus_stage_close();
}

/* --- Redis has lost messages ---------------------------------------------- */

TEST(the_id_that_was_acknowledged_last_is_the_last_id_of_an_emptied_redis)
{
	char last[ID_TEXT_SIZE];

	bus_stage_open();
	publish("one");
	id_format(last, publish("two"));
	redis_ask("FLUSHALL");
	ck_assert_str_eq(prev_of_next(), last);
	bus_stage_close();
}

TEST(each_channel_has_its_own_last_id)
{
	bus_stage_open();
	bus_trace_publish_now(bus, "other", "hi", NULL);
	ck_assert_str_eq(prev_of_next(), "0-0");
	bus_stage_close();
}

TEST(ids_rise_in_an_emptied_redis_whose_clock_was_set_back)
{
	char last[ID_TEXT_SIZE], want[ID_TEXT_SIZE + 4];

	bus_stage_open();
	redis_ask("SET push:{news}:tip 9999999999999-5");
	id_format(last, next());
	redis_ask("FLUSHALL");
	ck_assert_uint_eq(next().ms, 10000000059999); /* + 1 min */
	snprintf(want, sizeof(want), "p %s ", last);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), want));
	bus_stage_close();
}

/* As after DEBUG RELOAD, which gives Redis no other run_id. Subscribers may
 * stand at the lost ones. */
TEST(ids_ahead_of_the_clock_rise_when_redis_goes_back)
{
	struct id lost = {0, 0}, id;
	char tip[128];

	bus_stage_open();
	redis_ask("SET push:{news}:tip 9999999999999-5");
	publish("kept");
	snprintf(tip, sizeof(tip), "%s", redis_ask("GET push:{news}:tip"));
	for (int i = 0; i < 3; i++)
		lost = publish("lost");
	redis_ask("FLUSHALL");
	redis_ask("SET push:{news}:tip %s", tip);
	id = redis_publish("news", "of another process");
	ck_assert(id_compare(id, lost) > 0);
	ck_assert_uint_eq(id.ms, 9999999999999);
	bus_stage_close();
}

/* A subscriber may stand at the first. */
TEST(an_emptied_redis_whose_clock_was_set_back_gives_no_id_twice)
{
	struct id first, second;

	bus_stage_open();
	redis_ask("SET push:{news}:tip 9999999999999-5");
	publish("one");
	redis_ask("FLUSHALL");
	first = publish("two");
	bus_close(bus);
	bus = bus_trace_open_plain(&conf);
	redis_ask("FLUSHALL");
	redis_ask("SET push:{news}:tip 9999999999999-5");
	publish("one");
	redis_ask("FLUSHALL");
	second = publish("two");
	ck_assert_uint_eq(second.ms, first.ms);
	ck_assert_uint_ne(second.seq, first.seq);
	bus_stage_close();
}

static void
assert_tip_and_cut(uint64_t ms, const char *cut)
{
	const char *value = redis_ask("GET push:{news}:tip");
	struct tip tip;

	ck_assert(tip_parse(&tip, text_of(value)));
	ck_assert_uint_eq(tip.last.ms, ms);
	ck_assert_uint_eq(tip.cut_count, 1);
	value = strchr(value, ' ') + 1;
	ck_assert_int_eq(strncmp(value, cut, strlen(cut)), 0);
	ck_assert_int_eq(value[strlen(cut)], '@');
}

/* Another publisher was first after it. */
TEST(in_an_emptied_redis_whose_clock_was_set_back_no_message_is_passed_over)
{
	char want[ID_TEXT_SIZE];

	bus_stage_open();
	redis_ask("SET push:{news}:tip 9999999999999-5");
	next();
	redis_ask("FLUSHALL");
	id_format(want, redis_publish("news", "other"));
	ck_assert_str_eq(prev_of_next(), want);
	assert_tip_and_cut(10000000059999, "0-0");
	bus_stage_close();
}

TEST(an_id_that_an_emptied_log_begins_with_while_the_clock_is_behind_is_a_cut)
{
	char cut[ID_TEXT_SIZE];

	bus_stage_open();
	redis_ask("SET push:{news}:tip 9999999999999-5");
	id_format(cut, publish("one"));
	redis_ask("FLUSHALL");
	publish("two");
	assert_tip_and_cut(10000000059999, cut);
	publish("three");
	assert_tip_and_cut(10000000059999, cut);
	bus_stage_close();
}

TEST(what_is_lost_while_the_clock_is_behind_is_a_cut)
{
	char last[ID_TEXT_SIZE];

	bus_stage_open();
	redis_ask("XADD push:{news}:log 9999999999998-0 p 0-0 e %s d one", "");
	redis_ask("SET push:{news}:tip 9999999999998-0");
	id_format(last, publish("two"));
	redis_ask("XDEL push:{news}:log %s", last);
	redis_ask("SET push:{news}:tip 9999999999998-0");
	ck_assert_str_eq(prev_of_next(), "9999999999998-0");
	assert_tip_and_cut(10000000059998, "9999999999998-0");
	bus_stage_close();
}

/* --- another server ------------------------------------------------------- */

static struct tip
tip_now(void)
{
	struct tip tip;

	ck_assert(tip_parse(&tip, text_of(redis_ask("GET push:{news}:tip"))));
	return tip;
}

/* A message of another server, the old master: it has the time `ms`. */
static struct id
store_at_old_master(unsigned long long ms)
{
	redis_ask("XADD push:{news}:log %llu-0 p 0-0 e %s d old", ms, "");
	redis_ask("SET push:{news}:tip %llu-0@0123abcd", ms);
	return (struct id){ms, 0};
}

TEST(the_first_message_on_another_server_makes_a_fork)
{
	struct id old, new;
	struct tip tip;

	bus_stage_open();
	old = store_at_old_master(1000);
	new = publish("new");
	tip = tip_now();
	ck_assert_uint_eq(tip.fork_count, 1);
	ck_assert_int_eq(id_compare(tip.forks[0].at, old), 0);
	ck_assert_uint_ge(tip.forks[0].end.ms, new.ms + 3000);
	publish("newer");
	ck_assert_uint_eq(tip_now().fork_count, 1);
	bus_stage_close();
}

/* Redis was started from an old snapshot while its clock was set back. */
TEST(a_fork_made_while_the_clock_is_behind_ends_after_all_that_may_be_lost)
{
	const struct id lost = {9999999999999 + 120000, 5};
	struct id old, fork = {0, 0};
	struct tip tip;

	bus_stage_open();
	old = store_at_old_master(9999999999999);
	publish("new");
	tip = tip_now();
	ck_assert(tip_fork_of(&tip, lost, &fork));
	ck_assert_int_eq(id_compare(fork, old), 0);
	bus_stage_close();
}

TEST(a_fork_after_the_highest_id_leaves_a_tip_that_can_be_read)
{
	bus_stage_open();
	store_at_old_master(9999999999999999999ULL);
	publish("new");
	ck_assert_uint_eq(tip_now().fork_count, 1);
	bus_stage_close();
}

TEST(the_newest_4_forks_are_kept)
{
	bus_stage_open();
	store_at_old_master(6000);
	redis_ask("SET push:{news}:tip %s",
		  "6000-0@0123abcd 1-0:5-0 2-0:5-0 3-0:5-0 4-0:5-0");
	publish("new");
	ck_assert_uint_eq(tip_now().fork_count, TIP_FORKS_MAX);
	ck_assert_uint_eq(tip_now().forks[0].at.ms, 2);
	ck_assert_uint_eq(tip_now().forks[3].at.ms, 6000);
	bus_stage_close();
}

/* The old master may store a message in the same millisecond. */
TEST(ids_after_a_fork_are_not_those_of_the_old_master)
{
	struct id first, second;

	bus_stage_open();
	store_at_old_master(1000);
	first = publish("new");
	second = publish("newer");
	ck_assert_uint_ge(first.seq, 1000);
	ck_assert_uint_ge(second.seq, 1000);
	bus_stage_close();
}

/* Redis was started twice from the same snapshot, while its clock was behind:
 * the server before has stored more messages, from the same id on. */
TEST(no_sequence_of_ids_is_continued_that_another_server_may_have_continued)
{
	struct id first, second;

	bus_stage_open();
	store_at_old_master(9999999999999);
	redis_ask("SET push:{news}:tip %s",
		  "9999999999999-2000000000@0123abcd");
	first = publish("new");
	second = publish("newer");
	ck_assert_uint_gt(first.seq, 2000000001);
	ck_assert(id_compare(second, first) > 0);
	bus_stage_close();
}

TEST(ids_long_after_a_fork_are_as_redis_makes_them)
{
	char tip[128];

	bus_stage_open();
	publish("one");
	snprintf(tip, sizeof(tip), "%s 1-0:2-0",
		 redis_ask("GET push:{news}:tip"));
	redis_ask("SET push:{news}:tip %s", tip);
	ck_assert_uint_lt(publish("new").seq, 1000);
	bus_stage_close();
}

/* Runs the script for a publisher that knows a message of the old master. */
static void
publish_knowing(const char *known, const char *data)
{
	redis_ask("EVAL %s 2 push:{news}:log push:{news}:tip 1000 86400 86400 "
		  "2592000 86400 nobody %s 0123abcd %s %s %s %s",
		  bus_publish_script.text, known, "4567cdef", "", data, "");
}

TEST(the_first_publisher_on_a_new_master_names_the_lost_message_it_knows)
{
	bus_stage_open();
	store_at_old_master(1000);
	publish_knowing("1005-0", "new");
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), "p 1005-0 "));
	ck_assert_uint_eq(tip_now().cut_count, 0);
	bus_stage_close();
}

/* Whoever has the lost message has not got the others' messages. */
TEST(a_later_publisher_on_a_new_master_names_the_last_message_there)
{
	char want[64];
	struct tip tip;

	bus_stage_open();
	store_at_old_master(1000);
	publish_knowing("0-0", "new");
	snprintf(want, sizeof(want), "p %s ", redis_tip("news"));
	publish_knowing("8888888888888-0", "newer");
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), want));
	tip = tip_now();
	ck_assert(tip_has_cut(&tip, (struct id){1000, 0}));
	bus_stage_close();
}

/* --- what Redis does not allow -------------------------------------------- */

static void
assert_nothing_is_stored(const char *rules)
{
	struct bus_trace_publish answer;

	open_bus_as_bob(rules);
	answer = bus_trace_publish_now(bus, "news", "hi", "k1");
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert_ptr_nonnull(strstr(answer.reason, "(NOPERM)"));
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	bus_stage_close();
}

TEST(without_the_right_to_set_nothing_is_stored)
{
	assert_nothing_is_stored("-set");
}

TEST(without_the_right_to_expire_nothing_is_stored)
{
	assert_nothing_is_stored("-expire");
}

TEST(without_the_right_to_trim_nothing_is_stored)
{
	assert_nothing_is_stored("-xtrim");
}

TEST(without_the_right_to_add_nothing_is_stored)
{
	assert_nothing_is_stored("-xadd");
}

TEST(without_the_right_to_read_nothing_is_stored)
{
	assert_nothing_is_stored("-get");
}

TEST(without_the_right_to_a_key_nothing_is_stored)
{
	struct bus_trace_publish answer;

	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~push:*:log ~push:*:key:* &* "
		  "+@all");
	redis_server_conf(&conf, "bob:secret@", "");
	bus = bus_trace_open_plain(&conf);
	answer = bus_trace_publish_now(bus, "news", "hi", "k1");
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	bus_stage_close();
}

/* Full: the log, the tip and the keys are as they were. */
TEST(a_full_redis_keeps_what_it_has)
{
	struct bus_trace_publish answer;
	char tip[ID_TEXT_SIZE];

	bus_stage_open();
	id_format(tip, publish("one"));
	redis_ask("CONFIG SET maxmemory 1");
	answer = bus_trace_publish_now(bus, "news", "two", "k1");
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	ck_assert_str_eq(redis_tip("news"), tip);
	ck_assert_str_eq(redis_ask("DBSIZE"), "2");
	bus_stage_close();
}
