/* SPDX-License-Identifier: MIT */
/*
 * floor.c - what a delivery cannot cost less than: send() to a unix socket.
 *
 *	floor SOCKETS ROUNDS BYTES
 *
 * Sends BYTES to each of SOCKETS socket pairs, ROUNDS times, to another
 * process that reads them as a web server does (epoll, read), and prints the
 * CPU time of the sender a send, in us. Between two rounds it waits, as
 * between two messages.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, READ_SIZE = 16384, PAUSE_US = 100000 };

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The other side: reads whatever comes, until it is killed. */
static void
read_all(const int *fds, int count)
{
	struct epoll_event events[EVENTS], event = {.events = EPOLLIN};
	static char buf[READ_SIZE];
	int epoll = epoll_create1(0), n, i;

	for (i = 0; i < count; i++) {
		event.data.fd = fds[i];
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) != 0)
			fail("epoll_ctl");
	}
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++)
			if (read(events[i].data.fd, buf, sizeof(buf)) <= 0)
				_exit(0);
	}
}

static void
open_pairs(int *near, int *far, int count)
{
	int pair[2], i;

	for (i = 0; i < count; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) !=
		    0)
			fail("socketpair");
		near[i] = pair[0];
		far[i] = pair[1];
	}
}

/* CPU time of one round, us. */
static double
send_round(const int *fds, int count, const char *bytes, size_t len)
{
	double began = cpu_us();
	int i;

	for (i = 0; i < count; i++)
		if (send(fds[i], bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) !=
		    (ssize_t)len)
			fail("send");
	return cpu_us() - began;
}

static void
raise_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int
main(int argc, char **argv)
{
	int count = argc == 4 ? atoi(argv[1]) : 0, rounds, round;
	size_t len;
	double spent = 0.;
	int *near, *far;
	char *bytes;
	pid_t subscriber;

	if (count < 1 || (rounds = atoi(argv[2])) < 1 ||
	    (len = (size_t)atol(argv[3])) < 1) {
		fputs("usage: floor SOCKETS ROUNDS BYTES\n", stderr);
		return 2;
	}
	raise_descriptors();
	near = calloc((size_t)count, sizeof(*near));
	far = calloc((size_t)count, sizeof(*far));
	bytes = calloc(len, 1);
	if (near == NULL || far == NULL || bytes == NULL)
		fail("calloc");
	open_pairs(near, far, count);
	subscriber = fork();
	if (subscriber < 0)
		fail("fork");
	if (subscriber == 0)
		read_all(far, count);
	for (round = 0; round < rounds; round++) {
		spent += send_round(near, count, bytes, len);
		usleep(PAUSE_US);
	}
	kill(subscriber, SIGTERM);
	waitpid(subscriber, NULL, 0);
	printf("%.2f\n", spent / rounds / count);
	free(near);
	free(far);
	free(bytes);
	return 0;
}
