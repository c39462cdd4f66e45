/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/wall_calls.h"

#ifdef HAVE_WALL_FILTERS

#include <assert.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/base/wall_filters.h"

/* Fills in what is not known at compile time. */
static struct sock_filter
filled(struct sock_filter i, unsigned int marks)
{
	if (BPF_CLASS(i.code) == BPF_JMP && i.k == WALL_FILTER_PID)
		i.k = (uint32_t)getpid();
	else if (BPF_CLASS(i.code) == BPF_RET &&
		 i.k == (SECCOMP_RET_ERRNO | WALL_FILTER_MARKS))
		i.k += marks;
	return i;
}

/* A unit of systemd may refuse seccomp(), but not prctl(), which knows no
 * flags. */
static bool
load(const struct wall_filter *filter, unsigned int flags, unsigned int marks)
{
	struct sock_filter code[WALL_FILTER_MAX];
	struct sock_fprog program = {.filter = code};

	assert(filter->len <= WALL_FILTER_MAX);
	program.len = (unsigned short)filter->len;
	for (size_t i = 0; i < filter->len; i++)
		code[i] = filled(filter->code[i], marks);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0)
		return true;
	return errno == EPERM &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* Of two error numbers that of the last filter counts. The kernel logs what
 * this one refuses. Not what the first does: a library that tries a new call
 * each time would fill the log. */
bool
wall_calls_close(bool executes, unsigned int marks)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       load(&wall_filters_allow[executes], SECCOMP_FILTER_FLAG_TSYNC,
		    marks) &&
	       load(&wall_filters_deny[executes],
		    SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG, 0);
}

int
wall_calls_marks(void)
{
	int saved = errno, marks = -1;

	if (getpgid(WALL_FILTER_ASKED) < 0 && errno >= WALL_FILTER_MARKS &&
	    errno < WALL_FILTER_MARKS + 16)
		marks = errno - WALL_FILTER_MARKS;
	errno = saved;
	return marks;
}

#else

bool
wall_calls_close(bool executes, unsigned int marks)
{
	(void)executes;
	(void)marks;
	return false;
}

int
wall_calls_marks(void)
{
	return -1;
}

#endif
