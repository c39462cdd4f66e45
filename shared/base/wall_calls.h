/* SPDX-License-Identifier: MIT */
/*
 * wall_calls.h - limits the system calls of this process from now on, by
 * seccomp. For wall.c; wall.h says what each call gets.
 *
 * Only on amd64 and arm64, and if libseccomp was there at compile time.
 *
 * Source: seccomp(2), seccomp_rule_add(3)
 */
#ifndef SHARED_BASE_WALL_CALLS_H
#define SHARED_BASE_WALL_CALLS_H

#include <stdbool.h>

#include "shared/base/attributes.h"

/* For all threads. `executes`: execve() stays allowed. `marks`, 0 to 15, is
 * what wall_calls_marks() returns from now on. No new privileges can be gained
 * afterwards. False: nothing is limited. */
bool wall_calls_close(bool executes, unsigned int marks) MUST_USE;

/* -1 before wall_calls_close(). It is known also after execve(). */
int wall_calls_marks(void) MUST_USE;

#endif
