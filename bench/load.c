/* SPDX-License-Identifier: MIT */
/*
 * load - holds subscribers on a server, publishes to them, and says in one line
 * what arrived and when.
 *
 *	load --server ours|nchan --address 127.0.0.1:8080 [options]
 *
 * With --steps it says `held` once all subscribers are held and `done` once it
 * has the result, and goes on when it is sent a line: whoever watches the
 * servers reads their meters then.
 *
 * Exit status: 0 all came once and in order, 1 not so, 2 could not be run.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/feed.h"
#include "bench/publisher.h"
#include "bench/subscribers.h"
#include "bench/tally.h"
#include "bench/target.h"

enum {
	EVENTS = 128,
	SPARE_FDS = 16,
	KEEP_MS = 2000,	 /* lighttpd closes what is idle for 5 s */
	LINGER_MS = 300, /* after the last one came: for what comes twice */
	MAX_BYTES = 32768
};

static const uint64_t MS = 1000000;
static const uint32_t PUBLISHER = UINT32_MAX; /* its data.u32 */

struct load {
	struct tally_plan plan;
	double rate;	   /* common messages a second */
	unsigned settle_s; /* between all held and the first message */
	unsigned grace_s;  /* without any progress, then it is over */
	bool steps;
	const struct target *target;
	enum target_way way;
	struct sockaddr_in address;
	int epoll;
	struct tally tally;
	struct subscribers subscribers;
	struct publisher publisher;
	uint32_t sent_common;
	uint32_t sent_own;
	uint64_t start_ns;
	uint64_t published_ns; /* when it was sent last */
	bool failed;	       /* publishing did */
};

static const struct option OPTIONS[] = {
    {"server", required_argument, NULL, 's'},
    {"address", required_argument, NULL, 'a'},
    {"way", required_argument, NULL, 'w'},
    {"subscribers", required_argument, NULL, 'n'},
    {"messages", required_argument, NULL, 'm'},
    {"own", required_argument, NULL, 'o'},
    {"rate", required_argument, NULL, 'r'},
    {"bytes", required_argument, NULL, 'b'},
    {"settle", required_argument, NULL, 't'},
    {"grace", required_argument, NULL, 'g'},
    {"steps", no_argument, NULL, 'S'},
    {NULL, 0, NULL, 0}};

static void
usage(void)
{
	fprintf(stderr,
		"usage: load --server ours|nchan --address IP:PORT\n"
		"\t[--way sse|websocket|deflate]\n"
		"\t[--subscribers N] [--messages N] [--own N] [--rate N]\n"
		"\t[--bytes N] [--settle SECONDS] [--grace SECONDS]\n"
		"\t[--steps]\n");
	exit(2);
}

static void
die(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(2);
}

static uint32_t
number(const char *text, uint32_t min, uint32_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || n < min || n > max) {
		fprintf(stderr,
			"load: %s: expected a number from %" PRIu32
			" to %" PRIu32 "\n",
			text, min, max);
		exit(2);
	}
	return (uint32_t)n;
}

static void
read_address(struct sockaddr_in *to, const char *text)
{
	char ip[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof(ip))
		usage();
	memcpy(ip, text, (size_t)(colon - text));
	ip[colon - text] = '\0';
	to->sin_family = AF_INET;
	to->sin_port = htons((uint16_t)number(colon + 1, 1, 65535));
	if (inet_pton(AF_INET, ip, &to->sin_addr) != 1)
		usage();
}

static void
read_option(struct load *l, int option)
{
	switch (option) {
	case 's':
		l->target = target_find(optarg);
		break;
	case 'w':
		if (!target_find_way(&l->way, optarg))
			usage();
		break;
	case 'a':
		read_address(&l->address, optarg);
		break;
	case 'n':
		l->plan.subscribers = number(optarg, 1, 100000);
		break;
	case 'm':
		l->plan.common = number(optarg, 1, 100000);
		break;
	case 'o':
		l->plan.own = number(optarg, 0, 1000000);
		break;
	case 'r':
		l->rate = strtod(optarg, NULL);
		break;
	case 'b':
		l->plan.bytes = number(optarg, STAMP_SIZE, MAX_BYTES);
		break;
	case 't':
		l->settle_s = number(optarg, 0, 60);
		break;
	case 'g':
		l->grace_s = number(optarg, 1, 60);
		break;
	case 'S':
		l->steps = true;
		break;
	default:
		usage();
	}
}

static void
read_options(struct load *l, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
		read_option(l, option);
	if (!l->target || l->address.sin_port == 0 || optind != argc ||
	    !(l->rate > 0 && l->rate <= 100000))
		usage();
}

static void
raise_descriptors(uint32_t subscribers)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < subscribers + SPARE_FDS) {
		fprintf(stderr,
			"load: %" PRIu32 " subscribers need %" PRIu32
			" descriptors, but ulimit -Hn is %ju\n",
			subscribers, subscribers + SPARE_FDS,
			(uintmax_t)limit.rlim_cur);
		exit(2);
	}
}

/* Serves what is ready, or comes within `wait_ms`. */
static void
turn(struct load *l, int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(l->epoll, events, EVENTS, wait_ms);

	for (int i = 0; i < n; i++) {
		if (events[i].data.u32 != PUBLISHER)
			subscribers_event(&l->subscribers, events[i].data.u32);
		else if (!publisher_read(&l->publisher))
			l->failed = true;
	}
}

static void
step(const struct load *l, const char *word)
{
	char line[16];

	if (!l->steps)
		return;
	puts(word);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		die("whoever asked for --steps has left");
}

static void
hold_all(struct load *l)
{
	struct subscribers *r = &l->subscribers;
	uint64_t now = clock_ns(), moved = now;
	uint32_t before = 0;

	while (r->ready < r->count) {
		if (!subscribers_start(r))
			exit(2);
		turn(l, 100);
		now = clock_ns();
		if (r->ready != before)
			moved = now;
		before = r->ready;
		if (l->tally.cut > 0 || now - moved > l->grace_s * 1000 * MS) {
			fprintf(stderr,
				"load: %" PRIu32 " subscribers held, %" PRIu64
				" refused or cut\n",
				r->ready, l->tally.cut);
			exit(2);
		}
	}
	while (clock_ns() - now < l->settle_s * 1000 * MS)
		turn(l, 50);
}

/* When message `n` of one kind is due; each kind is spread over the time. */
static uint64_t
due_ns(const struct load *l, uint32_t n, uint32_t of)
{
	double time_s = l->plan.common / l->rate;

	return l->start_ns + (uint64_t)(time_s * n / of * 1e9);
}

static bool
all_sent(const struct load *l)
{
	return l->sent_common == l->plan.common && l->sent_own == l->plan.own &&
	       !l->publisher.busy;
}

static void
send_one(struct load *l, struct stamp *stamp)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = PUBLISHER};
	char data[MAX_BYTES + 1];
	bool connected;

	/* on a busy machine it may be long since the last one */
	if (clock_ns() - l->published_ns > KEEP_MS * MS)
		publisher_close(&l->publisher);
	connected = l->publisher.fd >= 0;
	stamp->sent_ns = l->published_ns = clock_ns();
	stamp_write(data, l->plan.bytes, stamp);
	data[l->plan.bytes] = '\0';
	if (!publisher_send(&l->publisher, stamp->channel, data) ||
	    (!connected &&
	     epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->publisher.fd, &ev) < 0))
		l->failed = true;
}

/* Sends the next message when it is due; returns the ms until it is. */
static int
publish(struct load *l)
{
	const struct tally_plan *plan = &l->plan;
	uint64_t now = clock_ns(), common = UINT64_MAX, own = UINT64_MAX, due;
	struct stamp stamp = {0};

	if (l->publisher.busy)
		return 100;
	if (l->sent_common < plan->common)
		common = due_ns(l, l->sent_common, plan->common);
	if (l->sent_own < plan->own)
		own = due_ns(l, l->sent_own, plan->own);
	due = common <= own ? common : own;
	if (due == UINT64_MAX)
		return 100;
	if (due > now)
		return (int)((due - now) / MS) + 1;
	if (common <= own) {
		stamp.sequence = l->sent_common++;
	} else {
		stamp.channel = l->sent_own % plan->subscribers + 1;
		stamp.sequence = l->sent_own++ / plan->subscribers;
	}
	send_one(l, &stamp);
	return 0;
}

/* Returns the time from the first message sent to the last delivered. */
static double
deliver(struct load *l)
{
	uint64_t expected = tally_expected(&l->plan), seen = 0, now, moved;

	l->start_ns = clock_ns();
	moved = l->start_ns;
	do {
		int wait_ms = publish(l);

		turn(l, wait_ms < 100 ? wait_ms : 100);
		now = clock_ns();
		if (l->tally.delivered != seen || wait_ms == 0 ||
		    !(l->publisher.busy || all_sent(l)))
			moved = now;
		seen = l->tally.delivered;
	} while (!l->failed &&
		 now - moved < (seen == expected ? LINGER_MS * MS
						 : l->grace_s * 1000 * MS));
	return (double)(moved - l->start_ns) / 1e9;
}

static void
report(const struct load *l, double wall_s)
{
	const struct tally *t = &l->tally;

	printf("delivered=%" PRIu64 " lost=%" PRIu64 " doubled=%" PRIu64
	       " out_of_order=%" PRIu64 " stray=%" PRIu64 " gaps=%" PRIu64
	       " cut=%" PRIu64,
	       t->delivered, tally_expected(&l->plan) - t->delivered,
	       t->doubled, t->out_of_order, t->stray, t->gaps, t->cut);
	if (l->way == WAY_DEFLATE)
		printf(" packed=%" PRIu64, t->packed);
	printf(" p50=%.2fms p99=%.2fms max=%.2fms wall=%.2fs\n",
	       tally_latency_ms(t, 50), tally_latency_ms(t, 99),
	       (double)t->max_ns / 1e6, wall_s);
}

int
main(int argc, char **argv)
{
	static struct load l = {
	    .plan = {.subscribers = 5000, .common = 100, .bytes = 100},
	    .rate = 5,
	    .settle_s = 1,
	    .grace_s = 10};
	bool clean;

	read_options(&l, argc, argv);
	raise_descriptors(l.plan.subscribers);
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	l.subscribers = (struct subscribers){.target = l.target,
					     .way = l.way,
					     .to = l.address,
					     .tally = &l.tally,
					     .own = l.plan.own > 0,
					     .epoll = l.epoll,
					     .count = l.plan.subscribers};
	if (!tally_init(&l.tally, &l.plan) || !subscribers_open(&l.subscribers))
		die("out of memory");
	publisher_init(&l.publisher, l.target, &l.address);
	hold_all(&l);
	step(&l, "held");
	report(&l, deliver(&l));
	step(&l, "done");
	clean = tally_is_clean(&l.tally) && !l.failed;
	publisher_close(&l.publisher);
	subscribers_close(&l.subscribers);
	tally_free(&l.tally);
	return clean ? 0 : 1;
}
