/* SPDX-License-Identifier: MIT */
/*
 * posts.c - publishes as fast as it goes, and prints how fast that is.
 *
 *	posts [options] http ADDRESS:PORT | fastcgi PATH
 *	posts [options] command PROGRAM... | lines PROGRAM...
 *
 * Options: --messages N, --at-once N, --bytes N. All go to channel `all`; with
 * PROGRAM, to the one that it names. Exit status 0: all were stored.
 */
#include "config.h"

#include "bench/posts.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double NS_PER_MS = 1e6, NS_PER_S = 1e9;

uint64_t
posts_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t
posts_next(struct posts *p, char data[POSTS_DATA_MAX + 1], uint32_t sender,
	   uint32_t number)
{
	memset(data, 'x', p->bytes);
	data[p->bytes] = '\0';
	data[snprintf(data, POSTS_DATA_MIN, "%04u.%08u.", sender % 10000,
		      number % 100000000)] = 'x';
	p->sent++;
	return posts_clock();
}

void
posts_answered(struct posts *p, uint64_t sent_ns)
{
	p->end_ns = posts_clock();
	p->latency_ns[p->answered++] = p->end_ns - sent_ns;
}

bool
posts_left(const struct posts *p)
{
	return p->sent < p->messages;
}

/* --- what is printed ------------------------------------------------------ */

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double
quantile_ms(const struct posts *p, double part)
{
	return (double)p->latency_ns[(size_t)(part * (p->answered - 1))] /
	       NS_PER_MS;
}

static void
print(struct posts *p)
{
	double seconds = (double)(p->end_ns - p->start_ns) / NS_PER_S;

	qsort(p->latency_ns, p->answered, sizeof(*p->latency_ns), compare);
	printf("at_once=%u messages=%u per_second=%.0f p50=%.3fms p99=%.3fms "
	       "child_cpu=%.1fus\n",
	       p->at_once, p->answered, p->answered / seconds,
	       quantile_ms(p, .5), quantile_ms(p, .99),
	       (double)p->child_cpu_ns / 1e3 / p->answered);
}

/* --- the command line ----------------------------------------------------- */

static void
usage(void)
{
	fputs("usage: posts [--messages N] [--at-once N] [--bytes N]\n"
	      "\thttp IP:PORT | fastcgi PATH | command PROGRAM... |\n"
	      "\tlines PROGRAM...\n",
	      stderr);
	exit(2);
}

static uint32_t
number(const char *text, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || n < min || n > max)
		usage();
	return (uint32_t)n;
}

static void
read_options(struct posts *p, int argc, char **argv)
{
	static const struct option options[] = {
	    {"messages", required_argument, NULL, 'm'},
	    {"at-once", required_argument, NULL, 'a'},
	    {"bytes", required_argument, NULL, 'b'},
	    {NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 'm':
			p->messages = number(optarg, 1, 99999999);
			break;
		case 'a':
			p->at_once = number(optarg, 1, 9999);
			break;
		case 'b':
			p->bytes =
			    number(optarg, POSTS_DATA_MIN, POSTS_DATA_MAX);
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 2)
		usage();
}

static bool
run(struct posts *p, const char *way, char **argv, size_t argc)
{
	if (strcmp(way, "http") == 0)
		return posts_http(p, argv[0]);
	if (strcmp(way, "fastcgi") == 0)
		return posts_fastcgi(p, argv[0]);
	if (strcmp(way, "command") == 0)
		return posts_command(p, argv, argc);
	if (strcmp(way, "lines") == 0)
		return posts_lines(p, argv);
	usage();
	return false;
}

int
main(int argc, char **argv)
{
	struct posts p = {.messages = 1000, .at_once = 1, .bytes = 100};
	size_t words;
	char **program;
	bool done;

	read_options(&p, argc, argv);
	words = (size_t)(argc - optind - 1);
	program = calloc(words + 2, sizeof(*program));
	p.latency_ns = calloc(p.messages, sizeof(*p.latency_ns));
	if (program == NULL || p.latency_ns == NULL)
		return 2;
	memcpy(program, argv + optind + 1, words * sizeof(*program));
	p.start_ns = posts_clock();
	done = run(&p, argv[optind], program, words);
	if (done)
		print(&p);
	free(p.latency_ns);
	free(program);
	return done ? 0 : 1;
}
