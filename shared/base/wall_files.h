/* SPDX-License-Identifier: MIT */
/*
 * wall_files.h - limits the files that this process can open from now on, by
 * Landlock. For wall.c.
 *
 * A folder counts with all that is below it, also with what is put there later;
 * a file alone is no longer meant when another replaces it. What is open stays
 * usable. Paths that do not exist are left out.
 *
 * Source: landlock(7); linux/landlock.h
 */
#ifndef SHARED_BASE_WALL_FILES_H
#define SHARED_BASE_WALL_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

enum wall_right {
	WALL_READ = 1,
	WALL_WRITE = 2, /* to files that exist */
	WALL_MAKE = 4,	/* files and folders, and rename and remove them */
	WALL_REMOVE = 8,
	WALL_EXECUTE = 16
};

struct wall_path {
	const char *path;    /* absolute */
	unsigned int rights; /* of enum wall_right */
};

/* For this thread and those that it starts. No new privileges can be gained
 * afterwards. False: the kernel has no Landlock, or an old one that cannot
 * rename from folder to folder. */
bool wall_files_close(const struct wall_path *paths, size_t count) MUST_USE;

#endif
