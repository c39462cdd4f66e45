/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/posts.h"

static uint64_t
ns_of(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

/* Starts `argv` with the two descriptors, or /dev/null for one below 0. */
static pid_t
start(char **argv, int in, int out)
{
	posix_spawn_file_actions_t files;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&files);
	if (in < 0)
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
						 "/dev/null", O_RDONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	if (out < 0)
		posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
						 "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	errno = posix_spawn(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (errno != 0) {
		fprintf(stderr, "posts: %s: %s\n", argv[0], strerror(errno));
		return -1;
	}
	return pid;
}

/* Whether it ended well. */
static bool
end(struct posts *p, pid_t pid)
{
	struct rusage used;
	int status;

	if (wait4(pid, &status, 0, &used) != pid)
		return false;
	p->child_cpu_ns += ns_of(used.ru_utime) + ns_of(used.ru_stime);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	fprintf(stderr, "posts: the program ended with status %d\n", status);
	return false;
}

bool
posts_command(struct posts *p, char **argv, size_t argc)
{
	static char data[POSTS_DATA_MAX + 1];

	p->at_once = 1;
	argv[argc] = data;
	p->start_ns = posts_clock();
	while (posts_left(p)) {
		uint64_t sent_ns = posts_next(p, data, 0, p->sent);
		pid_t pid = start(argv, -1, -1);

		if (pid < 0 || !end(p, pid))
			return false;
		posts_answered(p, sent_ns);
	}
	return true;
}

/* --- lines ---------------------------------------------------------------- */

enum { PIPES = 64 * 1024 };

struct lines {
	struct posts *posts;
	int in, out;	      /* our ends of the program's pipes */
	char text[2 * PIPES]; /* lines on their way to it */
	size_t start, len;    /* what of them is not written yet */
	uint64_t *sent_ns;    /* of each line */
};

static void
add_lines(struct lines *l)
{
	struct posts *p = l->posts;
	char data[POSTS_DATA_MAX + 1];

	memmove(l->text, l->text + l->start, l->len);
	l->start = 0;
	while (posts_left(p) && p->sent - p->answered < p->at_once &&
	       l->len + p->bytes + 1 <= PIPES) {
		uint32_t number = p->sent;

		l->sent_ns[number] = posts_next(p, data, 0, number);
		data[p->bytes] = '\n';
		memcpy(l->text + l->len, data, p->bytes + 1);
		l->len += p->bytes + 1;
	}
}

static void
write_lines(struct lines *l)
{
	ssize_t n = write(l->in, l->text + l->start, l->len);

	if (n < 0)
		return;
	l->start += (size_t)n;
	l->len -= (size_t)n;
}

/* False: the program has ended. */
static bool
read_ids(struct lines *l)
{
	char ids[PIPES];
	ssize_t n = read(l->out, ids, sizeof(ids));

	for (ssize_t i = 0; i < n; i++)
		if (ids[i] == '\n')
			posts_answered(l->posts,
				       l->sent_ns[l->posts->answered]);
	return n > 0;
}

static bool
publish_all(struct lines *l)
{
	struct posts *p = l->posts;

	while (p->answered < p->messages) {
		struct pollfd fds[2] = {{.fd = l->out, .events = POLLIN},
					{.fd = -1, .events = POLLOUT}};

		add_lines(l);
		if (l->len > 0)
			fds[1].fd = l->in;
		poll(fds, 2, -1);
		if (fds[1].revents != 0)
			write_lines(l);
		if (fds[0].revents != 0 && !read_ids(l))
			return false;
	}
	return true;
}

bool
posts_lines(struct posts *p, char **argv)
{
	static struct lines l;
	int in[2], out[2];
	bool done;
	pid_t pid;

	l.posts = p;
	l.sent_ns = calloc(p->messages, sizeof(*l.sent_ns));
	if (l.sent_ns == NULL || pipe2(in, O_CLOEXEC) < 0 ||
	    pipe2(out, O_CLOEXEC) < 0)
		return false;
	pid = start(argv, in[0], out[1]);
	if (pid < 0)
		return false;
	close(in[0]);
	close(out[1]);
	l.in = in[1];
	l.out = out[0];
	fcntl(l.in, F_SETFL, O_NONBLOCK);
	p->start_ns = posts_clock();
	done = publish_all(&l);
	close(l.in);
	done = end(p, pid) && done;
	close(l.out);
	free(l.sent_ns);
	return done;
}
