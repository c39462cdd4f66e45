/* SPDX-License-Identifier: MIT */
/* shared/base/private_memory.c. Each test is a process of its own. */
#include "config.h"

#include "shared/base/private_memory.h"

#include <sys/prctl.h>

#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

TEST(memory_is_private_until_that_ends)
{
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	private_memory_start();
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
	private_memory_start();
	private_memory_end();
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
}

TEST(memory_that_was_private_before_stays_so)
{
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 0), 0);
	private_memory_start();
	private_memory_end();
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
}
