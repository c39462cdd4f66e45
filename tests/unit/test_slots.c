/* SPDX-License-Identifier: MIT */
/* shared/bus/slots.c */
#include "config.h"

#include "shared/bus/slots.h"

#include <string.h>

#include "tests/unit/suite.h"

enum { ENTRIES = 9 };

struct entry {
	struct slot slot;
	char letter;
	bool leaves; /* as soon as it begins */
};

static struct slots slots;
static struct entry entries[ENTRIES];
static char begun[ENTRIES + 1]; /* letters, in order */

static void
begin(void *arg)
{
	struct entry *e = arg;

	begun[strlen(begun)] = e->letter;
	if (e->leaves)
		slots_leave(&slots, &e->slot);
}

static void
set_up(size_t count)
{
	memset(begun, 0, sizeof(begun));
	slots_init(&slots, count);
	for (int i = 0; i < ENTRIES; i++)
		entries[i] =
		    (struct entry){.slot = {.begin = begin, .arg = &entries[i]},
				   .letter = (char)('a' + i)};
}

static void
enter(int from, int to, bool urgent)
{
	for (int i = from; i < to; i++)
		slots_enter(&slots, &entries[i].slot, urgent);
}

TEST(as_many_begin_at_once_as_there_are_slots)
{
	set_up(3);
	enter(0, 5, false);
	ck_assert_str_eq(begun, "abc");
}

TEST(the_others_begin_in_order_as_slots_are_returned)
{
	set_up(2);
	enter(0, 5, false);
	slots_leave(&slots, &entries[1].slot);
	ck_assert_str_eq(begun, "abc");
	slots_leave(&slots, &entries[0].slot);
	slots_leave(&slots, &entries[2].slot);
	ck_assert_str_eq(begun, "abcde");
}

TEST(one_that_leaves_the_line_never_begins_and_returns_no_slot)
{
	set_up(1);
	enter(0, 4, false);
	slots_leave(&slots, &entries[1].slot);
	ck_assert_str_eq(begun, "a");
	slots_leave(&slots, &entries[0].slot);
	ck_assert_str_eq(begun, "ac");
}

TEST(urgent_ones_begin_before_those_that_wait_longer)
{
	set_up(1);
	enter(0, 3, false);
	enter(3, 5, true);
	for (int i = 0; i < 4; i++)
		slots_leave(&slots, &entries[begun[i] - 'a'].slot);
	ck_assert_str_eq(begun, "adebc");
}

TEST(all_may_leave_as_soon_as_they_begin)
{
	set_up(1);
	for (int i = 1; i < ENTRIES; i++)
		entries[i].leaves = true;
	enter(0, ENTRIES, false);
	slots_leave(&slots, &entries[0].slot);
	ck_assert_str_eq(begun, "abcdefghi");
	ck_assert_uint_eq(slots.free, 1);
}
