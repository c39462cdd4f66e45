/* SPDX-License-Identifier: MIT */
/* shared/base/descriptors.c */
#include "config.h"

#include "shared/base/descriptors.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/suite.h"

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

TEST(a_closed_standard_descriptor_becomes_dev_null)
{
	struct stat null, in;

	close(STDIN_FILENO);
	descriptors_fill_standard();
	ck_assert_int_eq(stat("/dev/null", &null), 0);
	ck_assert_int_eq(fstat(STDIN_FILENO, &in), 0);
	ck_assert(null.st_rdev == in.st_rdev);
}

TEST(open_standard_descriptors_stay_and_none_is_added)
{
	int next = dup(STDERR_FILENO);

	ck_assert_int_gt(next, STDERR_FILENO);
	close(next);
	descriptors_fill_standard();
	ck_assert(is_open(STDIN_FILENO) && is_open(STDERR_FILENO));
	ck_assert(!is_open(next));
}
