/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct option OPTIONS[] = {
    {"target", required_argument, NULL, 't'},
    {"subscribers", required_argument, NULL, 'n'},
    {"channels", required_argument, NULL, 'c'},
    {"messages", required_argument, NULL, 'm'},
    {"bytes", required_argument, NULL, 'b'},
    {"rate", required_argument, NULL, 'r'},
    {"ahead", required_argument, NULL, 'a'},
    {"back", required_argument, NULL, 'B'},
    {"window", required_argument, NULL, 'w'},
    {"per-address", required_argument, NULL, 'p'},
    {"settle", required_argument, NULL, 's'},
    {"grace", required_argument, NULL, 'g'},
    {"deflate", no_argument, NULL, 'd'},
    {"fast", no_argument, NULL, 'f'},
    {"steps", no_argument, NULL, 'S'},
    {NULL, 0, NULL, 0}};

static void
usage(void)
{
	fprintf(stderr, "usage: load --target DESCRIPTION|-\n"
			"\t[--subscribers N] [--channels N] [--messages N]\n"
			"\t[--bytes N] [--rate N] [--ahead N] [--back N]\n"
			"\t[--window N] [--per-address N] [--settle MS]\n"
			"\t[--grace SECONDS] [--deflate] [--fast]\n"
			"\t[--steps]\n");
	exit(2);
}

static uint32_t
number(uint32_t min, uint32_t max)
{
	char *end;
	unsigned long n = strtoul(optarg, &end, 10);

	if (end == optarg || *end || n < min || n > max) {
		fprintf(stderr,
			"load: %s: expected a number from %" PRIu32
			" to %" PRIu32 "\n",
			optarg, min, max);
		exit(2);
	}
	return (uint32_t)n;
}

static void
read_plan(struct tally_plan *plan, int option)
{
	switch (option) {
	case 'n':
		plan->subscribers = number(1, 1000000);
		break;
	case 'c':
		plan->channels = number(1, 1000000);
		break;
	case 'm':
		plan->messages = number(1, 100000000);
		break;
	case 'b':
		plan->bytes = number(STAMP_MIN, MESSAGE_MAX);
		break;
	default:
		usage();
	}
}

static void
read_one(struct options *o, int option)
{
	switch (option) {
	case 't':
		o->target = optarg;
		break;
	case 'r':
		o->rate = strtod(optarg, NULL);
		break;
	case 'a':
		o->ahead = number(1, 1000000);
		break;
	case 'B':
		o->back = number(1, 100000);
		break;
	case 'w':
		o->window = number(1, 100000);
		break;
	case 'p':
		o->per_address = number(1, 28000);
		break;
	case 's':
		o->settle_ms = number(0, 60000);
		break;
	case 'g':
		o->grace_s = number(1, 600);
		break;
	case 'd':
		o->deflate = true;
		break;
	case 'f':
		o->fast = true;
		break;
	case 'S':
		o->steps = true;
		break;
	default:
		read_plan(&o->plan, option);
	}
}

void
options_read(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){
	    .plan = {.subscribers = 1000, .channels = 1, .bytes = 100},
	    .rate = 10,
	    .ahead = 1000,
	    .window = 64,
	    .per_address = 10000,
	    .settle_ms = 1000,
	    .grace_s = 10};
	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
		read_one(o, option);
	if (!o->target || optind != argc || !(o->rate >= 0))
		usage();
	if (o->back)
		o->plan.messages = (o->back + 1) * o->plan.channels;
	else if (o->plan.messages == 0)
		o->plan.messages = 100;
}
