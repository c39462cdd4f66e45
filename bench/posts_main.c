/* SPDX-License-Identifier: MIT */
/*
 * posts_main.c - publishes as fast as it goes, and prints how fast that is.
 *
 *	posts [options] http ADDRESS:PORT | fastcgi PATH
 *	posts [options] command PROGRAM... | lines PROGRAM...
 *
 * Options: --messages N, --at-once N, --bytes N. All go to channel `all`; with
 * PROGRAM, to the one that it names. Exit status 0: all were stored.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/posts.h"

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
		posts_print(&p);
	free(p.latency_ns);
	free(program);
	return done ? 0 : 1;
}
