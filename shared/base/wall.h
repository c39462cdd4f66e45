/* SPDX-License-Identifier: MIT */
/*
 * wall.h - the last wall: what a process may never do again, whoever has taken
 * it over. A process raises it once, before it reads what strangers send.
 *
 * System calls (seccomp): those that the program and its libraries use are
 * allowed; the dangerous ones fail with EPERM, which the kernel logs; all
 * others fail with ENOSYS, as in an older kernel, so that a library of tomorrow
 * does without them as it does there. Files (Landlock, from Linux 5.19 on):
 * only the paths given. Sockets are not limited by paths.
 *
 * The wall is inherited by threads and over execve(), and cannot be taken down.
 *
 * Source: seccomp(2), landlock(7), libseccomp's seccomp_rule_add(3)
 */
#ifndef SHARED_BASE_WALL_H
#define SHARED_BASE_WALL_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/wall_files.h"

struct wall {
	const struct wall_path *paths;
	size_t count;
	bool executes; /* execve() is for files with WALL_EXECUTE */
};

/* Parts of it: a set. */
enum { WALL_CALLS = 1, WALL_FILES = 2 };

/* Raises what the kernel has. Returns the parts that are in force, also those
 * that were before an execve(): they stay as they are. */
unsigned int wall_raise(const struct wall *wall);

/* Words for a log: "seccomp+landlock", "seccomp", "landlock" or "none". */
const char *wall_words(unsigned int parts) MUST_USE;

#endif
