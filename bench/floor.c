/* SPDX-License-Identifier: MIT */
/*
 * floor.c - what a delivery cannot cost less than: send().
 *
 *	floor unix|tcp SOCKETS ROUNDS BYTES
 *
 * Sends BYTES to each of SOCKETS sockets, ROUNDS times, and prints the CPU time
 * of the sender a send, in us. Another process reads them: of unix sockets as a
 * web server does (epoll, read), of TCP connections as the load generator does,
 * which looks for what has arrived every millisecond. Between two rounds it
 * waits, as between two messages.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, READ_SIZE = 16384, PAUSE_US = 100000, LOOK_US = 1000 };

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
read_all(const int *fds, int count, bool sleeps)
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
		n = epoll_wait(epoll, events, EVENTS, sleeps ? -1 : 0);
		if (n == 0)
			usleep(LOOK_US);
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

/* Their far ends end by a reset, which leaves no port in TIME_WAIT. */
static void
open_connections(int *near, int *far, int count)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger reset = {.l_onoff = 1};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1, i;

	if (bind(listener, (struct sockaddr *)&address, len) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) != 0)
		fail("listen");
	for (i = 0; i < count; i++) {
		far[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(far[i], (struct sockaddr *)&address, len) != 0)
			fail("connect");
		near[i] = accept(listener, NULL, NULL);
		if (near[i] < 0 ||
		    setsockopt(near[i], IPPROTO_TCP, TCP_NODELAY, &yes,
			       sizeof(yes)) != 0 ||
		    setsockopt(far[i], SOL_SOCKET, SO_LINGER, &reset,
			       sizeof(reset)) != 0)
			fail("accept");
	}
	close(listener);
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

static pid_t
start_reader(const int *near, const int *far, int count, bool sleeps)
{
	pid_t reader = fork();
	int i;

	if (reader < 0)
		fail("fork");
	for (i = 0; i < count; i++)
		close(reader == 0 ? near[i] : far[i]);
	if (reader == 0)
		read_all(far, count, sleeps);
	return reader;
}

static double
measure(bool tcp, int count, int rounds, size_t len)
{
	int *near = calloc((size_t)count, sizeof(*near));
	int *far = calloc((size_t)count, sizeof(*far));
	char *bytes = calloc(len, 1);
	double spent = 0.;
	pid_t reader;
	int round;

	if (near == NULL || far == NULL || bytes == NULL)
		fail("calloc");
	if (tcp)
		open_connections(near, far, count);
	else
		open_pairs(near, far, count);
	reader = start_reader(near, far, count, !tcp);
	for (round = 0; round < rounds; round++) {
		spent += send_round(near, count, bytes, len);
		usleep(PAUSE_US);
	}
	kill(reader, SIGTERM);
	waitpid(reader, NULL, 0);
	free(near);
	free(far);
	free(bytes);
	return spent / rounds / count;
}

int
main(int argc, char **argv)
{
	int count = 0, rounds = 0;
	bool tcp = argc > 1 && strcmp(argv[1], "tcp") == 0;
	size_t len = 0;

	if (argc == 5 && (tcp || strcmp(argv[1], "unix") == 0)) {
		count = atoi(argv[2]);
		rounds = atoi(argv[3]);
		len = (size_t)atol(argv[4]);
	}
	if (count < 1 || rounds < 1 || len < 1) {
		fputs("usage: floor unix|tcp SOCKETS ROUNDS BYTES\n", stderr);
		return 2;
	}
	raise_descriptors();
	printf("%.2f\n", measure(tcp, count, rounds, len));
	return 0;
}
