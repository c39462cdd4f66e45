/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/wall.h"

#include "shared/base/wall_calls.h"

unsigned int
wall_raise(const struct wall *wall)
{
	unsigned int parts = 0;
	int marks = wall_calls_marks();

	if (marks >= 0)
		return WALL_CALLS | (unsigned int)marks;
	if (wall_files_close(wall->paths, wall->count))
		parts |= WALL_FILES;
	if (wall_calls_close(wall->executes, parts))
		parts |= WALL_CALLS;
	return parts;
}

const char *
wall_words(unsigned int parts)
{
	static const char *const words[] = {
	    [0] = "none",
	    [WALL_CALLS] = "seccomp",
	    [WALL_FILES] = "landlock",
	    [WALL_CALLS | WALL_FILES] = "seccomp+landlock",
	};

	return words[parts & (WALL_CALLS | WALL_FILES)];
}
