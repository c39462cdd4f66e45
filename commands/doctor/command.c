/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/xalloc.h"

enum { TIMEOUT_MS = 10000, CHUNK = 4096 };

/* 0: it could not be started. */
static pid_t
start(const char *const *words, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	char *environment[] = {path, locale, NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;

	if (posix_spawn_file_actions_init(&actions) != 0)
		xalloc_failed();
	if (posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
					     "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) !=
		0 ||
	    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
					     "/dev/null", O_WRONLY, 0) != 0)
		xalloc_failed();
	if (posix_spawn(&pid, words[0], &actions, NULL,
			(char **)(uintptr_t)words, environment) != 0)
		pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Until its end, the limit, or the time is over. */
static void
read_all(int in, struct buf *out)
{
	uint64_t end = clock_ms() + TIMEOUT_MS;
	struct pollfd poll_in = {.fd = in, .events = POLLIN};
	char bytes[CHUNK];
	ssize_t len = 1;

	while (len > 0 && buf_ok(out) && clock_ms() < end) {
		if (poll(&poll_in, 1, (int)(end - clock_ms())) <= 0)
			continue;
		len = read(in, bytes, sizeof(bytes));
		if (len > 0)
			buf_put(out, bytes, (size_t)len);
	}
}

char *
command_output(const char *const *words, size_t max)
{
	struct buf out;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	buf_init(&out, max);
	pid = start(words, ends[1]);
	close(ends[1]);
	if (pid != 0) {
		read_all(ends[0], &out);
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close(ends[0]);
	buf_putc(&out, '\0');
	if (out.len <= 1 || !buf_ok(&out))
		buf_free(&out);
	return out.bytes;
}
