/* SPDX-License-Identifier: MIT */
/*
 * publish_rate.c - how many messages a second a process publishes to Redis.
 *
 *	publish_rate URL MESSAGES DEPTH BYTES [CHANNELS]
 *
 * DEPTH messages are always under way, in turn to CHANNELS channels (1). Prints
 * messages per second and the CPU time of this process per message.
 */
#include "config.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/bus/publish.h"
#include "shared/conf/conf_set.h"

static struct {
	struct ev_loop *loop;
	struct bus *bus;
	char *data;
	unsigned long messages, channels, sent, stored;
} run;

static void publish(void);

static void
published(void *arg, const struct publish_result *result)
{
	(void)arg;
	if (result->status != PUBLISHED_STORED) {
		fprintf(stderr, "publish_rate: %s\n", result->reason);
		exit(1);
	}
	if (++run.stored == run.messages)
		ev_break(run.loop, EVBREAK_ALL);
	else if (run.sent < run.messages)
		publish();
}

static void
publish(void)
{
	char channel[32];
	struct publication p = {.event = text_of("")};

	snprintf(channel, sizeof(channel), "bench-%lu",
		 run.sent++ % run.channels);
	p.channel = text_of(channel);
	p.data = text_of(run.data);
	bus_publish(run.bus, &p, published, NULL);
}

static unsigned long
number(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (n > 0)
		return n;
	fprintf(stderr, "publish_rate: %s is no number above 0\n", text);
	exit(2);
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
publish_all(unsigned long messages, unsigned long depth)
{
	run.messages = messages;
	run.sent = run.stored = 0;
	while (run.sent < depth && run.sent < messages)
		publish();
	ev_run(run.loop, 0);
}

int
main(int argc, char **argv)
{
	struct conf conf;
	double start, cpu;
	unsigned long messages, size;

	if (argc < 5 || argc > 6) {
		fputs(
		    "usage: publish_rate URL MESSAGES DEPTH BYTES [CHANNELS]\n",
		    stderr);
		return 2;
	}
	messages = number(argv[2]);
	size = number(argv[4]);
	conf_init(&conf);
	snprintf(conf.bus_url, sizeof(conf.bus_url), "%s", argv[1]);
	if (redis_url_parse(&conf.redis, conf.bus_url) != NULL)
		return 2;
	run.channels = argc > 5 ? number(argv[5]) : 1;
	run.data = xcalloc(1, size + 1);
	memset(run.data, 'x', size);
	run.loop = ev_default_loop(EVFLAG_AUTO);
	run.bus = bus_open(run.loop, &conf, NULL, NULL);
	publish_all(1, 1); /* connects */
	cpu = cpu_seconds();
	start = ev_time();
	publish_all(messages, number(argv[3]));
	printf("per_second %.0f\ncpu_us %.2f\n",
	       (double)messages / (ev_time() - start),
	       (cpu_seconds() - cpu) / (double)messages * 1e6);
	bus_close(run.bus);
	free(run.data);
	return 0;
}
