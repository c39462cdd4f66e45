/* SPDX-License-Identifier: MIT */
/* shared/access/mark.c */
#include "config.h"

#include "shared/access/mark.h"

#include "tests/unit/suite.h"

static void
assert_mark(const char *text, enum mark_takes takes, unsigned int class)
{
	struct mark mark;

	mark_read(&mark, text);
	ck_assert_int_eq(mark.takes, takes);
	ck_assert_uint_eq(mark.class, class);
	ck_assert(!mark.is_bad);
}

TEST(without_a_mark_it_takes_nothing)
{
	assert_mark("", MARK_NOTHING, 0);
}

TEST(a_mark_says_what_it_takes)
{
	assert_mark("worker", MARK_WORKER, 0);
	assert_mark("descriptors", MARK_DESCRIPTORS, 0);
	assert_mark(" worker  ", MARK_WORKER, 0);
}

TEST(a_mark_of_a_worker_may_have_a_class)
{
	assert_mark("worker class=2", MARK_WORKER, 2);
	assert_mark("worker  class=100", MARK_WORKER, 100);
	assert_mark("worker class=65535", MARK_WORKER, 65535);
}

TEST(another_text_is_bad_and_takes_nothing)
{
	static const char *const bad[] = {" ",
					  "apache",
					  "Worker",
					  "worker worker",
					  "worker,class=100",
					  "worker class",
					  "worker class=",
					  "worker class=0",
					  "worker class=1",
					  "worker class=65536",
					  "worker class=99999999999999999999",
					  "worker class=-1",
					  "worker class=1e2",
					  "worker class=10 x",
					  "worker max=10",
					  "descriptors class=10",
					  "class=10"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mark mark;

		mark_read(&mark, bad[i]);
		ck_assert_int_eq(mark.takes, MARK_NOTHING);
		ck_assert_uint_eq(mark.class, 0);
		ck_assert(mark.is_bad);
	}
}
