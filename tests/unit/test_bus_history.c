/* SPDX-License-Identifier: MIT */
/* shared/bus/history.c */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/bus_stage.h"
#include "tests/unit/turn.h"

static const struct id START = {0, 0}, END = {UINT64_MAX, UINT64_MAX};

static struct bus_trace_tip tip;
static struct bus_trace_history history;

static void
ask_tip(const char *channel)
{
	memset(&tip, 0, sizeof(tip));
	ck_assert_ptr_nonnull(bus_tip(bus, channel, bus_trace_tip, &tip));
	TURN_UNTIL(tip.calls == 1);
}

static struct bus_call *
ask_range(struct id after, struct id through, unsigned int limit)
{
	const struct bus_range range = {.channel = "news",
					.after = after,
					.through = through,
					.limit = limit};

	return bus_history(bus, &range, bus_trace_history, &history);
}

static void
ask_history(struct id after, struct id through, unsigned int limit)
{
	memset(&history, 0, sizeof(history));
	ck_assert_ptr_nonnull(ask_range(after, through, limit));
	TURN_UNTIL(history.calls == 1);
}

/* Entries 1-0=a, 2-0=b, ... as many as there are letters. */
static void
keep(const char *letters)
{
	for (int i = 1; letters[i - 1] != '\0'; i++)
		redis_ask("XADD push:{news}:log %d-0 p %d-0 e %s d %b", i,
			  i - 1, "", &letters[i - 1], (size_t)1);
}

static void
assert_history(struct id after, struct id through, unsigned int limit,
	       const char *want)
{
	ask_history(after, through, limit);
	ck_assert_int_eq(history.status, BUS_OK);
	ck_assert_str_eq(history.text, want);
}

TEST(the_tip_is_the_newest_id)
{
	struct id id;

	bus_stage_open();
	redis_publish("news", "one");
	id = redis_publish("news", "two");
	ask_tip("news");
	ck_assert_int_eq(tip.status, BUS_OK);
	ck_assert_int_eq(id_compare(tip.tip.last, id), 0);
	bus_stage_close();
}

TEST(the_tip_of_an_unused_channel_is_0)
{
	bus_stage_open();
	ask_tip("news");
	ck_assert_int_eq(tip.status, BUS_OK);
	ck_assert_int_eq(id_compare(tip.tip.last, START), 0);
	bus_stage_close();
}

TEST(a_tip_that_is_not_an_id_is_ignored)
{
	bus_stage_open();
	keep("ab");
	redis_ask("SET push:{news}:tip nonsense");
	ask_tip("news");
	ck_assert_int_eq(tip.status, BUS_OK);
	ck_assert_uint_eq(tip.tip.last.ms, 2);
	bus_stage_close();
}

TEST(the_tip_is_not_less_than_the_last_entry_of_the_log)
{
	bus_stage_open();
	keep("abc");
	redis_ask("SET push:{news}:tip 2-0");
	ask_tip("news");
	ck_assert_uint_eq(tip.tip.last.ms, 3);
	redis_ask("DEL push:{news}:tip");
	ask_tip("news");
	ck_assert_uint_eq(tip.tip.last.ms, 3);
	bus_stage_close();
}

TEST(the_tip_outlives_the_log)
{
	bus_stage_open();
	redis_ask("SET push:{news}:tip 7-0");
	ask_tip("news");
	ck_assert_uint_eq(tip.tip.last.ms, 7);
	bus_stage_close();
}

TEST(the_tip_comes_with_its_cuts)
{
	bus_stage_open();
	keep("abc");
	redis_ask("SET push:{news}:tip %s", "2-0 1-0");
	ask_tip("news");
	ck_assert_uint_eq(tip.tip.last.ms, 3);
	ck_assert(tip_has_cut(&tip.tip, (struct id){1, 0}));
	bus_stage_close();
}

TEST(a_page_ends_at_its_last_entry_or_where_it_was_asked_to)
{
	bus_stage_open();
	keep("abc");
	redis_ask("XADD push:{news}:log 4-0 foreign field");
	ask_history(START, (struct id){9, 0}, 4);
	ck_assert_uint_eq(history.end.ms, 4);
	ask_history(START, (struct id){9, 0}, 5);
	ck_assert_uint_eq(history.end.ms, 9);
	bus_stage_close();
}

TEST(history_is_every_kept_message_in_order)
{
	bus_stage_open();
	keep("abc");
	assert_history(START, END, 100, "1-0=a 2-0=b 3-0=c");
	bus_stage_close();
}

TEST(history_begins_after_the_first_id)
{
	bus_stage_open();
	keep("abc");
	assert_history((struct id){1, 0}, END, 100, "2-0=b 3-0=c");
	bus_stage_close();
}

TEST(history_includes_the_last_id)
{
	bus_stage_open();
	keep("abc");
	assert_history(START, (struct id){2, 0}, 100, "1-0=a 2-0=b");
	bus_stage_close();
}

TEST(a_page_has_at_most_limit_messages)
{
	bus_stage_open();
	keep("abc");
	assert_history(START, END, 2, "1-0=a 2-0=b");
	assert_history((struct id){2, 0}, END, 2, "3-0=c");
	bus_stage_close();
}

TEST(history_of_an_unused_channel_is_empty)
{
	bus_stage_open();
	assert_history(START, END, 100, "");
	ck_assert_uint_eq(history.count, 0);
	bus_stage_close();
}

TEST(an_entry_of_another_program_is_left_out)
{
	bus_stage_open();
	keep("a");
	redis_ask("XADD push:{news}:log 2-0 foreign field");
	redis_ask("XADD push:{news}:log 3-0 p nonsense e %s d x", "");
	redis_ask("XADD push:{news}:log 4-0 p 1-0 e %s d b", "");
	assert_history(START, END, 100, "1-0=a 4-0=b");
	bus_stage_close();
}

TEST(a_log_of_another_type_is_refused)
{
	bus_stage_open();
	redis_ask("SET push:{news}:log text");
	ask_history(START, END, 100);
	ck_assert_int_eq(history.status, BUS_REFUSED);
	bus_stage_close();
}

TEST(a_question_is_refused_while_redis_is_down)
{
	bus_stage_open();
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(bus));
	ck_assert_ptr_null(bus_tip(bus, "news", bus_trace_tip, &tip));
	ck_assert_ptr_null(ask_range(START, END, 1));
	bus_stage_close();
	ck_assert_uint_eq(tip.calls + history.calls, 0);
}

TEST(calls_end_with_down_when_redis_dies)
{
	bus_stage_open();
	redis_server_freeze();
	ck_assert_ptr_nonnull(bus_tip(bus, "news", bus_trace_tip, &tip));
	ck_assert_ptr_nonnull(ask_range(START, END, 1));
	turn_for(0.05);
	redis_server_kill();
	TURN_UNTIL(tip.calls == 1 && history.calls == 1);
	ck_assert_int_eq(tip.status, BUS_DOWN);
	ck_assert_int_eq(history.status, BUS_DOWN);
	bus_stage_close();
}

TEST(a_cancelled_call_gets_no_callback)
{
	struct bus_trace_tip other = {.calls = 0};

	bus_stage_open();
	bus_cancel(bus_tip(bus, "news", bus_trace_tip, &tip));
	bus_cancel(ask_range(START, END, 1));
	ck_assert_ptr_nonnull(bus_tip(bus, "news", bus_trace_tip, &other));
	TURN_UNTIL(other.calls == 1);
	ck_assert_uint_eq(tip.calls + history.calls, 0);
	bus_stage_close();
}

TEST(a_cancelled_call_gets_no_callback_when_redis_dies)
{
	bus_stage_open();
	redis_server_freeze();
	bus_cancel(bus_tip(bus, "news", bus_trace_tip, &tip));
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(bus));
	ck_assert_uint_eq(tip.calls, 0);
	bus_stage_close();
}

TEST(cancel_accepts_null)
{
	bus_cancel(NULL);
}

TEST(newest_is_the_last_messages_in_order)
{
	bus_stage_open();
	keep("abc");
	memset(&history, 0, sizeof(history));
	ck_assert_ptr_nonnull(
	    bus_newest(bus, &(struct bus_range){.channel = "news", .limit = 2},
		       bus_trace_history, &history));
	TURN_UNTIL(history.calls == 1);
	ck_assert_int_eq(history.status, BUS_OK);
	ck_assert_str_eq(history.text, "2-0=b 3-0=c");
	bus_stage_close();
}
