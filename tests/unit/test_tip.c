/* SPDX-License-Identifier: MIT */
/* Tests of shared/model/tip.c. */
#include "config.h"

#include "shared/model/tip.h"

#include "tests/unit/suite.h"

static bool
parse(struct tip *tip, const char *text)
{
	return tip_parse(tip, text_of(text));
}

TEST(a_tip_is_an_id)
{
	struct tip tip;

	ck_assert(parse(&tip, "1700000000000-3"));
	ck_assert_uint_eq(tip.last.ms, 1700000000000);
	ck_assert_uint_eq(tip.last.seq, 3);
	ck_assert_uint_eq(tip.cut_count, 0);
}

TEST(cuts_follow_the_id)
{
	struct tip tip;

	ck_assert(parse(&tip, "9-0 5-1 7-0"));
	ck_assert_uint_eq(tip.cut_count, 2);
	ck_assert(tip_has_cut(&tip, (struct id){5, 1}));
	ck_assert(tip_has_cut(&tip, (struct id){7, 0}));
	ck_assert(!tip_has_cut(&tip, (struct id){9, 0}));
}

TEST(a_tip_has_at_most_8_cuts)
{
	struct tip tip;

	ck_assert(parse(&tip, "9-0 1-0 2-0 3-0 4-0 5-0 6-0 7-0 8-0"));
	ck_assert(!parse(&tip, "9-0 1-0 2-0 3-0 4-0 5-0 6-0 7-0 8-0 8-1"));
}

TEST(forks_follow_the_server)
{
	struct tip tip;

	ck_assert(parse(&tip, "9-0 5-1@0a1b2c3d 1-0:4-0 6-0:8-7"));
	ck_assert_uint_eq(tip.last.ms, 9);
	ck_assert_uint_eq(tip.cut_count, 1);
	ck_assert_uint_eq(tip.fork_count, 2);
	ck_assert_uint_eq(tip.forks[1].at.ms, 6);
	ck_assert_uint_eq(tip.forks[1].end.seq, 7);
	ck_assert(parse(&tip, "9-0@0a1b2c3d"));
	ck_assert_uint_eq(tip.fork_count, 0);
	ck_assert(parse(&tip, "9-0@ 1-0:4-0"));
	ck_assert_uint_eq(tip.fork_count, 1);
}

TEST(a_tip_has_at_most_4_forks)
{
	struct tip tip;

	ck_assert(parse(&tip, "9-0@a 1-0:9-0 2-0:9-0 3-0:9-0 4-0:9-0"));
	ck_assert(
	    !parse(&tip, "9-0@a 1-0:9-0 2-0:9-0 3-0:9-0 4-0:9-0 5-0:9-0"));
}

TEST(the_fork_of_a_lost_id_is_the_newest_before_it_up_to_its_end)
{
	struct id fork = {0, 0};
	struct tip tip;

	ck_assert(parse(&tip, "90-0@a 10-0:50-0 20-0:30-0"));
	ck_assert(!tip_fork_of(&tip, (struct id){10, 0}, &fork));
	ck_assert(tip_fork_of(&tip, (struct id){15, 0}, &fork));
	ck_assert_uint_eq(fork.ms, 10);
	ck_assert(tip_fork_of(&tip, (struct id){30, 0}, &fork));
	ck_assert_uint_eq(fork.ms, 20);
	ck_assert(tip_fork_of(&tip, (struct id){31, 0}, &fork));
	ck_assert_uint_eq(fork.ms, 10);
	ck_assert(!tip_fork_of(&tip, (struct id){51, 0}, &fork));
}

TEST(what_is_not_a_tip_is_refused_and_changes_nothing)
{
	static const char *const texts[] = {
	    "",		 " ",	       "9",	     "9-0 ",	" 9-0",
	    "9-0  5-0",	 "9-0 x",      "9-0,5-0",    "-1-0",	"@a",
	    "9-0@a 5-0", "9-0@a 5-0:", "9-0@a :5-0", "9-0@a x",
	};
	struct tip tip = {.last = {4, 2}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_msg(!parse(&tip, texts[i]), "'%s'", texts[i]);
	ck_assert(!tip_parse(&tip, (struct text){NULL, 0}));
	ck_assert_uint_eq(tip.last.ms, 4);
}
