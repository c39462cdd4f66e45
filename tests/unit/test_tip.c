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

TEST(what_is_not_a_tip_is_refused_and_changes_nothing)
{
	static const char *const texts[] = {
	    "",		" ",	 "9",	    "9-0 ", " 9-0",
	    "9-0  5-0", "9-0 x", "9-0,5-0", "-1-0",
	};
	struct tip tip = {.last = {4, 2}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_msg(!parse(&tip, texts[i]), "'%s'", texts[i]);
	ck_assert(!tip_parse(&tip, (struct text){NULL, 0}));
	ck_assert_uint_eq(tip.last.ms, 4);
}
