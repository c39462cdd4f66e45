/* SPDX-License-Identifier: MIT */
/* shared/base/wall.c, wall_files.c, wall_calls.c. Each test looks from a
 * process of its own, because a wall cannot be taken down. */
#include "config.h"

#include "shared/base/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/wall_calls.h"
#include "shared/base/wall_files.h"
#include "shared/base/wall_filters.h"
#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

static char inside[] = "/tmp/pushcgi-inside-XXXXXX";
static char outside[] = "/tmp/pushcgi-outside-XXXXXX";

/* Runs it in a child; its result is the exit status: 0 is right, otherwise the
 * number of the line that was not. */
static void
look(int (*from_inside)(void))
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		int line = from_inside();

		if (line != 0)
			fprintf(stderr, "line %d: %s\n", line, strerror(errno));
		_exit(line != 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "status %#x", (unsigned int)status);
}

#define RIGHT(condition)                                                       \
	do {                                                                   \
		errno = 0;                                                     \
		if (!(condition))                                              \
			return __LINE__;                                       \
	} while (0)

/* --- what there is -------------------------------------------------------- */

/* Valgrind has neither of the two. */
static bool
has_seccomp(void)
{
#ifdef HAVE_WALL_FILTERS
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#else
	return false;
#endif
}

static bool
has_landlock(void)
{
#ifdef SYS_landlock_create_ruleset
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 2;
#else
	return false;
#endif
}

static void
put(const char *folder, const char *name)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
make_folders(void)
{
	ck_assert_ptr_nonnull(mkdtemp(inside));
	ck_assert_ptr_nonnull(mkdtemp(outside));
	put(inside, "file");
	put(outside, "file");
}

static void
remove_folders(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -r %s %s", inside, outside);
	ck_assert_int_eq(system(command), 0);
}

/* With these rights to the folder inside. */
static unsigned int
raise_with(unsigned int rights)
{
	const struct wall_path paths[] = {{inside, rights},
					  {"/nonexistent/path", WALL_READ},
					  {"/etc", WALL_READ},
					  {"/dev/null", WALL_WRITE},
					  {"/usr", WALL_READ}};
	const struct wall wall = {.paths = paths, .count = 5};

	return wall_raise(&wall);
}

/* 0, or why it cannot be opened. */
static int
open_fault(const char *folder, const char *name, int flags)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* --- calls ---------------------------------------------------------------- */

static int
dangerous_calls(void)
{
	static char name[] = "true";
	static char *const words[] = {name, NULL};
	const pid_t parent = getppid();

	RIGHT(raise_with(WALL_READ) & WALL_CALLS);
	RIGHT(execve("/bin/true", words, words) < 0 && errno == EPERM);
	RIGHT(syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, words, 0) <
		  0 &&
	      errno == EPERM);
	RIGHT(mount("none", "/mnt", "tmpfs", 0, NULL) < 0 && errno == EPERM);
	RIGHT(syscall(SYS_unshare, 0) < 0 && errno == EPERM);
	RIGHT(syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == EPERM);
	RIGHT(setuid(getuid()) < 0 && errno == EPERM);
	RIGHT(chmod("/tmp", 0777) < 0 && errno == EPERM);
	RIGHT(listen(0, 1) < 0 && errno == EPERM);
	RIGHT(kill(parent, SIGCONT) < 0 && errno == EPERM);
	RIGHT(kill(parent, 0) == 0);
	RIGHT(syscall(SYS_tgkill, parent, parent, SIGCONT) < 0 &&
	      errno == ENOSYS);
	return 0;
}

TEST(dangerous_calls_are_not_permitted)
{
	if (has_seccomp())
		look(dangerous_calls);
}

static int
other_processes(void)
{
	RIGHT(raise_with(WALL_READ) & WALL_CALLS);
	RIGHT(fork() < 0 && errno == EPERM);
	RIGHT(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
	return 0;
}

TEST(there_is_no_other_process)
{
	if (has_seccomp() && !WALL_FILTER_SANITIZED)
		look(other_processes);
}

static int
unknown_calls(void)
{
	RIGHT(raise_with(WALL_READ) & WALL_CALLS);
	RIGHT(syscall(9999) < 0 && errno == ENOSYS);
	RIGHT(syscall(SYS_vmsplice, 0, NULL, 0, 0) < 0 && errno == ENOSYS);
	RIGHT(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == ENOSYS);
	RIGHT(socket(AF_NETLINK, SOCK_RAW, 9) < 0 && errno == ENOSYS);
	return 0;
}

TEST(an_unknown_call_is_as_in_an_older_kernel)
{
	if (has_seccomp())
		look(unknown_calls);
}

static void *
resolve(void *arg)
{
	struct addrinfo *found = NULL;

	(void)arg;
	if (getaddrinfo("localhost", "6379", NULL, &found) != 0)
		return NULL;
	freeaddrinfo(found);
	return inside;
}

static int
useful_calls(void)
{
	pthread_t thread;
	void *result;

	(void)raise_with(WALL_READ);
	RIGHT(pthread_create(&thread, NULL, resolve, NULL) == 0);
	RIGHT(pthread_join(thread, &result) == 0 && result == inside);
	RIGHT(raise(0) == 0);
	return 0;
}

TEST(threads_resolve_names)
{
	look(useful_calls);
}

/* --- files ---------------------------------------------------------------- */

static int
read_files(void)
{
	RIGHT(raise_with(WALL_READ) & WALL_FILES);
	RIGHT(open_fault(inside, "file", O_RDONLY) == 0);
	RIGHT(open_fault(inside, "file", O_WRONLY) == EACCES);
	RIGHT(open_fault(inside, "new", O_WRONLY | O_CREAT) == EACCES);
	RIGHT(open_fault(outside, "file", O_RDONLY) == EACCES);
	RIGHT(open_fault(outside, ".", O_RDONLY) == EACCES);
	RIGHT(open_fault("/etc", "passwd", O_RDONLY) == 0);
	RIGHT(open_fault("/dev", "null", O_WRONLY) == 0);
	return 0;
}

TEST(files_outside_cannot_be_opened)
{
	make_folders();
	if (has_landlock())
		look(read_files);
	remove_folders();
}

static int
replaced_files(void)
{
	char from[100], to[100];

	RIGHT(raise_with(WALL_READ | WALL_WRITE | WALL_MAKE) & WALL_FILES);
	RIGHT(open_fault(inside, "new", O_WRONLY | O_CREAT) == 0);
	snprintf(from, sizeof(from), "%s/new", inside);
	snprintf(to, sizeof(to), "%s/file", inside);
	RIGHT(rename(from, to) == 0);
	RIGHT(open_fault(inside, "file", O_RDONLY) == 0);
	snprintf(to, sizeof(to), "%s/aside", inside);
	RIGHT(mkdir(to, 0700) == 0);
	snprintf(from, sizeof(from), "%s/file", inside);
	snprintf(to, sizeof(to), "%s/aside/file", inside);
	RIGHT(rename(from, to) == 0 && unlink(to) == 0);
	return 0;
}

TEST(a_folder_means_what_is_put_there_later)
{
	make_folders();
	if (has_landlock())
		look(replaced_files);
	remove_folders();
}

static int
removed_files(void)
{
	char path[100];

	RIGHT(raise_with(WALL_REMOVE) & WALL_FILES);
	snprintf(path, sizeof(path), "%s/file", outside);
	RIGHT(unlink(path) < 0 && errno == EACCES);
	RIGHT(open_fault(inside, "file", O_RDONLY) == EACCES);
	snprintf(path, sizeof(path), "%s/file", inside);
	RIGHT(unlink(path) == 0);
	return 0;
}

TEST(removing_is_a_right_of_its_own)
{
	make_folders();
	if (has_landlock())
		look(removed_files);
	remove_folders();
}

/* --- both ----------------------------------------------------------------- */

static int
raise_twice(void)
{
	unsigned int all = (has_seccomp() ? WALL_CALLS : 0) |
			   (has_landlock() ? WALL_FILES : 0);

	RIGHT(raise_with(WALL_READ) == all);
	for (int i = 0; i < 40; i++) /* the kernel stacks 16 of Landlock */
		RIGHT(!has_seccomp() || raise_with(WALL_READ) == all);
	return 0;
}

TEST(a_wall_that_is_there_is_not_raised_again)
{
	look(raise_twice);
}

TEST(the_parts_have_words)
{
	ck_assert_str_eq(wall_words(0), "none");
	ck_assert_str_eq(wall_words(WALL_CALLS), "seccomp");
	ck_assert_str_eq(wall_words(WALL_FILES), "landlock");
	ck_assert_str_eq(wall_words(WALL_CALLS | WALL_FILES),
			 "seccomp+landlock");
}
