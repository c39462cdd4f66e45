/* SPDX-License-Identifier: MIT */
/* shared/bus/rewind.c and rewind.lua. */
#include "config.h"

#include "shared/bus/rewind.h"

#include <stdlib.h>
#include <string.h>

#include "shared/bus/tip.h"
#include "tests/unit/bus_stage.h"
#include "tests/unit/turn.h"

static struct bus_trace_tip tip;

static struct tip known; /* to the process */

static struct {
	unsigned int calls;
	enum bus_status status;
	struct rewind rewind;
} answer;

static void
answered(void *arg, enum bus_status status, const struct rewind *rewind)
{
	(void)arg;
	answer.calls++;
	answer.status = status;
	answer.rewind = *rewind;
}

static struct tip_fork passed;

static void
set_tip(const char *value)
{
	redis_ask("SET push:{news}:tip %s", value);
}

/* The process has delivered these ids, newest first; 0: no more. */
static void
ask_rewind(struct id first, struct id second)
{
	const struct id ids[] = {first, second};
	const struct bus_seen seen = {.channel = "news",
				      .ids = ids,
				      .count = second.ms > 0 ? 2 : 1,
				      .tip = &known,
				      .passed = passed};

	memset(&answer, 0, sizeof(answer));
	ck_assert_ptr_nonnull(bus_rewind(bus, &seen, answered, NULL));
	TURN_UNTIL(answer.calls == 1);
}

static struct tip
ask_tip(void)
{
	memset(&tip, 0, sizeof(tip));
	ck_assert_ptr_nonnull(bus_tip(bus, "news", bus_trace_tip, &tip));
	TURN_UNTIL(tip.calls == 1);
	ck_assert_int_eq(tip.status, BUS_OK);
	return tip.tip;
}

static struct id
at(uint64_t ms)
{
	return (struct id){ms, 0};
}

static struct id
now(void)
{
	struct id id = redis_store("clock", "x");

	return id;
}

static void
add(uint64_t ms, uint64_t prev)
{
	redis_ask("XADD push:{news}:log %llu-0 p %llu-0 e %s d x",
		  (unsigned long long)ms, (unsigned long long)prev, "");
}

TEST(nothing_is_lost_when_the_log_holds_the_position)
{
	bus_stage_open();
	add(1, 0);
	add(2, 1);
	ask_rewind(at(1), at(0));
	ck_assert_int_eq(answer.rewind.what, REWIND_KEPT);
	ck_assert_uint_eq(answer.rewind.tip.last.ms, 2);
	bus_stage_close();
}

TEST(nothing_is_lost_when_the_log_was_trimmed)
{
	bus_stage_open();
	add(5, 4);
	ask_rewind(at(3), at(2));
	ck_assert_int_eq(answer.rewind.what, REWIND_KEPT);
	bus_stage_close();
}

TEST(nothing_is_lost_when_the_tip_outlives_the_log)
{
	bus_stage_open();
	set_tip("5-0");
	ask_rewind(at(3), at(2));
	ck_assert_int_eq(answer.rewind.what, REWIND_KEPT);
	bus_stage_close();
}

TEST(after_a_loss_the_tip_is_a_new_id_above_the_position)
{
	struct id own;

	bus_stage_open();
	add(1, 0);
	own = now();
	ask_rewind(own, at(1));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_int_gt(id_compare(answer.rewind.tip.last, own), 0);
	ck_assert_int_eq(id_compare(ask_tip().last, answer.rewind.tip.last), 0);
	bus_stage_close();
}

TEST(after_a_loss_the_next_message_names_the_new_tip)
{
	struct id own;
	char want[64] = "p ", *end = want + 2;

	bus_stage_open();
	add(1, 0);
	own = now();
	ask_rewind(own, at(1));
	id_format(end, answer.rewind.tip.last);
	redis_publish("news", "next");
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XREVRANGE push:{news}:log + - COUNT 1"), want));
	bus_stage_close();
}

TEST(a_position_ahead_of_the_clock_gets_a_tip_a_minute_above_it)
{
	struct id own;

	bus_stage_open();
	own = now();
	own.ms += 3600 * 1000;
	ask_rewind(own, at(0));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.tip.last.ms, own.ms + 60 * 1000);
	bus_stage_close();
}

TEST(the_common_point_is_a_cut_when_a_message_follows_it)
{
	bus_stage_open();
	add(1, 0);
	add(9, 1);
	ask_rewind(at(5), at(1));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 1);
	ck_assert_uint_eq(answer.rewind.tip.last.ms, 9);
	ck_assert(tip_has_cut(&answer.rewind.tip, at(1)));
	ck_assert_uint_eq(ask_tip().cut_count, 1);
	bus_stage_close();
}

TEST(a_cut_is_written_once)
{
	bus_stage_open();
	add(1, 0);
	add(9, 1);
	ask_rewind(at(5), at(1));
	ask_rewind(at(7), at(1));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(ask_tip().cut_count, 1);
	bus_stage_close();
}

TEST(the_newest_8_cuts_are_kept)
{
	bus_stage_open();
	add(10, 0);
	for (uint64_t i = 1; i <= 10; i++) {
		add(10 * i + 10, 10 * i);
		ask_rewind(at(10 * i + 5), at(10 * i));
	}
	ck_assert_uint_eq(ask_tip().cut_count, TIP_CUTS_MAX);
	ck_assert(tip_has_cut(&tip.tip, at(100)));
	ck_assert(!tip_has_cut(&tip.tip, at(20)));
	bus_stage_close();
}

TEST(a_publication_keeps_the_cuts)
{
	bus_stage_open();
	add(1, 0);
	add(9, 1);
	ask_rewind(at(5), at(1));
	redis_publish("news", "next");
	ck_assert(tip_has_cut((ask_tip(), &tip.tip), at(1)));
	bus_stage_close();
}

TEST(the_tip_keeps_its_life)
{
	bus_stage_open();
	add(1, 0);
	redis_ask("SET push:{news}:tip 1-0 EX 1000");
	ask_rewind(now(), at(1));
	ck_assert_int_le(atoi(redis_ask("TTL push:{news}:tip")), 1000);
	ck_assert_int_gt(atoi(redis_ask("TTL push:{news}:tip")), 900);
	bus_stage_close();
}

TEST(a_lost_tip_gets_a_life)
{
	bus_stage_open();
	ask_rewind(now(), at(0));
	ck_assert_int_gt(atoi(redis_ask("TTL push:{news}:tip")), 86400);
	bus_stage_close();
}

TEST(a_tip_whose_life_is_over_is_no_loss)
{
	bus_stage_open();
	ask_rewind(at(5), at(0));
	ck_assert_int_eq(answer.rewind.what, REWIND_EXPIRED);
	ck_assert_str_eq(redis_ask("EXISTS push:{news}:tip"), "0");
	bus_stage_close();
}

TEST(a_log_born_anew_after_the_life_of_the_tip_is_no_loss)
{
	bus_stage_open();
	redis_publish("news", "first");
	ask_rewind(at(5), at(0));
	ck_assert_int_eq(answer.rewind.what, REWIND_EXPIRED);
	bus_stage_close();
}

TEST(when_the_clock_went_back_the_new_messages_follow_the_common_point)
{
	bus_stage_open();
	add(1, 0);
	add(3, 1);
	add(4, 3);
	ask_rewind(at(9), at(1));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 1);
	bus_stage_close();
}

TEST(an_emptied_log_with_a_clock_set_back_is_new_from_its_start)
{
	bus_stage_open();
	add(8, 0);
	ask_rewind(at(9), at(7));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 0);
	bus_stage_close();
}

TEST(the_cut_is_the_lost_id_that_the_next_message_names)
{
	bus_stage_open();
	add(1, 0);
	add(9, 4); /* 4 was lost, and a publisher knew it */
	ask_rewind(at(5), at(4));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 4);
	ck_assert(tip_has_cut(&answer.rewind.tip, at(4)));
	bus_stage_close();
}

TEST(a_tip_of_another_type_is_no_tip)
{
	bus_stage_open();
	add(1, 0);
	add(2, 1);
	redis_ask("LPUSH push:{news}:tip x");
	ck_assert_uint_eq(ask_tip().last.ms, 2);
	ask_rewind(at(2), at(1));
	ck_assert_int_eq(answer.rewind.what, REWIND_KEPT);
	bus_stage_close();
}

TEST(a_rewind_that_redis_cannot_write_down_now_is_to_be_asked_again)
{
	struct id own;

	bus_stage_open();
	own = now();
	redis_ask("CONFIG SET min-replicas-to-write 1");
	ask_rewind(own, at(0));
	ck_assert_int_eq(answer.status, BUS_DOWN);
	bus_stage_close();
}

TEST(an_emptied_log_that_names_a_known_id_is_new_after_it)
{
	bus_stage_open();
	redis_ask("XADD push:{news}:log 5-1 p 5-0 e %s d x", "");
	ask_rewind(at(9), at(5));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 5);
	ck_assert_uint_eq(answer.rewind.after.seq, 0);
	bus_stage_close();
}

TEST(an_emptied_log_with_a_clock_set_far_back_is_new_from_its_start)
{
	struct id own;

	bus_stage_open();
	own = now();
	own.ms += 3600 * 1000;
	redis_publish("news", "early");
	ask_rewind(own, at(0));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 0);
	bus_stage_close();
}

/* A publisher that knows nothing comes first in an emptied Redis, then one that
 * names the id that it knows. */
TEST(a_message_below_the_one_that_names_a_known_id_is_new)
{
	bus_stage_open();
	add(8, 0);
	add(20, 7);
	ask_rewind(at(9), at(7));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 0);
	bus_stage_close();
}

TEST(with_a_clock_set_far_back_a_message_below_a_known_id_is_new)
{
	struct id own;

	bus_stage_open();
	own = now();
	own.ms += 3600 * 1000;
	redis_publish("news", "early");
	add(own.ms + 60000, own.ms - 1);
	ask_rewind(own, at(own.ms - 1));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 0);
	bus_stage_close();
}

/* A publisher that knows an older id comes first in an emptied Redis. */
TEST(a_log_that_begins_at_a_cut_is_new)
{
	bus_stage_open();
	add(6, 2);
	add(20, 6);
	set_tip("20-0 2-0");
	ask_rewind(at(9), at(8));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 2);
	bus_stage_close();
}

TEST(a_refused_rewind_is_told)
{
	struct id position;

	bus_stage_open();
	position = now();
	add(1, 0);
	set_tip("1-0");
	redis_ask("ACL SETUSER default -set");
	ask_rewind(position, at(1));
	ck_assert_int_eq(answer.status, BUS_REFUSED);
	bus_stage_close();
}

/* --- two masters took messages -------------------------------------------- */

TEST(without_a_common_id_all_after_the_newest_fork_is_new)
{
	bus_stage_open();
	add(1, 0);
	add(2, 1);
	add(4, 2);
	add(6, 4);
	set_tip("6-0@0123abcd 1-0:9-0 2-0:9-0");
	ask_rewind(at(5), at(3));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 2);
	ck_assert(tip_has_cut(&answer.rewind.tip, at(2)));
	bus_stage_close();
}

/* What the process has delivered was stored after the fork, and all of it is
 * lost: Redis went back twice. */
TEST(a_fork_that_the_process_has_passed_is_not_the_common_point)
{
	bus_stage_open();
	ck_assert(tip_parse(&known, text_of("5-0@0123abcd 2-0:9-0")));
	passed = known.forks[0];
	add(1, 0);
	add(2, 1);
	add(4, 2);
	set_tip("4-0@ 2-0:9-0");
	ask_rewind(at(6), at(5));
	ck_assert_int_eq(answer.rewind.what, REWIND_LOST);
	ck_assert_uint_eq(answer.rewind.after.ms, 4);
	bus_stage_close();
}

TEST(a_fork_after_the_one_that_the_process_has_passed_is_the_common_point)
{
	bus_stage_open();
	passed = (struct tip_fork){at(1), at(2)};
	add(1, 0);
	add(3, 1);
	add(4, 3);
	set_tip("4-0@ 1-0:2-0 3-0:9-0");
	ask_rewind(at(6), at(5));
	ck_assert_uint_eq(answer.rewind.after.ms, 3);
	bus_stage_close();
}

TEST(a_fork_made_again_where_the_process_has_passed_one_is_the_common_point)
{
	bus_stage_open();
	passed = (struct tip_fork){at(2), at(5)};
	add(1, 0);
	add(2, 1);
	add(4, 2);
	set_tip("4-0@ 2-0:9-0");
	ask_rewind(at(6), at(5));
	ck_assert_uint_eq(answer.rewind.after.ms, 2);
	bus_stage_close();
}

TEST(a_log_that_was_emptied_before_the_process_began_is_not_new_from_its_start)
{
	bus_stage_open();
	passed = (struct tip_fork){at(3), at(5)};
	add(6, 3);
	add(7, 6);
	set_tip("7-0 3-0@ 3-0:5-0");
	ask_rewind(at(9), at(8));
	ck_assert_uint_eq(answer.rewind.after.ms, 7);
	bus_stage_close();
}

TEST(a_common_id_takes_precedence_over_a_fork)
{
	bus_stage_open();
	add(1, 0);
	add(3, 1);
	add(4, 3);
	add(9, 4);
	set_tip("9-0@0123abcd 1-0:9-0");
	ask_rewind(at(5), at(3));
	ck_assert_uint_eq(answer.rewind.after.ms, 3);
	bus_stage_close();
}

/* It saw another master continue after 2, and is back at the first one. */
TEST(a_fork_that_only_the_process_knows_may_be_the_common_point)
{
	bus_stage_open();
	ck_assert(tip_parse(&known, text_of("5-0@0123abcd 2-0:9-0")));
	add(1, 0);
	add(2, 1);
	add(4, 2);
	add(9, 4);
	set_tip("9-0@4567abcd 1-0:9-0");
	ask_rewind(at(5), at(3));
	ck_assert_uint_eq(answer.rewind.after.ms, 2);
	bus_stage_close();
}

TEST(before_the_first_message_on_a_new_master_its_last_one_is_the_common_point)
{
	struct id own, fork;

	bus_stage_open();
	add(1, 0);
	set_tip("1-0@0123abcd");
	own = now();
	ask_rewind(own, at(0));
	ck_assert_uint_eq(answer.rewind.after.ms, 1);
	ck_assert(tip_fork_of(&answer.rewind.tip, own, &fork));
	ck_assert_uint_eq(fork.ms, 1);
	bus_stage_close();
}

TEST(the_end_of_a_fork_is_the_highest_lost_position)
{
	struct id fork = at(0);

	bus_stage_open();
	add(1, 0);
	add(9, 1);
	ask_rewind(at(7), at(1));
	ask_rewind(at(5), at(1));
	ck_assert_uint_eq(ask_tip().fork_count, 1);
	ck_assert(tip_fork_of(&tip.tip, at(7), &fork));
	ck_assert_uint_eq(fork.ms, 1);
	ck_assert(!tip_fork_of(&tip.tip, at(8), &fork));
	bus_stage_close();
}
