/* SPDX-License-Identifier: MIT */
/*
 * wall_filters.h - filters of system calls, as programs for the kernel.
 * build-aux/wall-filters.c makes wall_filters.c and has the lists of calls.
 *
 * Source: seccomp(2)
 */
#ifndef SHARED_BASE_WALL_FILTERS_H
#define SHARED_BASE_WALL_FILTERS_H

#include <linux/filter.h>
#include <stddef.h>

enum {
	WALL_FILTER_MAX = 512,		/* instructions of one */
	WALL_FILTER_PID = 0x50555348,	/* stands for the process id */
	WALL_FILTER_ASKED = 0x70757368, /* getpgid() of this is answered */
	WALL_FILTER_MARKS = 1000	/* by this error number and the marks */
};

/* Sanitizers look for leaks in a process that traces the others, so
 * that ptrace() and clone() stay allowed. */
#if defined(__SANITIZE_ADDRESS__)
#define WALL_FILTER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WALL_FILTER_SANITIZED 1
#endif
#endif
#ifndef WALL_FILTER_SANITIZED
#define WALL_FILTER_SANITIZED 0
#endif

struct wall_filter {
	const struct sock_filter *code;
	size_t len;
};

/* The first refuses all that is not used, the second what is dangerous; [1]
 * allows execve(). */
extern const struct wall_filter wall_filters_allow[2];
extern const struct wall_filter wall_filters_deny[2];

#endif
