/* SPDX-License-Identifier: MIT */
/*
 * host_rate.c - what it costs to count a subscriber for the host, and not any
 * more, by how many processes share the table.
 *
 * Each of the others holds a subscriber. Before each time measured, the caches
 * of the CPU are filled with something else, as a server does between two
 * connects.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shared/app/limits.h"
#include "shared/conf/conf_set.h"

enum { TIMES = 2000, OTHER_WORK = 1 << 20, MOST = 1000 };

static struct conf conf;
static pid_t others[MOST];
static char path[] = "/dev/shm/pushcgi-host-XXXXXX";

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct client_id
client_of(unsigned int n)
{
	struct client_id id;

	memset(&id, 0, sizeof(id));
	snprintf(id.address, sizeof(id.address), "192.%u.%u.%u", n >> 16 & 255,
		 n >> 8 & 255, n & 255);
	snprintf(id.connection, sizeof(id.connection), "%s 4000", id.address);
	return id;
}

static void
open_limits(struct limits *l)
{
	limits_open(l, &conf, "sse");
	if (host_counts_are_own(&l->counts))
		fail("host_rate: the table");
}

/* Another process, which holds one until it is killed. */
static pid_t
start_other(unsigned int n)
{
	static struct limits limits;
	struct client_id client = client_of(n);
	struct limits_held held;
	int pipes[2];
	pid_t pid;
	char byte = 0;

	if (pipe(pipes) != 0 || (pid = fork()) < 0)
		fail("fork");
	if (pid != 0) {
		close(pipes[1]);
		if (read(pipes[0], &byte, 1) != 1)
			fail("host_rate: another process");
		close(pipes[0]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open_limits(&limits);
	if (!limits_hold(&limits, &held, &client, NULL) ||
	    write(pipes[1], &byte, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The middle time of counting one and not any more. */
static double
measure(struct limits *limits)
{
	static double took[TIMES];
	static char other_work[OTHER_WORK];

	for (unsigned int i = 0; i < TIMES; i++) {
		struct client_id client = client_of(MOST + i);
		struct limits_held held;
		double start;

		memset(other_work, (int)i, sizeof(other_work));
		start = now_us();
		if (!limits_hold(limits, &held, &client, "alice"))
			fail("host_rate: above a limit");
		limits_leave(limits, &held);
		took[i] = now_us() - start;
	}
	qsort(took, TIMES, sizeof(*took), compare);
	return took[TIMES / 2];
}

int
main(void)
{
	static const unsigned int processes[] = {1, 10, 100, 1000};
	struct limits limits;
	unsigned int started = 0;
	int fd = mkstemp(path);

	if (fd < 0)
		fail(path);
	close(fd);
	conf_init(&conf);
	conf.limit_table = path;
	for (size_t i = 0; i < sizeof(processes) / sizeof(*processes); i++) {
		for (; started + 1 < processes[i]; started++)
			others[started] = start_other(started);
		open_limits(&limits);
		printf("host: processes=%u counted=%.2fus\n", processes[i],
		       measure(&limits));
		fflush(stdout);
		limits_close(&limits);
	}
	while (started-- > 0) {
		kill(others[started], SIGKILL);
		waitpid(others[started], NULL, 0);
	}
	unlink(path);
	return 0;
}
