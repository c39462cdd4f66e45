/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/wall_files.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h, which may be older than the kernel that runs. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_ALL_1 = (1 << 13) - 1, /* all of the first version */
	FS_REFER = 1 << 13,	  /* version 2 */
	FS_TRUNCATE = 1 << 14,	  /* version 3 */
	FS_IOCTL_DEV = 1 << 15,	  /* version 5 */
	FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,

	SCOPE_ABSTRACT_UNIX = 1 << 0, /* version 6 */

	RULE_PATH_BENEATH = 1,
	CREATE_VERSION = 1
};

struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t folder;
} __attribute__((packed));

#ifdef SYS_landlock_create_ruleset

static uint64_t
handled(long version)
{
	uint64_t fs = FS_ALL_1 | FS_REFER;

	if (version >= 3)
		fs |= FS_TRUNCATE;
	if (version >= 5)
		fs |= FS_IOCTL_DEV;
	return fs;
}

static uint64_t
rights_of(unsigned int rights)
{
	uint64_t fs = 0;

	if (rights & WALL_READ)
		fs |= FS_READ_FILE | FS_READ_DIR;
	if (rights & WALL_WRITE)
		fs |= FS_WRITE_FILE | FS_TRUNCATE;
	if (rights & WALL_MAKE)
		fs |= FS_MAKE_REG | FS_MAKE_DIR | FS_REMOVE_FILE |
		      FS_REMOVE_DIR | FS_REFER;
	if (rights & WALL_REMOVE)
		fs |= FS_REMOVE_FILE;
	if (rights & WALL_EXECUTE)
		fs |= FS_EXECUTE;
	return fs;
}

/* Returns false unless the path exists and the rule is added. */
static bool
add(int ruleset, uint64_t all, const struct wall_path *p)
{
	struct path_beneath rule = {.allowed = rights_of(p->rights) & all};
	struct stat st;
	long status = -1;

	rule.folder = open(p->path, O_PATH | O_CLOEXEC);
	if (rule.folder < 0)
		return false;
	if (fstat(rule.folder, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rule.allowed &= FS_OF_FILES;
		status = syscall(SYS_landlock_add_rule, ruleset,
				 RULE_PATH_BENEATH, &rule, 0);
	}
	close(rule.folder);
	return status == 0;
}

bool
wall_files_close(const struct wall_path *paths, size_t count)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	struct ruleset all = {.fs = handled(version)};
	size_t size = version >= 6 ? sizeof(all) : sizeof(all.fs);
	int ruleset;
	bool closed;

	if (version < 2)
		return false;
	if (version >= 6)
		all.scoped = SCOPE_ABSTRACT_UNIX;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		(void)add(ruleset, all.fs, &paths[i]);
	closed = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		 syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return closed;
}

#else

bool
wall_files_close(const struct wall_path *paths, size_t count)
{
	(void)paths;
	(void)count;
	return false;
}

#endif
