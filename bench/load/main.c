/* SPDX-License-Identifier: MIT */
/*
 * load - holds subscribers on a server, publishes to them, and says in one line
 * what arrived and when.
 *
 *	load --target DESCRIPTION [options]
 *
 * With --steps it says `held` once all subscribers are held, `away` before all
 * come back (--back), and `done` once it has the result, and goes on when it is
 * sent a line: whoever watches the servers reads their meters then, or waits.
 *
 * Exit status: 0 all came once and in order, 1 not so, 2 could not be run.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/load/clock.h"
#include "bench/load/options.h"
#include "bench/load/publisher.h"
#include "bench/load/subscribers.h"
#include "bench/load/tally.h"
#include "bench/load/target.h"

enum {
	EVENTS = 128,
	TICK_MS = 1, /* between two looks at the subscribers */
	SPARE_FDS = 16,
	LINGER_MS = 300 /* after the last one came: for what comes twice */
};

/* Their data.u32. */
static const uint32_t PUBLISHER = UINT32_MAX;
static const uint32_t WATCHER = UINT32_MAX - 1;

struct load {
	struct options options;
	struct target target;
	int epoll;	    /* publisher and watcher */
	int readers;	    /* epoll of the subscribers */
	uint64_t looked_ns; /* when it was asked last */
	struct tally tally;
	struct subscribers subscribers;
	struct publisher publisher;
	uint32_t sent;
	uint64_t due;	   /* deliveries of all that was sent */
	uint64_t start_ns; /* of what is measured */
	double start_cpu_s;
	double wall_s;
	double cpu_s;
	bool told;   /* the watcher has sent a line */
	bool failed; /* publishing did */
};

static void
die(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(2);
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

static double
own_cpu_s(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void
watch(const struct load *l, int fd, uint32_t who)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = who};

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		die(strerror(errno));
}

static void
read_watcher(struct load *l)
{
	char bytes[64];

	if (read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0)
		die("whoever asked for --steps has left");
	l->told = true;
}

/* Who sleeps in epoll_wait() for a socket is woken by whoever writes to it: on
 * one machine the server would pay for that, 1 to 3 us a delivery, which it
 * does not for clients on another one. So nobody sleeps for the subscribers. */
static void
look_at_subscribers(struct load *l)
{
	struct epoll_event events[EVENTS];
	uint64_t now = clock_ns();
	int n;

	if (now - l->looked_ns < TICK_MS * NS_PER_MS)
		return;
	l->looked_ns = now;
	do {
		n = epoll_wait(l->readers, events, EVENTS, 0);
		for (int i = 0; i < n; i++)
			subscribers_event(&l->subscribers, events[i].data.u32);
	} while (n == EVENTS);
}

/* Serves what is ready, or comes within `wait_ms`. */
static void
turn(struct load *l, int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n;

	if (l->publisher.out_len > 0 && !publisher_turn(&l->publisher))
		l->failed = true;
	n = epoll_wait(l->epoll, events, EVENTS,
		       wait_ms > TICK_MS ? TICK_MS : wait_ms);
	for (int i = 0; i < n; i++) {
		if (events[i].data.u32 == WATCHER)
			read_watcher(l);
		else if (!publisher_turn(&l->publisher))
			l->failed = true;
	}
	look_at_subscribers(l);
}

static void
step(struct load *l, const char *word)
{
	if (!l->options.steps)
		return;
	l->told = false;
	puts(word);
	fflush(stdout);
	while (!l->told)
		turn(l, 100);
}

static void
begin(struct load *l)
{
	l->start_ns = clock_ns();
	l->start_cpu_s = own_cpu_s();
}

static void
hold_all(struct load *l)
{
	struct subscribers *s = &l->subscribers;
	uint64_t now = clock_ns(), moved = now, grace_ns;
	uint32_t before = 0;

	grace_ns = l->options.grace_s * NS_PER_S;
	s->patient = true;
	while (s->live < s->count) {
		if (!subscribers_start(s))
			exit(2);
		turn(l, 100);
		now = clock_ns();
		if (s->live != before)
			moved = now;
		before = s->live;
		if (l->tally.cut > 0 || now - moved > grace_ns) {
			fprintf(stderr,
				"load: %" PRIu32 " subscribers held, %" PRIu64
				" refused or cut\n",
				s->live, l->tally.cut);
			exit(2);
		}
	}
	while (clock_ns() - now < (uint64_t)l->options.settle_ms * NS_PER_MS)
		turn(l, 20);
}

static void
send_one(struct load *l)
{
	const struct tally_plan *plan = &l->options.plan;
	char data[MESSAGE_MAX + 1];
	struct stamp stamp = {.channel = l->sent % plan->channels,
			      .sequence = l->sent / plan->channels,
			      .sent_ns = clock_ns()};
	bool connected;

	stamp_write(data, plan->bytes, &stamp);
	data[plan->bytes] = '\0';
	if (!publisher_send(&l->publisher, stamp.channel, data, &connected)) {
		l->failed = true;
		return;
	}
	if (connected)
		watch(l, l->publisher.fd, PUBLISHER);
	l->sent++;
	l->due += plan->subscribers / plan->channels +
		  (stamp.channel < plan->subscribers % plan->channels);
}

/* Without a rate, the subscribers hold the publisher back: what they have not
 * read waits somewhere, and must not be dropped. */
static bool
is_too_far_ahead(const struct load *l)
{
	const struct tally_plan *plan = &l->options.plan;
	uint64_t each = plan->subscribers / plan->channels + 1;

	return l->due - l->tally.delivered > l->options.ahead * each;
}

/* Sends the next of the first `until` when it is due. Returns the ms until it
 * is; 100 when that depends on others. `held_back`: by those who read. */
static int
publish(struct load *l, uint32_t first, uint32_t until, bool held_back)
{
	uint64_t now, due;

	while (l->sent < until && !l->failed &&
	       publisher_is_free(&l->publisher)) {
		if (l->options.rate <= 0) {
			if (held_back && is_too_far_ahead(l))
				return 100;
			send_one(l);
			if (l->sent % 16 == 0)
				return 0;
			continue;
		}
		now = clock_ns();
		due = l->start_ns +
		      (uint64_t)((l->sent - first) / l->options.rate * 1e9);
		if (due > now)
			return (int)((due - now) / NS_PER_MS) + 1;
		send_one(l);
		return 0;
	}
	return 100;
}

/* Publishes up to `until` and waits for all deliveries of it, or, when nobody
 * is there, until it was accepted; and a little longer, for what comes twice.
 */
static void
deliver(struct load *l, uint32_t until, bool anybody)
{
	uint64_t grace_ns = l->options.grace_s * NS_PER_S;
	uint64_t seen = l->tally.delivered, now, moved;
	uint32_t first = l->sent;
	bool whole = false;

	moved = l->start_ns = clock_ns();
	do {
		int wait_ms = publish(l, first, until, anybody);

		turn(l, wait_ms < 100 ? wait_ms : 100);
		now = clock_ns();
		if (l->tally.delivered != seen || wait_ms < 100)
			moved = now;
		seen = l->tally.delivered;
		whole = l->sent == until && publisher_is_done(&l->publisher) &&
			(!anybody || seen >= l->due);
	} while (!l->failed &&
		 now - moved <
		     (whole ? (uint64_t)LINGER_MS * NS_PER_MS : grace_ns));
	l->wall_s = (double)(moved - l->start_ns) / 1e9;
}

/* All have a cursor, leave, miss messages, and come back at once. */
static void
come_back(struct load *l)
{
	struct subscribers *s = &l->subscribers;
	const struct tally_plan *plan = &l->options.plan;
	uint64_t grace_ns = l->options.grace_s * NS_PER_S, now, moved, seen;
	uint32_t without;

	deliver(l, plan->channels, true);
	without = subscribers_without_cursor(s);
	if (without > 0) {
		fprintf(stderr,
			"load: %" PRIu32 " subscribers have no cursor\n",
			without);
		exit(2);
	}
	subscribers_leave(s);
	deliver(l, plan->messages, false);
	step(l, "away");
	begin(l);
	s->enough = l->options.back;
	moved = l->start_ns;
	seen = l->tally.delivered;
	do {
		if (s->started < s->count && !subscribers_start(s))
			exit(2);
		turn(l, 20);
		now = clock_ns();
		if (l->tally.delivered != seen)
			moved = now;
		seen = l->tally.delivered;
	} while (now - moved <
		 (seen >= l->due ? (uint64_t)LINGER_MS * NS_PER_MS : grace_ns));
	l->wall_s = (double)(moved - l->start_ns) / 1e9;
}

static void
print_times(const char *name, const struct histogram *h)
{
	static const struct {
		const char *name;
		double percent;
	} points[] = {{"p50", 50}, {"p99", 99}, {"p999", 99.9}, {"max", 100}};

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
		printf(" %s%s=%.3fms", name, points[i].name,
		       (double)histogram_at(h, points[i].percent) / 1e6);
}

static void
report(const struct load *l)
{
	const struct tally *t = &l->tally;
	uint64_t expected = tally_expected(&t->plan, t->plan.messages);

	printf("sent=%" PRIu32 " delivered=%" PRIu64 " lost=%" PRIu64
	       " doubled=%" PRIu64 " out_of_order=%" PRIu64 " stray=%" PRIu64
	       " gaps=%" PRIu64 " cut=%" PRIu64 " refused=%" PRIu64,
	       l->sent, t->delivered, expected - t->delivered, t->doubled,
	       t->out_of_order, t->stray, t->gaps, t->cut,
	       l->subscribers.refused);
	if (l->options.deflate)
		printf(" packed=%" PRIu64, frames_deflated);
	if (l->target.framing == FRAMING_LONGPOLL)
		printf(" answers=%" PRIu64 " turns=%" PRIu64,
		       l->subscribers.answers, l->subscribers.turns);
	if (l->options.back)
		print_times("back_", &l->subscribers.comebacks);
	else
		print_times("", &t->latency);
	printf(" wall=%.3fs per_second=%.0f cpu_load=%.2fus/delivery\n",
	       l->wall_s, (double)t->delivered / l->wall_s,
	       l->cpu_s * 1e6 / (double)(t->delivered ? t->delivered : 1));
}

static void
prepare(struct load *l)
{
	const struct options *o = &l->options;

	if (!target_read(&l->target, o->target))
		exit(2);
	if (o->back && !target_resumes(&l->target))
		die("this target has no cursor to come back with");
	l->target.deflate = o->deflate;
	if (o->fast)
		target_be_fast(&l->target);
	raise_descriptors(o->plan.subscribers);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->readers = epoll_create1(EPOLL_CLOEXEC);
	l->subscribers = (struct subscribers){.target = &l->target,
					      .tally = &l->tally,
					      .epoll = l->readers,
					      .per_address = o->per_address,
					      .window = o->window,
					      .count = o->plan.subscribers};
	if (!tally_init(&l->tally, &o->plan) ||
	    !subscribers_open(&l->subscribers))
		die("out of memory");
	if (!publisher_open(&l->publisher, &l->target))
		exit(2);
	if (o->steps)
		watch(l, STDIN_FILENO, WATCHER);
}

int
main(int argc, char **argv)
{
	static struct load l;
	bool clean;

	options_read(&l.options, argc, argv);
	prepare(&l);
	hold_all(&l);
	step(&l, "held");
	begin(&l);
	if (l.options.back)
		come_back(&l);
	else
		deliver(&l, l.options.plan.messages, true);
	l.cpu_s = own_cpu_s() - l.start_cpu_s;
	report(&l);
	step(&l, "done");
	clean = tally_is_clean(&l.tally) && !l.failed;
	publisher_close(&l.publisher);
	subscribers_close(&l.subscribers);
	tally_free(&l.tally);
	target_free(&l.target);
	close(l.readers);
	close(l.epoll);
	return clean ? 0 : 1;
}
